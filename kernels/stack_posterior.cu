// cost = Σ_dropped ½(mean² + exp(logvar) − 1 − logvar) − Σ_kept ½(1 + ln 2π + logvar);  g = ∂/∂z1;
// dmean = g + [dropped]·w·mean;  dlogvar = ½·g·ε·exp(½·logvar) + ½·w·([dropped]·exp(logvar) − 1)
// dstats, stats [examples, mean | logvar], decoder [examples, latents], classifier, encoder [examples, kept],
// likelihood [sample rows, dmean | dlogvar of kept], places [latents], cost, weight [examples]
// A thread owns four neighbouring latents and recomputes their ε; a team of lanes owns an example.
// See engine/ref/stack.go.
#include "philox.cuh"
#include "reduce.cuh"

extern "C" __global__ void stack_posterior(
    float *cost, int64_t cost_stride, float *dstats, int64_t dstats_stride, const float *stats, int64_t stats_stride,
    const float *decoder, int64_t decoder_stride, const float *classifier, int64_t classifier_stride,
    const float *encoder, int64_t encoder_stride, const float *likelihood, int64_t likelihood_stride,
    const float *weight, int64_t weight_stride, const int32_t *places, int64_t places_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples, int64_t latents, int64_t kept,
    const int32_t *seed, int64_t seed_stride, const int32_t *clock, int64_t clock_stride, uint64_t stream) {
  int64_t b = blockIdx.x * (int64_t)blockDim.y + threadIdx.y;
  bool here = b < labelled + unlabelled, known = b < labelled;
  bool gradient = dstats != nullptr;
  Noise noise = noise_at(seed, seed_stride, clock, clock_stride, stream);
  const float *mean = stats + blockIdx.z * stats_stride + 2 * b * latents, *logvar = mean + latents;
  int64_t first = (known ? b : labelled + (b - labelled) * labels) * samples, end = first + (known ? 1 : labels) * samples;
  places += blockIdx.z * places_stride;
  float w = here && gradient ? weight[blockIdx.z * weight_stride + b] : 0, sum = 0;
  for (int64_t j = 4 * threadIdx.x; here && j < latents; j += 4 * blockDim.x) {
    int64_t left = latents - j;
    Four m = load4(mean + j, left), v = load4(logvar + j, left), g = {}, e = {}, dm, dv;
    if (gradient) {
      g = load4(decoder + blockIdx.z * decoder_stride + b * latents + j, left);
      e = normals_at(b, j, 0, 0, noise);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      int64_t place = i < left ? places[j + i] : -1;
      bool dropped = place < 0;
      float spread = expm1f(v.at[i]);
      // Beyond the last latent, mean and logvar are 0, and so is the KL.
      sum += dropped ? m.at[i] * m.at[i] + (spread - v.at[i]) : -(2.83787706640934548f + v.at[i]);  // 1 + ln 2π
      if (!gradient) continue;
      if (!dropped) {
        float input = classifier[blockIdx.z * classifier_stride + b * kept + place] + encoder[blockIdx.z * encoder_stride + b * kept + place];
        for (int64_t row = first; row < end; row++) input -= likelihood[blockIdx.z * likelihood_stride + 2 * row * kept + place];
        g.at[i] += input;
      }
      dm.at[i] = g.at[i] + (dropped ? w * m.at[i] : 0);
      dv.at[i] = 0.5f * (g.at[i] * e.at[i] * expf(0.5f * v.at[i]) + w * (dropped ? spread : -1));
    }
    if (gradient) {
      float *dmean = dstats + blockIdx.z * dstats_stride + 2 * b * latents;
      store4(dmean + j, left, dm);
      store4(dmean + latents + j, left, dv);
    }
  }
  sum = lane_sum(sum, blockDim.x);
  if (here && threadIdx.x == 0) cost[blockIdx.z * cost_stride + b] = 0.5f * sum;
}
