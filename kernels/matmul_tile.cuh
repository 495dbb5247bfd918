// How a matrix product C [m, n] = Σ_k op(A)·op(B) is cut: a block computes an M×N tile
// of C, reading panels of K columns of op(A) and K rows of op(B) into shared memory,
// STAGES of them on their way at a time. The generator writes the same tiles to tiles.go.
#pragma once
#include "types.cuh"

template <int M_, int N_, int K_, int STAGES_, int THREADS_, bool FOLDS_, bool TF32_>
struct Tile {
  static constexpr int M = M_, N = N_, K = K_, STAGES = STAGES_, THREADS = THREADS_;
  static constexpr bool FOLDS = FOLDS_;  // has registers to add up the chunks of k itself
  static constexpr bool TF32 = TF32_;    // computes on the matrix units
  static constexpr int PART = M_ * N_ + M_;  // floats that one chunk of a tile and its row sums take
};

typedef Tile<32, 32, 32, 3, 64, true, false> Tile32;
typedef Tile<64, 64, 16, 4, 256, true, false> Tile64;
typedef Tile<128, 128, 16, 2, 256, false, false> Tile128;
typedef Tile<32, 32, 32, 3, 128, true, true> Tile32TF32;
typedef Tile<64, 64, 32, 3, 128, true, true> Tile64TF32;
typedef Tile<128, 128, 32, 3, 256, false, true> Tile128TF32;

// Every tile, with what it is called in the names of kernels.
#define EACH_TILE(KERNEL) \
  KERNEL(32, Tile32) KERNEL(64, Tile64) KERNEL(128, Tile128) \
  KERNEL(tf32_32, Tile32TF32) KERNEL(tf32_64, Tile64TF32) KERNEL(tf32_128, Tile128TF32)

// threadIdx.x, read anew: what is worked out from it before and after a sum takes no
// registers during the sum.
__device__ __forceinline__ int thread_anew() {
#ifdef __CUDACC__
  int thread;
  asm volatile("mov.u32 %0, %tid.x;" : "=r"(thread));
  return thread;
#else
  return threadIdx.x;
#endif
}

// The blocks that a multiprocessor shall hold: as many as leave a thread 128 registers.
#define BOUNDS(T) __launch_bounds__(T::THREADS, 512 / T::THREADS)
