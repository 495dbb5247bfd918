// A thread's part of a tile in fp32: rows × columns of it in registers. Each element is
// one chain of fused multiply-adds in the order of k, so that no bit depends on
// how the tile is cut.
#pragma once
#include "matmul_panel.cuh"
#include "matmul_tile.cuh"

template <class T, bool A_ALONG_K, bool B_ALONG_K>
struct Simt {
  static constexpr int ROWS = T::M >= 128 ? 8 : 4, COLUMNS = T::N >= 128 ? 8 : 4;
  static constexpr int ACROSS = T::N / COLUMNS, DOWN = T::M / ROWS;  // threads
  static constexpr int COUNT = ROWS * COLUMNS;
  // Copies to shared memory go through registers before 8.0; that leaves fewer for sums.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  static constexpr bool LEAN = !B_ALONG_K;
#else
  static constexpr bool LEAN = false;
#endif
  static constexpr int STEP = COUNT <= 16 ? 4 : LEAN ? 1 : 2;  // k in registers at a time
  static constexpr int UNROLL = COUNT > 16 && !B_ALONG_K ? 1 : 2;
  static_assert(ACROSS * DOWN == T::THREADS && ACROSS % 8 == 0, "threads cover the tile");
  typedef Panel<A_ALONG_K, T::M, T::K, T::THREADS> PanelA;
  typedef Panel<B_ALONG_K, T::N, T::K, T::THREADS> PanelB;

  // A warp is 8 threads across and 4 down, which reads the least.
  int x, y;

  __device__ __forceinline__ Simt() {
    int lane = thread_anew() % 32, warp = thread_anew() / 32;
    x = warp % (ACROSS / 8) * 8 + lane % 8;
    y = warp / (ACROSS / 8) * 4 + lane / 8;
  }

  // Which row and column of the tile accumulator e is.
  __device__ __forceinline__ int row(int e) const { return index<A_ALONG_K, DOWN>(y, e / COLUMNS); }
  __device__ __forceinline__ int column(int e) const { return index<B_ALONG_K, ACROSS>(x, e % COLUMNS); }

  // sums += a·b over one panel.
  __device__ __forceinline__ void multiply(float (&sums)[COUNT], const float *a, const float *b) const {
#pragma unroll(UNROLL)
    for (int k = 0; k < T::K; k += STEP) {
      float left[STEP][ROWS], right[STEP][COLUMNS];
      fragment<PanelA, A_ALONG_K, ROWS, DOWN>(left, a, k, y);
      fragment<PanelB, B_ALONG_K, COLUMNS, ACROSS>(right, b, k, x);
#pragma unroll
      for (int i = 0; i < STEP; i++)
#pragma unroll
        for (int e = 0; e < COUNT; e++) sums[e] = fmaf(left[i][e / COLUMNS], right[i][e % COLUMNS], sums[e]);
    }
  }

 private:
  // A thread's elements are one in each group of neighbours where a read goes along k,
  // four neighbours at a time where it goes across.
  template <bool ALONG_K, int GROUP>
  static __device__ __forceinline__ int index(int thread, int i) {
    return ALONG_K ? i * GROUP + thread : (i / 4 * GROUP + thread) * 4 + i % 4;
  }

  template <class P, bool ALONG_K, int LENGTH, int GROUP>
  static __device__ __forceinline__ void fragment(float (&f)[STEP][LENGTH], const float *panel, int k, int thread) {
    if constexpr (ALONG_K) {
#pragma unroll
      for (int i = 0; i < LENGTH; i++) read<STEP>(panel + P::at(index<ALONG_K, GROUP>(thread, i), k), f[0] + i, LENGTH);
    } else {
#pragma unroll
      for (int i = 0; i < STEP * LENGTH; i += 4)
        read<4>(panel + P::at(index<ALONG_K, GROUP>(thread, i % LENGTH), k + i / LENGTH), f[0] + i, 1);
    }
  }

  // Reads 1, 2 or 4 neighbours and puts them `stride` apart.
  template <int WIDTH>
  static __device__ __forceinline__ void read(const float *from, float *to, int stride) {
    if constexpr (WIDTH == 4) {
      float4 v = *(const float4 *)from;
      to[0] = v.x, to[stride] = v.y, to[2 * stride] = v.z, to[3 * stride] = v.w;
    } else if constexpr (WIDTH == 1) {
      to[0] = *from;
    } else {
      float2 v = *(const float2 *)from;
      to[0] = v.x, to[stride] = v.y;
    }
  }
};
