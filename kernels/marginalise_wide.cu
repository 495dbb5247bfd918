// q = softmax(logits);  U = Σ_k q_k·(L_k + ln q_k);  ∂U/∂logit_k = scale·q_k·(L_k + ln q_k − U), Kingma et al. 2014, equation 7
// u [examples], dlogits, logits, cost [examples, labels], any number of labels
// A warp owns an example, a thread every 32nd of its labels, which it reads again instead of keeping them.
// See engine/ref/labels.go; for at most 32 labels, marginalise.
#include "softmax.cuh"

extern "C" __global__ void marginalise_wide(
    float *u, int64_t u_stride, float *dlogits, int64_t dlogits_stride, const float *logits, int64_t logits_stride,
    const float *cost, int64_t cost_stride, const double *scale, int64_t scale_stride, int64_t examples, int64_t labels) {
  int64_t example = blockIdx.x * (int64_t)blockDim.y + threadIdx.y, n = example < examples ? labels : 0;
  logits += blockIdx.z * logits_stride + example * labels;
  cost += blockIdx.z * cost_stride + example * labels;

  float norm = log_sum_exp(logits, n), bound = 0;
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) {
    float log_q = logits[k] - norm;
    bound += expf(log_q) * (cost[k] + log_q);
  }
  bound = lane_sum(bound, blockDim.x);

  if (n > 0 && threadIdx.x == 0) u[blockIdx.z * u_stride + example] = bound;
  if (!dlogits) return;
  dlogits += blockIdx.z * dlogits_stride + example * labels;
  float s = (float)scale[blockIdx.z * scale_stride];
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) {
    float log_q = logits[k] - norm;
    dlogits[k] = s * expf(log_q) * (cost[k] + log_q - bound);
  }
}
