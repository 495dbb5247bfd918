// cost = Σ_dropped ½(mean² + exp(logvar) − 1 − logvar) − Σ_kept ½(1 + ln 2π + logvar);  g = ∂/∂z1;
// dmean = g + [dropped]·w·mean;  dlogvar = ½·g·ε·exp(½·logvar) + ½·w·([dropped]·exp(logvar) − 1)
// dstats, stats [examples, mean | logvar], decoder [examples, latents], classifier, encoder [examples, kept],
// likelihood [sample rows, dmean | dlogvar of kept], places [latents], cost, weight [examples]
// A thread owns four neighbouring latents and recomputes their ε; a team of lanes owns an example.
// See engine/ref/stack.go.
#include "philox.cuh"
#include "reduce.cuh"

extern "C" __global__ void stack_posterior(Array<float> cost, Array<float> dstats, Array<const float> stats,
                                           Array<const float> decoder, Array<const float> classifier, Array<const float> encoder,
                                           Array<const float> likelihood, Array<const float> weight, Array<const int32_t> places,
                                           Pairs pairs, int64_t latents, int64_t kept, Noise noise) {
  int64_t b = own_row(), first = pairs.first_of(b) * pairs.samples, end = pairs.end_of(b) * pairs.samples;
  bool here = b < pairs.examples();
  NoiseAddress address = noise.here();
  const float *mean = stats.row(b, 2 * latents), *logvar = mean + latents;
  float *dmean = dstats.row(b, 2 * latents), *dlogvar = dmean + latents;
  float w = here && dstats ? weight[b] : 0, sum = 0;
  for (int64_t j = 4 * threadIdx.x; here && j < latents; j += 4 * blockDim.x) {
    int64_t left = latents - j;
    Four m = load4(mean + j, left), v = load4(logvar + j, left), g = {}, e = {}, dm, dv;
    if (dstats) {
      g = load4(decoder.row(b, latents) + j, left);
      e = normals_at(b, j, 0, 0, address);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      int64_t place = i < left ? places[j + i] : -1;
      bool dropped = place < 0;
      float spread = expm1f(v.at[i]);
      // Beyond the last latent, mean and logvar are 0, and so is the KL.
      sum += dropped ? m.at[i] * m.at[i] + (spread - v.at[i]) : -(2.83787706640934548f + v.at[i]);  // 1 + ln 2π
      if (!dstats) continue;
      if (!dropped) {
        float input = classifier[b * kept + place] + encoder[b * kept + place];
        for (int64_t row = first; row < end; row++) input -= likelihood[2 * row * kept + place];
        g.at[i] += input;
      }
      dm.at[i] = g.at[i] + (dropped ? w * m.at[i] : 0);
      dv.at[i] = 0.5f * (g.at[i] * e.at[i] * expf(0.5f * v.at[i]) + w * (dropped ? spread : -1));
    }
    if (!dstats) continue;
    store4(dmean + j, left, dm);
    store4(dlogvar + j, left, dv);
  }
  sum = lane_sum(sum, blockDim.x);
  if (here && threadIdx.x == 0) cost[b] = 0.5f * sum;
}
