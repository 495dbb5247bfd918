// next = clock + 1
// next, clock [1], shared
// One thread does it.
// See Minibatch in engine/ref/minibatch.go: whose clock is next chooses the next step's examples.
#include "types.cuh"

extern "C" __global__ void next_clock(Array<int32_t> next, Array<const int32_t> clock) {
  if (threadIdx.x == 0) next[0] = clock[0] + 1;
}
