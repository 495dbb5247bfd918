// dst[b] = mean + sample·exp(½·logvar)·ε of row index[b]
// dst [batch, width], stats [·, mean | logvar], index [batch]
// A thread owns four neighbouring elements, one Philox call; a team owns a row.
// See engine/ref/gaussian.go.
#include "philox.cuh"

extern "C" __global__ void gather_gaussian(
    float *dst, int64_t dst_stride, const float *stats, int64_t stats_stride,
    const int32_t *index, int64_t index_stride, int64_t batch, int64_t width, int64_t sample,
    const int32_t *seed, int64_t seed_stride, const int32_t *clock, int64_t clock_stride, uint64_t stream) {
  int64_t b = blockIdx.x * (int64_t)blockDim.y + threadIdx.y;
  if (b >= batch) return;
  dst += blockIdx.z * dst_stride + b * width;
  const float *mean = stats + blockIdx.z * stats_stride + 2 * width * (int64_t)index[blockIdx.z * index_stride + b];
  const float *logvar = mean + width;
  Noise noise = {};
  if (sample) noise = noise_at(seed, seed_stride, clock, clock_stride, stream);
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) {
    Four x = load4(mean + j, width - j);
    if (sample) {
      Four v = load4(logvar + j, width - j), e = normals_at(b, j, 0, 0, noise);
#pragma unroll
      for (int i = 0; i < 4; i++) x.at[i] += expf(0.5f * v.at[i]) * e.at[i];
    }
    store4(dst + j, width - j, x);
  }
}
