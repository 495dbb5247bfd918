// cost = (1/samples)·Σ_s nll + kl_weight·KL − ln p(y): L(x, y), Kingma et al. 2014, equation 6
// cost, kl [pairs], nll [pairs·samples], log_prior [labels], label_of [labelled]
// A thread owns one pair.
// See engine/ref/labels.go.
#include "types.cuh"

extern "C" __global__ void label_costs(Array<float> cost, Array<const float> nll, Array<const float> kl,
                                       Array<const double> kl_weight, Array<const float> log_prior, Array<const int32_t> label_of,
                                       Pairs pairs) {
  int64_t pair = own_item();
  if (pair >= pairs.rows()) return;
  const float *draws = nll.row(pair, pairs.samples);
  float sum = 0, weight = (float)kl_weight[0];
  for (int64_t s = 0; s < pairs.samples; s++) sum += draws[s];
  cost[pair] = sum / (float)pairs.samples + weight * kl[pair] - log_prior[pairs.label_at(pair, label_of)];
}
