// dst[b] = mean + sample·exp(½·logvar)·ε of row index[b]
// dst [batch, width], stats [·, mean | logvar], index [batch]
// A thread owns four neighbouring elements, one Philox call; a team owns a row.
// See engine/ref/gaussian.go.
#include "gather.cuh"

extern "C" __global__ void gather_gaussian(Array<float> dst, Array<const int32_t> index, int64_t batch,
                                           Gaussians gaussians) {
  int64_t b = own_row();
  if (b < batch) gaussians.gather(dst, b, index[b], gaussians.random() ? gaussians.noise.here() : NoiseAddress{});
}
