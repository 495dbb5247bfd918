// What every kernel shares: arrays, four elements at a time, and the place of a pair. The
// stand-in driver compiles the same files for the host and puts its own header in front
// of them.
//
// A kernel's parameter takes 8 bytes, or is a struct of such words that has the fields of
// Go's type of the same name, before its methods: internal/gen reads them from the headers.
#pragma once
#include <stdint.h>
#include "enums.cuh"

enum Flag : int64_t { NO, YES };

// An array in device memory: p is replica 0's elements, stride how many there are from one
// replica to the next. An absent array has neither, and converts to false.
template <class T>
struct Array {
  T *p;
  int64_t stride;

  __device__ __forceinline__ explicit operator bool() const { return p; }
  // The elements of the block's replica, one of them, and row i of rows of some width.
  __device__ __forceinline__ T *here() const { return p + blockIdx.z * stride; }
  __device__ __forceinline__ T &operator[](int64_t i) const { return here()[i]; }
  __device__ __forceinline__ T *row(int64_t i, int64_t width) const { return here() + i * width; }
};

// What a thread owns: an item of a grid without teams, or with its team a row.
__device__ __forceinline__ int64_t own_item() { return blockIdx.x * (int64_t)blockDim.x + threadIdx.x; }
__device__ __forceinline__ int64_t own_row() { return blockIdx.x * (int64_t)blockDim.y + threadIdx.y; }

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

// How often a value counts: not at all where it is missing, which NaN says. There x becomes 0.
__device__ __forceinline__ float observe(float &x) {
  if (!isnan(x)) return 1;
  return x = 0;
}

// The example of a pair, and the label that an unlabelled example's pair stands for.
struct Pair {
  int64_t example;
  int32_t label;
};

// engine.Pairs. Rows fit 32 bits, whose division is the cheap one.
struct Pairs {
  int64_t labelled, unlabelled, labels, samples;

  __device__ __forceinline__ int64_t examples() const { return labelled + unlabelled; }
  __device__ __forceinline__ int64_t rows() const { return labelled + unlabelled * labels; }
  __device__ __forceinline__ int64_t sample_rows() const { return rows() * samples; }
  // The pair of a sample row.
  __device__ __forceinline__ int64_t pair_of(int64_t row) const { return (uint32_t)row / (uint32_t)samples; }
  // Pairs.Example
  __device__ __forceinline__ Pair pair_at(int64_t pair) const {
    if (pair < labelled) return {pair, 0};
    uint32_t p = (uint32_t)(pair - labelled), k = (uint32_t)labels;
    return {labelled + p / k, (int32_t)(p % k)};
  }
  // The label of a pair, which is data for a labelled example. The array may be absent
  // where there is one label only.
  __device__ __forceinline__ int64_t label_at(int64_t pair, Array<const int32_t> label_of) const {
    if (pair >= labelled) return pair_at(pair).label;
    return label_of ? label_of[pair] : 0;
  }
  // An example's pairs, from first to end.
  __device__ __forceinline__ int64_t first_of(int64_t example) const {
    return example < labelled ? example : labelled + (example - labelled) * labels;
  }
  __device__ __forceinline__ int64_t end_of(int64_t example) const { return first_of(example) + (example < labelled ? 1 : labels); }
};
