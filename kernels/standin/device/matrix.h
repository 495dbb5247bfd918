// Inline assembly's part of the matrix products: asynchronous copies into shared
// memory and products on tensor cores. A kernel's header calls these where
// __CUDACC__ is not defined, and writes the instruction where it is.
#pragma once
#include <cstdint>
#include "runtime.h"

namespace standin {

// cp.async: copies `bytes` (4, 8 or 16) of which only the first `present` are
// read, the rest becoming zero. Both addresses must be multiples of `bytes`.
void copy_async(void *shared, const void *global, int bytes, int present);
// cp.async.commit_group
void commit_copies();
// cp.async.wait_group: all but the newest `pending` groups are there.
void wait_copies(unsigned pending);

// cvt.rna.tf32.f32: to the nearest of 10 bits of mantissa, halves away from zero.
inline uint32_t to_tf32(float v) {
  uint32_t bits;
  __builtin_memcpy(&bits, &v, 4);
  if ((bits & 0x7F800000) == 0x7F800000) return bits;  // infinite or NaN
  return (bits + 0x1000) & ~0x1FFFu;
}

// mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32: d = a·b + c. The low 13
// bits of a and b are not looked at.
void multiply_m16n8k8(float d[4], const uint32_t a[4], const uint32_t b[2], const float c[4], int line = __builtin_LINE());

}  // namespace standin
