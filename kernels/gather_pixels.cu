// dst[b] = image[index[b]]/255, or 1 with that probability and else 0
// dst [batch, width], images [·, width] bytes, index [batch]; row b is also fetched[b] if fetched_index[b] = index[b]
// A thread owns four neighbouring pixels, one Philox call; a team owns a row.
// See engine/ref/minibatch.go.
#include "philox.cuh"

// 1 with probability value/255; integers, so exactly the same on every device.
__device__ __forceinline__ float bit(uint32_t word, uint32_t value) { return (word >> 8) * 255u < value << 24 ? 1 : 0; }

__device__ __forceinline__ uchar4 load_pixels(const uint8_t *p, int64_t left) {
  if (left >= 4 && aligned(p, 4)) return *(const uchar4 *)p;
  uint8_t zero = 0;
  return {p[0], left > 1 ? p[1] : zero, left > 2 ? p[2] : zero, left > 3 ? p[3] : zero};
}

extern "C" __global__ void gather_pixels(Array<float> dst, Array<const uint8_t> images, Array<const uint8_t> fetched,
                                         Array<const int32_t> fetched_index, Array<const int32_t> index, int64_t batch,
                                         int64_t width, Binarise binarise, Noise noise) {
  int64_t b = own_row();
  if (b >= batch) return;
  int64_t example = index[b], number = b;
  float *to = dst.row(b, width);
  const uint8_t *from = images.row(example, width);
  if (fetched && fetched_index[b] == example) from = fetched.row(b, width);
  NoiseAddress address = {};
  if (binarise != BINARISE_NONE) address = noise.here();
  if (binarise == BINARISE_FIXED) address.step = 0, number = example;
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) {
    uchar4 p = load_pixels(from + j, width - j);
    Four x = {{p.x / 255.0f, p.y / 255.0f, p.z / 255.0f, p.w / 255.0f}};
    if (binarise != BINARISE_NONE) {
      uint4 w = words_at(number, j, 0, 0, address);
      x = {{bit(w.x, p.x), bit(w.y, p.y), bit(w.z, p.z), bit(w.w, p.w)}};
    }
    store4(to + j, width - j, x);
  }
}
