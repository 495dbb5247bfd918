// q = softmax(logits);  U = Σ_k q_k·(L_k + ln q_k);  ∂U/∂logit_k = scale·q_k·(L_k + ln q_k − U), Kingma et al. 2014, equation 7
// u [examples], dlogits, logits, cost [examples, labels], labels ≤ blockDim.x ≤ 32
// A thread owns one label of one example, a team of lanes the example: each number is read once and stays in a register.
// See engine/ref/labels.go; for more labels, marginalise_wide.
#include "reduce.cuh"

extern "C" __global__ void marginalise(
    float *u, int64_t u_stride, float *dlogits, int64_t dlogits_stride, const float *logits, int64_t logits_stride,
    const float *cost, int64_t cost_stride, const double *scale, int64_t scale_stride, int64_t examples, int64_t labels) {
  int64_t example = blockIdx.x * (int64_t)blockDim.y + threadIdx.y, at = example * labels + threadIdx.x;
  bool here = example < examples, mine = here && threadIdx.x < labels;
  float logit = mine ? logits[blockIdx.z * logits_stride + at] : -INFINITY;  // a label that is not there has q = 0
  float own_cost = mine ? cost[blockIdx.z * cost_stride + at] : 0;

  float shifted = logit - lane_max(logit, blockDim.x), weight = expf(shifted), total = lane_sum(weight, blockDim.x);
  float q = weight / total, log_q = shifted - logf(total);
  float bound = lane_sum(mine ? q * (own_cost + log_q) : 0, blockDim.x);

  if (here && threadIdx.x == 0) u[blockIdx.z * u_stride + example] = bound;
  if (mine && dlogits)
    dlogits[blockIdx.z * dlogits_stride + at] = (float)scale[blockIdx.z * scale_stride] * q * (own_cost + log_q - bound);
}
