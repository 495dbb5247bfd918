// q = softmax(logits);  U = Σ_k q_k·(L_k + ln q_k);  ∂U/∂logit_k = scale·q_k·(L_k + ln q_k − U), Kingma et al. 2014, equation 7
// u [examples], dlogits, logits, cost [examples, labels], any number of labels
// A warp owns an example, a thread every 32nd of its labels, which it reads again instead of keeping them.
// See engine/ref/labels.go; for at most 32 labels, marginalise.
#include "softmax.cuh"

extern "C" __global__ void marginalise_wide(Array<float> u, Array<float> dlogits, Array<const float> logits, Array<const float> cost,
                                            Array<const double> scale, int64_t examples, int64_t labels) {
  int64_t example = own_row(), n = example < examples ? labels : 0;
  const float *l = logits.row(example, labels), *costs = cost.row(example, labels);

  float norm = log_sum_exp(l, n), bound = 0;
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) {
    float log_q = l[k] - norm;
    bound += expf(log_q) * (costs[k] + log_q);
  }
  bound = lane_sum(bound, blockDim.x);

  if (n > 0 && threadIdx.x == 0) u[example] = bound;
  if (!dlogits) return;
  float *d = dlogits.row(example, labels), s = (float)scale[0];
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) {
    float log_q = l[k] - norm;
    d[k] = s * expf(log_q) * (costs[k] + log_q - bound);
  }
}
