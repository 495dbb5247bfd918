// Where a value is not finite, the fault latch: the first such place
// values [n], fault [step, site, element]
// A thread owns pieces of four elements, a grid's width apart; the last block compares the blocks.
// See FirstNonFinite in engine/ref/optimiser.go.
#include "grid_total.cuh"

extern "C" __global__ void check_finite(int32_t *fault, int64_t fault_stride, const float *values, int64_t values_stride,
                                        const int32_t *clock, int64_t clock_stride, int64_t site, float *scratch,
                                        int64_t scratch_stride, int64_t n) {
  int64_t r = blockIdx.z;
  Total total = {0, NOWHERE};
  each_piece(values + r * values_stride, n, [&](int64_t i, Four v) {
#pragma unroll
    for (int j = 0; j < 4; j++)
      if (!is_finite(v.at[j])) total.first = min(total.first, (int)i + j);
  });
  if (grid_total(total, scratch + r * scratch_stride) && threadIdx.x == 0)
    latch(fault + r * fault_stride, clock + r * clock_stride, (int32_t)site, total.first);
}
