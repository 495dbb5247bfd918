// weight = scale_l for a labelled pair, scale_u·softmax(logits) for an unlabelled example's
// weight [pairs], logits [unlabelled, labels]
// A team of lanes owns an example; a thread owns every so many of its labels.
// See engine/ref/labels.go.
#include "softmax.cuh"

extern "C" __global__ void label_weights(
    float *weight, int64_t weight_stride, const float *logits, int64_t logits_stride,
    const double *scale_l, int64_t scale_l_stride, const double *scale_u, int64_t scale_u_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples) {
  int64_t example = blockIdx.x * (int64_t)blockDim.y + threadIdx.y, row = example - labelled;
  int64_t n = row >= 0 && row < unlabelled ? labels : 0;
  weight += blockIdx.z * weight_stride;
  logits += blockIdx.z * logits_stride + row * labels;
  float norm = log_sum_exp(logits, n), scale = (float)scale_u[blockIdx.z * scale_u_stride];
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) weight[labelled + row * labels + k] = scale * expf(logits[k] - norm);
  if (row < 0 && threadIdx.x == 0) weight[example] = (float)scale_l[blockIdx.z * scale_l_stride];
}
