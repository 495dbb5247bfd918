// sum += Σ_i weight_i·x_i
// x, weight [n], sum [1]; weight may be absent and then counts as ones
// A thread owns pieces of four elements, a grid's width apart; the last block adds up the blocks.
// See Sum in engine/ref/optimiser.go.
#include "grid_total.cuh"

extern "C" __global__ void add_sum(double *sum, int64_t sum_stride, const float *x, int64_t x_stride, const float *weight,
                                   int64_t weight_stride, float *scratch, int64_t scratch_stride, int64_t n) {
  int64_t r = blockIdx.z;
  x += r * x_stride, weight += r * weight_stride;
  Total total = {0, NOWHERE};
  for (int64_t i = 4 * (blockIdx.x * (int64_t)blockDim.x + threadIdx.x); i < n; i += 4 * (int64_t)gridDim.x * blockDim.x) {
    Four v = load4(x + i, n - i), w = {{1, 1, 1, 1}};
    if (weight) w = load4(weight + i, n - i);
#pragma unroll
    for (int j = 0; j < 4; j++) total.sum += (double)w.at[j] * v.at[j];
  }
  if (grid_total(total, scratch + r * scratch_stride) && threadIdx.x == 0) sum[r * sum_stride] += total.sum;
}
