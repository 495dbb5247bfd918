// dst[b] = image[index[b]]/255, or 1 with that probability and else 0
// dst [batch, width], images [·, width] bytes, index [batch]; row b is also fetched[b] if fetched_index[b] = index[b]
// A thread owns four neighbouring pixels, one Philox call; a team owns a row.
// See engine/ref/minibatch.go.
#include "philox.cuh"

// engine.Binarise
enum { BINARISE_NONE, BINARISE_FIXED, BINARISE_RESAMPLE };

// 1 with probability value/255; integers, so exactly the same on every device.
__device__ __forceinline__ float bit(uint32_t word, uint32_t value) { return (word >> 8) * 255u < value << 24 ? 1 : 0; }

__device__ __forceinline__ uchar4 load_pixels(const uint8_t *p, int64_t left) {
  if (left >= 4 && aligned(p, 4)) return *(const uchar4 *)p;
  uint8_t zero = 0;
  return {p[0], left > 1 ? p[1] : zero, left > 2 ? p[2] : zero, left > 3 ? p[3] : zero};
}

extern "C" __global__ void gather_pixels(
    float *dst, int64_t dst_stride, const uint8_t *images, int64_t images_stride, const uint8_t *fetched,
    int64_t fetched_stride, const int32_t *fetched_index, int64_t fetched_index_stride, const int32_t *index, int64_t index_stride,
    int64_t batch, int64_t width, int64_t binarise,
    const int32_t *seed, int64_t seed_stride, const int32_t *clock, int64_t clock_stride, uint64_t stream) {
  int64_t b = blockIdx.x * (int64_t)blockDim.y + threadIdx.y;
  if (b >= batch) return;
  int64_t example = index[blockIdx.z * index_stride + b], number = b;
  dst += blockIdx.z * dst_stride + b * width;
  images += blockIdx.z * images_stride + example * width;
  if (fetched && fetched_index[blockIdx.z * fetched_index_stride + b] == example)
    images = fetched + blockIdx.z * fetched_stride + b * width;
  Noise noise = {};
  if (binarise != BINARISE_NONE) noise = noise_at(seed, seed_stride, clock, clock_stride, stream);
  if (binarise == BINARISE_FIXED) noise.step = 0, number = example;
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) {
    uchar4 p = load_pixels(images + j, width - j);
    Four x = {{p.x / 255.0f, p.y / 255.0f, p.z / 255.0f, p.w / 255.0f}};
    if (binarise != BINARISE_NONE) {
      uint4 w = words_at(number, j, 0, 0, noise);
      x = {{bit(w.x, p.x), bit(w.y, p.y), bit(w.z, p.z), bit(w.w, p.w)}};
    }
    store4(dst + j, width - j, x);
  }
}
