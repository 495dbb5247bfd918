// cost = (1/samples)·Σ_s nll + kl_weight·KL − ln p(y): L(x, y), Kingma et al. 2014, equation 6
// cost, kl [pairs], nll [pairs·samples], log_prior [labels], label_of [labelled]
// A thread owns one pair.
// See engine/ref/labels.go.
#include "types.cuh"

extern "C" __global__ void label_costs(
    float *cost, int64_t cost_stride, const float *nll, int64_t nll_stride, const float *kl, int64_t kl_stride,
    const double *kl_weight, int64_t kl_weight_stride, const float *log_prior, int64_t log_prior_stride,
    const int32_t *label_of, int64_t label_of_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples) {
  int64_t pair = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
  if (pair >= labelled + unlabelled * labels) return;
  nll += blockIdx.z * nll_stride + pair * samples;
  float sum = 0, weight = (float)kl_weight[blockIdx.z * kl_weight_stride];
  for (int64_t s = 0; s < samples; s++) sum += nll[s];
  int64_t label = label_at(pair, label_of + blockIdx.z * label_of_stride, labelled, labels);
  cost[blockIdx.z * cost_stride + pair] =
      sum / (float)samples + weight * kl[blockIdx.z * kl_stride + pair] - log_prior[blockIdx.z * log_prior_stride + label];
}
