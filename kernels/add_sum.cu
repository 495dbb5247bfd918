// sum += Σ_i weight_i·x_i
// x, weight [n], sum [1]; weight may be absent and then counts as ones
// A thread owns pieces of four elements, a grid's width apart; the last block adds up the blocks.
// See Sum in engine/ref/optimiser.go.
#include "grid_total.cuh"

extern "C" __global__ void add_sum(Array<double> sum, Array<const float> x, Array<const float> weight, Array<float> scratch, int64_t n) {
  Total total = {0, NOWHERE};
  const float *w = weight ? weight.here() : nullptr;
  add_pieces(total, x.here(), w, n, 4 * own_item(), 4 * (int64_t)gridDim.x * blockDim.x);
  if (grid_total(total, scratch.here()) && threadIdx.x == 0) sum[0] += total.sum;
}
