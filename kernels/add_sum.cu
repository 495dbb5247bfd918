// sum += Σ_i weight_i·x_i
// x, weight [n], sum [1]; weight may be absent and then counts as ones
// A thread owns pieces of four elements, a grid's width apart; the last block adds up the blocks.
// See Sum in engine/ref/optimiser.go.
#include "grid_total.cuh"

extern "C" __global__ void add_sum(Array<double> sum, Array<const float> x, Array<const float> weight, Array<float> scratch, int64_t n) {
  Total total = {0, NOWHERE};
  for (int64_t i = 4 * own_item(); i < n; i += 4 * (int64_t)gridDim.x * blockDim.x) {
    Four v = load4(&x[i], n - i), w = {{1, 1, 1, 1}};
    if (weight) w = load4(&weight[i], n - i);
#pragma unroll
    for (int j = 0; j < 4; j++) total.sum += (double)w.at[j] * v.at[j];
  }
  if (grid_total(total, scratch.here()) && threadIdx.x == 0) sum[0] += total.sum;
}
