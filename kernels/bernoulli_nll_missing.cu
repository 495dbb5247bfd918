// bernoulli_nll of the x that are there: nll = Σ_j c·(softplus(l) − x·l);  ∂/∂l = c·weight/samples·(sigmoid(l) − x);  c, x = 0 where x is NaN, otherwise c = 1
// nll [rows], dlogits, logits [rows, width] (which may be one array), x [examples, width], weight [pairs]; rows = pairs·samples
// A thread owns four neighbouring pixels at a time; a team owns a row.
// See engine/ref/gaussian.go.
#include "reduce.cuh"

extern "C" __global__ void bernoulli_nll_missing(Array<float> nll, Array<float> dlogits, Array<const float> logits,
                                                 Array<const float> x, Array<const float> weight, Pairs pairs, int64_t width) {
  int64_t row = own_row(), pair = pairs.pair_of(row);
  bool here = row < pairs.sample_rows();
  const float *from = logits.row(row, width), *target = x.row(pairs.pair_at(pair).example, width);
  float sum = 0, w = here && dlogits ? weight[pair] / (float)pairs.samples : 0;
  for (int64_t j = 4 * threadIdx.x; here && j < width; j += 4 * blockDim.x) {
    Four l = load4(from + j, width - j), t = load4(target + j, width - j), d;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float count = observe(t.at[i]), e = expf(-fabsf(l.at[i]));
      float sigmoid = (l.at[i] < 0 ? e : 1) / (1 + e);
      if (j + i < width) sum += count * ((fmaxf(l.at[i], 0) - t.at[i] * l.at[i]) + log1pf(e));
      d.at[i] = count * (w * (sigmoid - t.at[i]));
    }
    if (dlogits) store4(dlogits.row(row, width) + j, width - j, d);
  }
  sum = team_sum(sum);
  if (here && threadIdx.x == 0) nll[row] = sum;
}
