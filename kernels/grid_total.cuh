// Sums and first places over a whole array, in one launch.
#pragma once
#include "last_block.cuh"
#include "reduce.cuh"

enum { NOWHERE = 0x7fffffff };

// What the reductions over an array look for: a sum, and the first place of something.
struct Total {
  double sum;
  int first;
};

// Calls look(i, p[i..i+3]) for the pieces of an array of n that a thread owns: the one at first, and every
// stride-th element from there. A thread has four pieces on their way at a time. Elements beyond the last are 0.
template <class Look>
__device__ __forceinline__ void own_pieces(const float *p, int64_t n, int64_t first, int64_t stride, const Look &look) {
  for (int64_t i = first; i < n; i += 4 * stride) {
    Four piece[4];
#pragma unroll
    for (int j = 0; j < 4; j++) piece[j] = load4(p + i + j * stride, n - i - j * stride);
#pragma unroll
    for (int j = 0; j < 4; j++) look(i + j * stride, piece[j]);
  }
}

// own_pieces of an array that is spread over the grid.
template <class Look>
__device__ __forceinline__ void each_piece(const float *p, int64_t n, const Look &look) {
  own_pieces(p, n, 4 * own_item(), 4 * (int64_t)gridDim.x * blockDim.x, look);
}

// Adds up weight_i·x_i of a thread's pieces; an absent weight counts as ones.
__device__ __forceinline__ void add_pieces(Total &total, const float *x, const float *weight, int64_t n, int64_t first,
                                           int64_t stride) {
  for (int64_t i = first; i < n; i += stride) {
    Four v = load4(x + i, n - i), w = {{1, 1, 1, 1}};
    if (weight) w = load4(weight + i, n - i);
#pragma unroll
    for (int j = 0; j < 4; j++) total.sum += (double)w.at[j] * v.at[j];
  }
}

// The total of a block, in each of its threads.
__device__ __forceinline__ Total block_total(Total t) {
  __shared__ int part[32];
  for (int o = 16; o > 0; o /= 2) t.first = min(t.first, __shfl_xor_sync(0xffffffffu, t.first, o));
  if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = t.first;
  t.sum = team_sum(t.sum);  // its barriers serve both
  for (int w = 0; w < blockDim.x / 32; w++) t.first = min(t.first, part[w]);
  __syncthreads();
  return t;
}

// Says whether this block has the total of the grid; then all its threads have it in t.
__device__ __forceinline__ bool grid_total(Total &t, float *scratch) {
  t = block_total(t);
  if (gridDim.x == 1) return true;
  volatile double *sums = (double *)(scratch + SCRATCH_COUNTERS);
  volatile int *firsts = (int *)(sums + gridDim.x);
  if (threadIdx.x == 0) sums[blockIdx.x] = t.sum, firsts[blockIdx.x] = t.first;
  if (!last_block((uint32_t *)scratch, gridDim.x)) return false;
  t = {0, NOWHERE};
  for (int b = threadIdx.x; b < gridDim.x; b += blockDim.x) t.sum += sums[b], t.first = min(t.first, firsts[b]);
  t = block_total(t);
  return true;
}

// v − v is 0 for every finite number and NaN for the others.
__device__ __forceinline__ bool is_finite(float v) { return v - v == 0; }

// Looks for the first value that is not finite.
struct NonFinite {
  Total &total;

  __device__ __forceinline__ void operator()(int64_t i, Four v) const {
#pragma unroll
    for (int j = 0; j < 4; j++)
      if (!is_finite(v.at[j])) total.first = min(total.first, (int)i + j);
  }
};

// Sets the fault latch of the replica, unless it is set or nothing was found.
__device__ __forceinline__ void latch(Array<int32_t> fault, int32_t step, int64_t site, int element) {
  if (element == NOWHERE || fault[FAULT_STEP] != 0) return;
  fault[FAULT_STEP] = step, fault[FAULT_SITE] = (int32_t)site, fault[FAULT_ELEMENT] = element;
}
