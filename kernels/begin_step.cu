// t = clock + 1;  clock = t;  scalars = rate, KL weight, step size, epsilon, average's weight at step t
// clock [1], shared; scalars [5], base_rate [1] of each replica
// A thread owns a replica, or several; there is one block, since the clock is written when all have read it.
// See OptimiserOptions.Scalars in engine/schedule.go.
#include "schedule.cuh"

extern "C" __global__ void begin_step(Schedule schedule, int64_t replicas) {
  int64_t t = (int64_t)schedule.clock[0] + 1;
  for (int64_t r = threadIdx.x; r < replicas; r += blockDim.x) schedule.set(r, t);
  __syncthreads();
  if (threadIdx.x == 0) schedule.clock[0] = (int32_t)t;
}
