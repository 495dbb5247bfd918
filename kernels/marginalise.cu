// q = softmax(logits);  U = Σ_k q_k·(L_k + ln q_k);  ∂U/∂logit_k = scale·q_k·(L_k + ln q_k − U), Kingma et al. 2014, equation 7
// u [examples], dlogits, logits, cost [examples, labels], labels ≤ blockDim.x ≤ 32
// A thread owns one label of one example, a team of lanes the example: each number is read once and stays in a register.
// See engine/ref/labels.go; for more labels, marginalise_wide.
#include "reduce.cuh"

extern "C" __global__ void marginalise(Array<float> u, Array<float> dlogits, Array<const float> logits, Array<const float> cost,
                                       Array<const double> scale, int64_t examples, int64_t labels) {
  int64_t example = own_row(), at = example * labels + threadIdx.x;
  bool here = example < examples, mine = here && threadIdx.x < labels;
  float logit = mine ? logits[at] : -INFINITY;  // a label that is not there has q = 0
  float own_cost = mine ? cost[at] : 0;

  float shifted = logit - lane_max(logit, blockDim.x), weight = expf(shifted), total = lane_sum(weight, blockDim.x);
  float q = weight / total, log_q = shifted - logf(total);
  float bound = lane_sum(mine ? q * (own_cost + log_q) : 0, blockDim.x);

  if (here && threadIdx.x == 0) u[example] = bound;
  if (mine && dlogits) dlogits[at] = (float)scale[0] * q * (own_cost + log_q - bound);
}
