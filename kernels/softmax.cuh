// The softmax over a row of labels, which a team of at most a warp owns.
#pragma once
#include "reduce.cuh"

// ln Σ exp(x), shifted by the largest x so that nothing overflows; the same bits
// in each lane. A NaN that the maximum passes over comes back with the sum.
__device__ __forceinline__ float log_sum_exp(const float *x, int64_t n) {
  float largest = -INFINITY, sum = 0;
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) largest = fmaxf(largest, x[k]);
  largest = lane_max(largest, blockDim.x);
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) sum += expf(x[k] - largest);
  return largest + logf(lane_sum(sum, blockDim.x));
}
