// δ = mean − x;  nll = ½Σ_j [ln 2π + logvar + δ²·e^−logvar];  ∂/∂mean = w·δ·e^−logvar;  ∂/∂logvar = ½w·(1 − δ²·e^−logvar);  w = weight/samples
// nll [rows], dstats, stats [rows, mean | logvar] (which may be one array), x [examples, width], weight [pairs]; rows = pairs·samples
// A thread owns four neighbouring elements at a time; a team owns a row.
// See engine/ref/gaussian.go.
#include "reduce.cuh"

extern "C" __global__ void gaussian_nll(
    float *nll, int64_t nll_stride, float *dstats, int64_t dstats_stride, const float *stats, int64_t stats_stride,
    const float *x, int64_t x_stride, const float *weight, int64_t weight_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples, int64_t width) {
  const float ln_2pi = 1.8378770664093453f;
  int64_t row = blockIdx.x * (int64_t)blockDim.y + threadIdx.y, pair = (uint32_t)row / (uint32_t)samples;
  bool here = row < (labelled + unlabelled * labels) * samples;
  const float *mean = stats + blockIdx.z * stats_stride + 2 * row * width, *logvar = mean + width;
  float *dmean = dstats + blockIdx.z * dstats_stride + 2 * row * width, *dlogvar = dmean + width;
  x += blockIdx.z * x_stride + pair_at(pair, labelled, labels).example * width;
  float sum = 0, w = here && dstats ? weight[blockIdx.z * weight_stride + pair] / (float)samples : 0;
  for (int64_t j = 4 * threadIdx.x; here && j < width; j += 4 * blockDim.x) {
    Four m = load4(mean + j, width - j), v = load4(logvar + j, width - j), t = load4(x + j, width - j), dm, dv;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float delta = m.at[i] - t.at[i], precision = expf(-v.at[i]), squared = delta * delta * precision;
      if (j + i < width) sum += ln_2pi + v.at[i] + squared;
      dm.at[i] = w * delta * precision;
      dv.at[i] = 0.5f * w * (1 - squared);
    }
    if (!dstats) continue;
    store4(dmean + j, width - j, dm);
    store4(dlogvar + j, width - j, dv);
  }
  sum = team_sum(sum);
  if (here && threadIdx.x == 0) nll[blockIdx.z * nll_stride + row] = 0.5f * sum;
}
