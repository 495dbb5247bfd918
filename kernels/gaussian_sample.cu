// z = mean + exp(½·logvar) ∘ ε;  KL = ½Σ(mean² + exp(logvar) − 1 − logvar)
// z [pairs·samples, latents], kl [pairs], stats [pairs, mean | logvar]
// A thread owns four neighbouring latents, one Philox call a sample; a team of lanes owns a pair.
// See engine/ref/gaussian.go.
#include "philox.cuh"
#include "reduce.cuh"

extern "C" __global__ void gaussian_sample(
    float *z, int64_t z_stride, float *kl, int64_t kl_stride, const float *stats, int64_t stats_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples, int64_t latents,
    const int32_t *seed, int64_t seed_stride, const int32_t *clock, int64_t clock_stride, uint64_t stream) {
  int64_t pair = blockIdx.x * (int64_t)blockDim.y + threadIdx.y;
  bool here = pair < labelled + unlabelled * labels;
  Noise noise = noise_at(seed, seed_stride, clock, clock_stride, stream);
  Pair own = pair_at(pair, labelled, labels);
  const float *mean = stats + blockIdx.z * stats_stride + 2 * pair * latents, *logvar = mean + latents;
  z += blockIdx.z * z_stride + pair * samples * latents;
  float sum = 0;
  for (int64_t j = 4 * threadIdx.x; here && j < latents; j += 4 * blockDim.x) {
    Four m = load4(mean + j, latents - j), v = load4(logvar + j, latents - j), sigma, x;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      sigma.at[i] = expf(0.5f * v.at[i]);
      sum += m.at[i] * m.at[i] + (expm1f(v.at[i]) - v.at[i]);  // 0 beyond the last latent
    }
    for (int64_t s = 0; s < samples; s++) {
      Four e = normals_at(own.example, j, own.label, s, noise);
#pragma unroll
      for (int i = 0; i < 4; i++) x.at[i] = m.at[i] + sigma.at[i] * e.at[i];
      store4(z + s * latents + j, latents - j, x);
    }
  }
  sum = lane_sum(sum, blockDim.x);
  if (here && threadIdx.x == 0) kl[blockIdx.z * kl_stride + pair] = 0.5f * sum;
}
