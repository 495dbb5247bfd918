// dst[b] = mean + sample·exp(½·logvar)·ε of row index[b]
// dst [batch, width], stats [·, mean | logvar], index [batch]
// A thread owns four neighbouring elements, one Philox call; a team owns a row.
// See engine/ref/gaussian.go.
#include "philox.cuh"

extern "C" __global__ void gather_gaussian(Array<float> dst, Array<const float> stats, Array<const int32_t> index, int64_t batch,
                                           int64_t width, Flag sample, Noise noise) {
  int64_t b = own_row();
  if (b >= batch) return;
  float *to = dst.row(b, width);
  const float *mean = stats.row(index[b], 2 * width), *logvar = mean + width;
  NoiseAddress address = {};
  if (sample) address = noise.here();
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) {
    Four x = load4(mean + j, width - j);
    if (sample) {
      Four v = load4(logvar + j, width - j), e = normals_at(b, j, 0, 0, address);
#pragma unroll
      for (int i = 0; i < 4; i++) x.at[i] += expf(0.5f * v.at[i]) * e.at[i];
    }
    store4(to + j, width - j, x);
  }
}
