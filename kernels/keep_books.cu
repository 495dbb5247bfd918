// CheckFinite of each of some values, in their order, and beside them AddSum of each of some sums, none twice
// fault [step, site, element]; the values and x of a sum [n]; what is not there has n = 0
// The first block owns the checks, each other one a sum; a thread owns pieces of four elements, a block's width apart.
// See FirstNonFinite and Sum in engine/ref/optimiser.go.
#include "books.cuh"

__device__ __forceinline__ void check(Array<int32_t> fault, int32_t step, const Check &c) {
  if (c.n == 0) return;
  Total total = {0, NOWHERE};
  own_pieces(c.values.here(), c.n, 4 * threadIdx.x, 4 * blockDim.x, NonFinite{total});
  total = block_total(total);
  if (threadIdx.x == 0) latch(fault, step, c.site, total.first);
}

__device__ __forceinline__ void add(const Sum &s) {
  if (s.n == 0) return;
  Total total = {0, NOWHERE};
  add_pieces(total, s.x.here(), s.weight ? s.weight.here() : nullptr, s.n, 4 * threadIdx.x, 4 * blockDim.x);
  total = block_total(total);
  if (threadIdx.x == 0) s.sum[0] += total.sum;
}

extern "C" __global__ void keep_books(Array<int32_t> fault, Array<const int32_t> clock, Checks checks, Sums sums) {
  switch (blockIdx.x) {
    case 0: {
      int32_t step = clock ? clock[0] : 0;
      check(fault, step, checks.a), check(fault, step, checks.b), check(fault, step, checks.c);
      return check(fault, step, checks.d), check(fault, step, checks.e), check(fault, step, checks.f);
    }
    case 1: return add(sums.a);
    case 2: return add(sums.b);
    case 3: return add(sums.c);
    case 4: return add(sums.d);
    case 5: return add(sums.e);
    case 6: return add(sums.f);
    case 7: return add(sums.g);
    default: return add(sums.h);
  }
}
