// w = weight·klWeight;  dmean = Σ_s dz + w·mean;  dlogvar = Σ_s ½·dz·ε·exp(½·logvar) + ½·w·(exp(logvar) − 1)
// dstats, stats [pairs, mean | logvar], dz [pairs·samples, latents], weight [pairs]
// A thread owns four neighbouring latents and recomputes their ε; a team of lanes owns a pair.
// See engine/ref/gaussian.go.
#include "philox.cuh"

extern "C" __global__ void gaussian_sample_grad(
    float *dstats, int64_t dstats_stride, const float *dz, int64_t dz_stride, const float *stats, int64_t stats_stride,
    const float *weight, int64_t weight_stride, const double *kl_weight, int64_t kl_weight_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples, int64_t latents,
    const int32_t *seed, int64_t seed_stride, const int32_t *clock, int64_t clock_stride, uint64_t stream) {
  int64_t pair = blockIdx.x * (int64_t)blockDim.y + threadIdx.y;
  if (pair >= labelled + unlabelled * labels) return;
  Noise noise = noise_at(seed, seed_stride, clock, clock_stride, stream);
  Pair own = pair_at(pair, labelled, labels);
  const float *mean = stats + blockIdx.z * stats_stride + 2 * pair * latents, *logvar = mean + latents;
  float *dmean = dstats + blockIdx.z * dstats_stride + 2 * pair * latents, *dlogvar = dmean + latents;
  dz += blockIdx.z * dz_stride + pair * samples * latents;
  float w = weight[blockIdx.z * weight_stride + pair] * (float)kl_weight[blockIdx.z * kl_weight_stride];
  for (int64_t j = 4 * threadIdx.x; j < latents; j += 4 * blockDim.x) {
    Four m = load4(mean + j, latents - j), v = load4(logvar + j, latents - j), half_sigma, dm, dv;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      half_sigma.at[i] = 0.5f * expf(0.5f * v.at[i]);
      dm.at[i] = w * m.at[i];
      dv.at[i] = 0.5f * w * expm1f(v.at[i]);
    }
    for (int64_t s = 0; s < samples; s++) {
      Four d = load4(dz + s * latents + j, latents - j), e = normals_at(own.example, j, own.label, s, noise);
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
