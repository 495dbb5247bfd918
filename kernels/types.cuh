// What every kernel shares: fixed-width types, four elements at a time, and the
// place of a pair. The stand-in driver compiles the same files for the host and
// puts its own header in front of them.
#pragma once
#include <stdint.h>

// Four neighbouring elements of a row, which one thread owns. Ownership never
// depends on alignment, so that neither does a sum.
struct Four {
  float at[4];
};

__device__ __forceinline__ bool aligned(const void *p, uintptr_t bytes) { return ((uintptr_t)p & (bytes - 1)) == 0; }

// The elements p[0..3] of which `left` are there; the others read as 0.
__device__ __forceinline__ Four load4(const float *p, int64_t left) {
  if (left >= 4 && aligned(p, 16)) {
    float4 v = *(const float4 *)p;
    return {{v.x, v.y, v.z, v.w}};
  }
  if (left >= 4 && aligned(p, 8)) {
    float2 a = ((const float2 *)p)[0], b = ((const float2 *)p)[1];
    return {{a.x, a.y, b.x, b.y}};
  }
  return {{left > 0 ? p[0] : 0, left > 1 ? p[1] : 0, left > 2 ? p[2] : 0, left > 3 ? p[3] : 0}};
}

// Writes the elements p[0..3] of which `left` are there.
__device__ __forceinline__ void store4(float *p, int64_t left, Four v) {
  if (left >= 4 && aligned(p, 16)) {
    *(float4 *)p = {v.at[0], v.at[1], v.at[2], v.at[3]};
    return;
  }
  if (left >= 4 && aligned(p, 8)) {
    ((float2 *)p)[0] = {v.at[0], v.at[1]};
    ((float2 *)p)[1] = {v.at[2], v.at[3]};
    return;
  }
#pragma unroll
  for (int i = 0; i < 4; i++)
    if (i < left) p[i] = v.at[i];
}

// The example of a pair, and the label that an unlabelled example's pair stands
// for: engine.Pairs.Example. Rows fit 32 bits, whose division is the cheap one.
struct Pair {
  int64_t example;
  int32_t label;
};

__device__ __forceinline__ Pair pair_at(int64_t pair, int64_t labelled, int64_t labels) {
  if (pair < labelled) return {pair, 0};
  uint32_t p = (uint32_t)(pair - labelled), k = (uint32_t)labels;
  return {labelled + p / k, (int32_t)(p % k)};
}

// The label of a pair, which is data for a labelled example. The array may be
// absent where there is one label only.
__device__ __forceinline__ int64_t label_at(int64_t pair, const int32_t *label_of, int64_t labelled, int64_t labels) {
  if (pair >= labelled) return pair_at(pair, labelled, labels).label;
  return label_of ? label_of[pair] : 0;
}
