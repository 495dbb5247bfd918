// dlogits_k = Σ_pairs weight·(π_k − [label = k]),  π = exp(log_prior)
// dlogits, log_prior [labels], weight [pairs], label_of [labelled]
// A block, which is one team, owns a label; a thread owns every so many of the pairs.
// See engine/ref/labels.go.
#include "reduce.cuh"

extern "C" __global__ void class_prior_grad(
    float *dlogits, int64_t dlogits_stride, const float *weight, int64_t weight_stride,
    const float *log_prior, int64_t log_prior_stride, const int32_t *label_of, int64_t label_of_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples) {
  int64_t k = blockIdx.x;
  weight += blockIdx.z * weight_stride, label_of += blockIdx.z * label_of_stride;
  float all = 0, own = 0;
  for (int64_t pair = threadIdx.x; pair < labelled + unlabelled * labels; pair += blockDim.x) {
    all += weight[pair];
    if (label_at(pair, label_of, labelled, labels) == k) own += weight[pair];
  }
  all = team_sum(all), own = team_sum(own);
  if (threadIdx.x == 0) dlogits[blockIdx.z * dlogits_stride + k] = all * expf(log_prior[blockIdx.z * log_prior_stride + k]) - own;
}
