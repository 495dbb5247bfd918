// norm = √Σ grads²;  where a gradient is not finite, the fault latch
// grads [n], norm [1], fault [step, site, element]
// A thread owns pieces of four elements, a grid's width apart; the last block adds up the blocks.
// See Norm and FirstNonFinite in engine/ref/optimiser.go.
#include "grid_total.cuh"

extern "C" __global__ void gradient_norm(Array<double> norm, Array<int32_t> fault, Array<const float> grads,
                                         Array<const int32_t> clock, Array<float> scratch, int64_t n) {
  Total total = {0, NOWHERE};
  each_piece(grads.here(), n, [&](int64_t i, Four g) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      total.sum += (double)g.at[j] * g.at[j];  // the square of a float fits a double
      if (!is_finite(g.at[j])) total.first = min(total.first, (int)i + j);
    }
  });
  if (!grid_total(total, scratch.here()) || threadIdx.x != 0) return;
  norm[0] = sqrt(total.sum);
  latch(fault, clock[0], SITE_GRADIENT, total.first);
}
