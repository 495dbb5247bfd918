// gaussian_nll of the x that are there: its terms and gradients times c;  c, x = 0 where x is NaN, otherwise c = 1
// nll [rows], dstats, stats [rows, mean | logvar] (which may be one array), x [examples, width], weight [pairs]; rows = pairs·samples
// A thread owns four neighbouring elements at a time; a team owns a row.
// See engine/ref/gaussian.go.
#include "reduce.cuh"

extern "C" __global__ void gaussian_nll_missing(Array<float> nll, Array<float> dstats, Array<const float> stats,
                                                Array<const float> x, Array<const float> weight, Pairs pairs, int64_t width) {
  const float ln_2pi = 1.8378770664093453f;
  int64_t row = own_row(), pair = pairs.pair_of(row);
  bool here = row < pairs.sample_rows();
  const float *mean = stats.row(row, 2 * width), *logvar = mean + width, *target = x.row(pairs.pair_at(pair).example, width);
  float *dmean = dstats.row(row, 2 * width), *dlogvar = dmean + width;
  float sum = 0, w = here && dstats ? weight[pair] / (float)pairs.samples : 0;
  for (int64_t j = 4 * threadIdx.x; here && j < width; j += 4 * blockDim.x) {
    Four m = load4(mean + j, width - j), v = load4(logvar + j, width - j), t = load4(target + j, width - j), dm, dv;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float count = observe(t.at[i]);
      float delta = m.at[i] - t.at[i], precision = expf(-v.at[i]), squared = delta * delta * precision;
      if (j + i < width) sum += count * (ln_2pi + v.at[i] + squared);
      dm.at[i] = count * (w * delta * precision);
      dv.at[i] = count * (0.5f * w * (1 - squared));
    }
    if (!dstats) continue;
    store4(dmean + j, width - j, dm);
    store4(dlogvar + j, width - j, dv);
  }
  sum = team_sum(sum);
  if (here && threadIdx.x == 0) nll[row] = 0.5f * sum;
}
