// z = mean + exp(½·logvar) ∘ ε;  KL = ½Σ(mean² + exp(logvar) − 1 − logvar)
// z [pairs·samples, latents], kl [pairs], stats [pairs, mean | logvar]
// A thread owns four neighbouring latents, one Philox call a sample; a team of lanes owns a pair.
// See engine/ref/gaussian.go.
#include "philox.cuh"
#include "reduce.cuh"

extern "C" __global__ void gaussian_sample(Array<float> z, Array<float> kl, Array<const float> stats, Pairs pairs, int64_t latents,
                                           Noise noise) {
  int64_t pair = own_row();
  bool here = pair < pairs.rows();
  NoiseAddress address = noise.here();
  Pair own = pairs.pair_at(pair);
  const float *mean = stats.row(pair, 2 * latents), *logvar = mean + latents;
  float *draws = z.row(pair, pairs.samples * latents), sum = 0;
  for (int64_t j = 4 * threadIdx.x; here && j < latents; j += 4 * blockDim.x) {
    Four m = load4(mean + j, latents - j), v = load4(logvar + j, latents - j), sigma, x;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      sigma.at[i] = expf(0.5f * v.at[i]);
      sum += m.at[i] * m.at[i] + (expm1f(v.at[i]) - v.at[i]);  // 0 beyond the last latent
    }
    for (int64_t s = 0; s < pairs.samples; s++) {
      Four e = normals_at(own.example, j, own.label, s, address);
#pragma unroll
      for (int i = 0; i < 4; i++) x.at[i] = m.at[i] + sigma.at[i] * e.at[i];
      store4(draws + s * latents + j, latents - j, x);
    }
  }
  sum = lane_sum(sum, blockDim.x);
  if (here && threadIdx.x == 0) kl[pair] = 0.5f * sum;
}
