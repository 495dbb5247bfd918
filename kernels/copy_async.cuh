// Copies from global to shared memory that run while the threads compute: cp.async
// from compute capability 8.0 on, plain copies before. What is not there becomes
// zero.
#pragma once
#include "types.cuh"

// Copies `WIDTH` floats, 1, 2 or 4; both ends are aligned to all of them.
template <int WIDTH>
__device__ __forceinline__ void copy_async(float *to, const float *from, bool there) {
#ifndef __CUDACC__
  standin::copy_async(to, from, 4 * WIDTH, there ? 4 * WIDTH : 0);
#elif __CUDA_ARCH__ >= 800
  uint32_t shared = (uint32_t)__cvta_generic_to_shared(to);
  int bytes = there ? 4 * WIDTH : 0;
  if constexpr (WIDTH == 4)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared), "l"(from), "r"(bytes) : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared), "l"(from), "n"(4 * WIDTH), "r"(bytes) : "memory");
#else
  if constexpr (WIDTH == 4)
    *(float4 *)to = there ? *(const float4 *)from : make_float4(0, 0, 0, 0);
  else if constexpr (WIDTH == 2)
    *(float2 *)to = there ? *(const float2 *)from : make_float2(0, 0);
  else
    *to = there ? *from : 0;
#endif
}

// Closes a group of this thread's copies.
__device__ __forceinline__ void copy_commit() {
#ifndef __CUDACC__
  standin::commit_copies();
#elif __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

// Waits until at most `NEWEST` of this thread's groups are still on their way.
template <int NEWEST>
__device__ __forceinline__ void copy_wait() {
#ifndef __CUDACC__
  standin::wait_copies(NEWEST);
#elif __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" ::"n"(NEWEST) : "memory");
#endif
}
