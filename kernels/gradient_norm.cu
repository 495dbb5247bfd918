// norm = √Σ grads²;  where a gradient is not finite, the fault latch
// grads [n], norm [1], fault [step, site, element]
// A thread owns pieces of four elements, a grid's width apart; the last block adds up the blocks.
// See Norm and FirstNonFinite in engine/ref/optimiser.go.
#include "grid_total.cuh"

extern "C" __global__ void gradient_norm(double *norm, int64_t norm_stride, int32_t *fault, int64_t fault_stride, const float *grads,
                                         int64_t grads_stride, const int32_t *clock, int64_t clock_stride, float *scratch,
                                         int64_t scratch_stride, int64_t n) {
  int64_t r = blockIdx.z;
  Total total = {0, NOWHERE};
  each_piece(grads + r * grads_stride, n, [&](int64_t i, Four g) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      total.sum += (double)g.at[j] * g.at[j];  // the square of a float fits a double
      if (!is_finite(g.at[j])) total.first = min(total.first, (int)i + j);
    }
  });
  if (!grid_total(total, scratch + r * scratch_stride) || threadIdx.x != 0) return;
  norm[r * norm_stride] = sqrt(total.sum);
  latch(fault + r * fault_stride, clock + r * clock_stride, 1, total.first);
}
