// Addressable noise: Philox4x32-10 (Salmon et al. 2011), see engine/noise. The
// integers are the same on every device, the normals equal to rounding.
#pragma once
#include "types.cuh"

// The part of a noise address that a whole step of a replica shares.
struct NoiseAddress {
  uint32_t seed_low, seed_high, step, stream;
};

// Where that is read from.
struct Noise {
  Array<const int32_t> seed, clock;
  uint64_t stream;

  __device__ __forceinline__ NoiseAddress here() const { return at(clock[0]); }
  __device__ __forceinline__ NoiseAddress at(int64_t step) const {
    const int32_t *words = seed.here();
    return {(uint32_t)words[0], (uint32_t)words[1], (uint32_t)step, (uint32_t)stream};
  }
};

__device__ __forceinline__ uint4 philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0, uint32_t k1) {
#pragma unroll
  for (int round = 0; round < 10; round++) {
    uint32_t a_high = __umulhi(c0, 0xD2511F53u), a_low = c0 * 0xD2511F53u;
    uint32_t b_high = __umulhi(c2, 0xCD9E8D57u), b_low = c2 * 0xCD9E8D57u;
    c0 = b_high ^ c1 ^ k0, c1 = b_low, c2 = a_high ^ c3 ^ k1, c3 = a_low;
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  return {c0, c1, c2, c3};
}

// The four words at (row, label, sample) for the elements element to element+3;
// element is a multiple of 4.
__device__ __forceinline__ uint4 words_at(int64_t row, int64_t element, int64_t label, int64_t sample, NoiseAddress n) {
  uint32_t c1 = (uint32_t)(element / 4) | (uint32_t)label << 12 | (uint32_t)sample << 22;
  return philox((uint32_t)row, c1, n.step, n.stream, n.seed_low, n.seed_high);
}

// A word as a number in the open interval (0, 1): 23 bits and a half, exact.
__device__ __forceinline__ float uniform(uint32_t word) { return ((float)(word >> 9) + 0.5f) * 0x1p-23f; }

// Two words as two standard normals (Box and Muller 1958).
__device__ __forceinline__ float2 box_muller(uint32_t a, uint32_t b) {
  float radius = sqrtf(-2.0f * logf(uniform(a))), sine, cosine;
  sincospif(2.0f * uniform(b), &sine, &cosine);
  return {radius * cosine, radius * sine};
}

// The standard normals ε of the elements element to element+3.
__device__ __forceinline__ Four normals_at(int64_t row, int64_t element, int64_t label, int64_t sample, NoiseAddress n) {
  uint4 w = words_at(row, element, label, sample, n);
  float2 a = box_muller(w.x, w.y), b = box_muller(w.z, w.w);
  return {{a.x, a.y, b.x, b.y}};
}
