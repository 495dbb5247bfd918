// nll = Σ_j softplus(l) − x·l;  ∂/∂l = weight/samples·(sigmoid(l) − x)
// nll [rows], dlogits, logits [rows, width] (which may be one array), x [examples, width], weight [pairs]; rows = pairs·samples
// A thread owns four neighbouring pixels at a time; a team owns a row.
// See engine/ref/gaussian.go.
#include "reduce.cuh"

extern "C" __global__ void bernoulli_nll(
    float *nll, int64_t nll_stride, float *dlogits, int64_t dlogits_stride, const float *logits, int64_t logits_stride,
    const float *x, int64_t x_stride, const float *weight, int64_t weight_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples, int64_t width) {
  int64_t row = blockIdx.x * (int64_t)blockDim.y + threadIdx.y, pair = (uint32_t)row / (uint32_t)samples;
  bool here = row < (labelled + unlabelled * labels) * samples;
  logits += blockIdx.z * logits_stride + row * width;
  x += blockIdx.z * x_stride + pair_at(pair, labelled, labels).example * width;
  float sum = 0, w = here && dlogits ? weight[blockIdx.z * weight_stride + pair] / (float)samples : 0;
  for (int64_t j = 4 * threadIdx.x; here && j < width; j += 4 * blockDim.x) {
    Four l = load4(logits + j, width - j), t = load4(x + j, width - j), d;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float e = expf(-fabsf(l.at[i]));
      float sigmoid = (l.at[i] < 0 ? e : 1) / (1 + e);
      if (j + i < width) sum += (fmaxf(l.at[i], 0) - t.at[i] * l.at[i]) + log1pf(e);
      d.at[i] = w * (sigmoid - t.at[i]);
    }
    if (dlogits) store4(dlogits + blockIdx.z * dlogits_stride + row * width + j, width - j, d);
  }
  sum = team_sum(sum);
  if (here && threadIdx.x == 0) nll[blockIdx.z * nll_stride + row] = sum;
}
