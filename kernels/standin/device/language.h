// Keywords and built-in variables.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include "runtime.h"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) alignas(n)
#define __grid_constant__

// A static shared array belongs to the OS thread that runs the block.
#define __shared__ static thread_local

// Dynamic shared memory; for nvcc, `extern __shared__ type name[]`.
#define SHARED_DYN(type, name) type *name = (type *)standin::block->dynamic_shared

// What the matrix units need: the host build has all that compute_80 has.
#define __CUDA_ARCH__ 800

#define threadIdx (standin::self->thread)
#define blockIdx (standin::block->index)
#define blockDim (standin::block->dim)
#define gridDim (standin::block->grid)
#define warpSize 32

// Threads that wait at different lines wait at different barriers.
inline void __syncthreads(int line = __builtin_LINE()) { standin::barrier(false, line); }
inline int __syncthreads_count(int p, int line = __builtin_LINE()) { return standin::barrier(p, line); }
inline int __syncthreads_or(int p, int line = __builtin_LINE()) { return standin::barrier(p, line) != 0; }
inline int __syncthreads_and(int p, int line = __builtin_LINE()) { return standin::barrier(!p, line) == 0; }
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() {}
[[noreturn]] inline void __trap() { __builtin_trap(); }
