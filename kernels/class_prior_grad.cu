// dlogits_k = Σ_pairs weight·(π_k − [label = k]),  π = exp(log_prior)
// dlogits, log_prior [labels], weight [pairs], label_of [labelled]
// A block, which is one team, owns a label; a thread owns every so many of the pairs.
// See engine/ref/labels.go.
#include "reduce.cuh"

extern "C" __global__ void class_prior_grad(Array<float> dlogits, Array<const float> weight, Array<const float> log_prior,
                                            Array<const int32_t> label_of, Pairs pairs) {
  int64_t k = blockIdx.x;
  float all = 0, own = 0;
  for (int64_t pair = threadIdx.x; pair < pairs.rows(); pair += blockDim.x) {
    all += weight[pair];
    if (pairs.label_at(pair, label_of) == k) own += weight[pair];
  }
  all = team_sum(all), own = team_sum(own);
  if (threadIdx.x == 0) dlogits[k] = all * expf(log_prior[k]) - own;
}
