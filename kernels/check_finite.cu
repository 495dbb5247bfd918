// Where a value is not finite, the fault latch: the first such place
// values [n], fault [step, site, element]
// A thread owns pieces of four elements, a grid's width apart; the last block compares the blocks.
// See FirstNonFinite in engine/ref/optimiser.go.
#include "grid_total.cuh"

extern "C" __global__ void check_finite(Array<int32_t> fault, Array<const float> values, Array<const int32_t> clock, int64_t site,
                                        Array<float> scratch, int64_t n) {
  Total total = {0, NOWHERE};
  each_piece(values.here(), n, NonFinite{total});
  if (grid_total(total, scratch.here()) && threadIdx.x == 0) latch(fault, clock[0], site, total.first);
}
