// Rows of data, whose numbers are known. A team owns a row, a thread four neighbouring elements of it.
#pragma once
#include "philox.cuh"

// 1 with probability value/255; integers, so exactly the same on every device.
__device__ __forceinline__ float bit(uint32_t word, uint32_t value) { return (word >> 8) * 255u < value << 24 ? 1 : 0; }

__device__ __forceinline__ uchar4 load_pixels(const uint8_t *p, int64_t left) {
  if (left >= 4 && aligned(p, 4)) return *(const uchar4 *)p;
  uint8_t zero = 0;
  return {p[0], left > 1 ? p[1] : zero, left > 2 ? p[2] : zero, left > 3 ? p[3] : zero};
}

// Images of bytes: row b is also fetched[b] if fetched_index[b] is the example.
struct Pixels {
  Array<const uint8_t> images, fetched;
  Array<const int32_t> fetched_index;
  int64_t width;
  Binarise binarise;
  Noise noise;

  __device__ __forceinline__ void gather(Array<float> dst, int64_t b, int64_t example, NoiseAddress address) const {
    int64_t number = b;
    float *to = dst.row(b, width);
    const uint8_t *from = images.row(example, width);
    if (fetched && fetched_index[b] == example) from = fetched.row(b, width);
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

  __device__ __forceinline__ bool random() const { return binarise != BINARISE_NONE; }
};

// Samples of Gaussians, or their means.
struct Gaussians {
  Array<const float> stats;
  int64_t width;
  Flag sample;
  Noise noise;

  __device__ __forceinline__ void gather(Array<float> dst, int64_t b, int64_t example, NoiseAddress address) const {
    float *to = dst.row(b, width);
    const float *mean = stats.row(example, 2 * width), *logvar = mean + width;
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

  __device__ __forceinline__ bool random() const { return sample; }
};
