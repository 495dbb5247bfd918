// Sums over several blocks in one launch: each block leaves its part in scratch
// memory, and the last to arrive adds the parts in their order. Which block that
// is changes nothing in the sum.
#pragma once
#include "types.cuh"

// Scratch memory begins with counters, all zero between launches; the parts follow.
enum { SCRATCH_COUNTERS = 1024 };

// Says whether this block is the last of `blocks` to get here; all that the others
// wrote before can then be read. Every thread of the block must take part.
__device__ __forceinline__ bool last_block(uint32_t *counter, uint32_t blocks) {
  __shared__ bool last;
  __threadfence();
  __syncthreads();
  if (threadIdx.x + threadIdx.y == 0) {
    last = atomicAdd(counter, 1u) == blocks - 1;
    if (last) *counter = 0;  // for the next launch
  }
  __syncthreads();
  bool is_last = last;
  if (is_last) __threadfence();
  return is_last;
}
