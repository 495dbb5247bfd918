// Which examples a minibatch has. See engine/ref/minibatch.go; the permutation is noise.Permutation.
#pragma once
#include "philox.cuh"

// mix is a bijection on 32 bits in which every input bit reaches every output bit.
__device__ __forceinline__ uint32_t mix(uint32_t h) {
  h ^= h >> 16, h *= 0x85EBCA6Bu;
  h ^= h >> 13, h *= 0xC2B2AE35u;
  return h ^ h >> 16;
}

// The item at place i < n of the order that (seed, stream, round) names: a Feistel
// network on 2·half bits, walked until it falls inside the range.
__device__ __forceinline__ uint32_t permuted(uint32_t i, uint32_t n, uint64_t round, NoiseAddress noise) {
  uint32_t half = 1, low = (uint32_t)round, high = (uint32_t)(round >> 32);
  while ((uint64_t)1 << 2 * half < n) half++;
  uint4 a = philox(0, low, high, noise.stream, noise.seed_low, noise.seed_high);
  uint4 b = philox(1, low, high, noise.stream, noise.seed_low, noise.seed_high);
  const uint32_t keys[8] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w}, mask = (1u << half) - 1;
  do {
    uint32_t left = i >> half, right = i & mask;
#pragma unroll
    for (int k = 0; k < 8; k++) {
      uint32_t next = left ^ (mix(right ^ keys[k]) & mask);
      left = right, right = next;
    }
    i = left << half | right;
  } while (i >= n);
  return i;
}

// What a minibatch is drawn from.
struct Draw {
  Array<const int32_t> pool, sizes;
  int64_t batch, examples;
  Noise noise;

  // The example at place b of a step's minibatch.
  __device__ __forceinline__ int32_t example(int64_t b, NoiseAddress address) const {
    int64_t size = sizes ? sizes[0] : examples;
    uint64_t n = size > 0 && size < examples ? size : examples;
    uint64_t p = (uint64_t)(address.step - 1) * batch + b;
    return pool[permuted((uint32_t)(p % n), (uint32_t)n, p / n, address)];
  }
};
