// The matrix units' product of tf32 numbers, from compute capability 8.0 on; a
// device does not launch it on older cards.
#pragma once
#include "types.cuh"

// Rounds to tf32: 10 bits of mantissa, halves away from zero.
__device__ __forceinline__ uint32_t round_tf32(float x) {
#ifndef __CUDACC__
  return standin::to_tf32(x);
#elif __CUDA_ARCH__ >= 800
  uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return bits;
#else
  __trap();
  return 0;
#endif
}

// c += a·b for a warp: a is 16×8, b is 8×8. With g = lane/4 and t = lane%4 a lane has
// a(g, t), a(g+8, t), a(g, t+4), a(g+8, t+4); b(t, g), b(t+4, g);
// c(g, 2t), c(g, 2t+1), c(g+8, 2t), c(g+8, 2t+1).
__device__ __forceinline__ void mma_tf32(float *c, const uint32_t *a, const uint32_t *b) {
#ifndef __CUDACC__
  standin::multiply_m16n8k8(c, a, b, c);
#elif __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  __trap();
#endif
}
