// dst[b] = image[index[b]]/255, or 1 with that probability and else 0
// dst [batch, width], images [·, width] bytes, index [batch]; row b is also fetched[b] if fetched_index[b] = index[b]
// A thread owns four neighbouring pixels, one Philox call; a team owns a row.
// See engine/ref/minibatch.go.
#include "gather.cuh"

extern "C" __global__ void gather_pixels(Array<float> dst, Array<const int32_t> index, int64_t batch, Pixels pixels) {
  int64_t b = own_row();
  if (b < batch) pixels.gather(dst, b, index[b], pixels.random() ? pixels.noise.here() : NoiseAddress{});
}
