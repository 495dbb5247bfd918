// w = weight·klWeight;  dmean = Σ_s dz + w·mean;  dlogvar = Σ_s ½·dz·ε·exp(½·logvar) + ½·w·(exp(logvar) − 1)
// dstats, stats [pairs, mean | logvar], dz [pairs·samples, latents], weight [pairs]
// A thread owns four neighbouring latents and recomputes their ε; a team of lanes owns a pair.
// See engine/ref/gaussian.go.
#include "philox.cuh"

extern "C" __global__ void gaussian_sample_grad(Array<float> dstats, Array<const float> dz, Array<const float> stats,
                                                Array<const float> weight, Array<const double> kl_weight, Pairs pairs,
                                                int64_t latents, Noise noise) {
  int64_t pair = own_row();
  if (pair >= pairs.rows()) return;
  NoiseAddress address = noise.here();
  Pair own = pairs.pair_at(pair);
  const float *mean = stats.row(pair, 2 * latents), *logvar = mean + latents, *draws = dz.row(pair, pairs.samples * latents);
  float *dmean = dstats.row(pair, 2 * latents), *dlogvar = dmean + latents;
  float w = weight[pair] * (float)kl_weight[0];
  for (int64_t j = 4 * threadIdx.x; j < latents; j += 4 * blockDim.x) {
    Four m = load4(mean + j, latents - j), v = load4(logvar + j, latents - j), half_sigma, dm, dv;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      half_sigma.at[i] = 0.5f * expf(0.5f * v.at[i]);
      dm.at[i] = w * m.at[i];
      dv.at[i] = 0.5f * w * expm1f(v.at[i]);
    }
    for (int64_t s = 0; s < pairs.samples; s++) {
      Four d = load4(draws + s * latents + j, latents - j), e = normals_at(own.example, j, own.label, s, address);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        dm.at[i] += d.at[i];
        dv.at[i] += d.at[i] * e.at[i] * half_sigma.at[i];
      }
    }
    store4(dmean + j, latents - j, dm);
    store4(dlogvar + j, latents - j, dv);
  }
}
