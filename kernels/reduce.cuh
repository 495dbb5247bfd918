// Sums in a fixed order. A team is the blockDim.x threads that own one row: a
// power of two, at most 1024; a block has blockDim.y teams. What a sum is made of
// depends on the team's size alone. Every thread of the block must take part.
#pragma once
#include "types.cuh"

// The sum over the lanes of a team inside a warp, the same bits in each of them.
template <class T>
__device__ __forceinline__ T lane_sum(T v, unsigned lanes) {
  for (unsigned o = lanes / 2; o > 0; o /= 2) v += __shfl_xor_sync(0xffffffffu, v, o);
  return v;
}

// The largest over the lanes of a team inside a warp. It passes over NaN.
__device__ __forceinline__ float lane_max(float v, unsigned lanes) {
  for (unsigned o = lanes / 2; o > 0; o /= 2) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, o));
  return v;
}

// The sum over a team, the same bits in each of its threads: lanes first, then
// the warps' sums in their order.
template <class T>
__device__ __forceinline__ T team_sum(T v) {
  if (blockDim.x <= 32) return lane_sum(v, blockDim.x);
  __shared__ T part[32];
  unsigned warps = blockDim.x / 32, first = threadIdx.y * warps;
  v = lane_sum(v, 32);
  if (threadIdx.x % 32 == 0) part[first + threadIdx.x / 32] = v;
  __syncthreads();
  v = part[first];
  for (unsigned w = 1; w < warps; w++) v += part[first + w];
  __syncthreads();
  return v;
}
