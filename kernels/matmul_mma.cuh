// A warp's part of a tile on the matrix units, in tf32 with sums in fp32: 16×8 pieces
// of it, each a chain of products of 8 k in their order, so that no bit depends on how
// the tile is cut. The warps stand two down.
#pragma once
#include "matmul_panel.cuh"
#include "matmul_tile.cuh"
#include "tensor_core.cuh"

template <class T, bool A_ALONG_K, bool B_ALONG_K>
struct Mma {
  static constexpr int DOWN = 2, ACROSS = T::THREADS / 32 / DOWN;  // warps
  static constexpr int M = T::M / DOWN, N = T::N / ACROSS;         // of a warp
  static constexpr int ROWS = M / 16, COLUMNS = N / 8;             // pieces
  static constexpr int COUNT = 4 * ROWS * COLUMNS;
  static constexpr int UNROLL = COUNT > 32 && !B_ALONG_K ? 1 : 2;
  static_assert(ROWS * 16 == M && COLUMNS * 8 == N, "pieces cover the tile");
  typedef Panel<A_ALONG_K, T::M, T::K, T::THREADS> PanelA;
  typedef Panel<B_ALONG_K, T::N, T::K, T::THREADS> PanelB;

  int group, thread;         // the lane's place, see mma_tf32
  int first_row, first_column;  // of the warp

  __device__ __forceinline__ Mma() {
    int warp = thread_anew() / 32;
    group = thread_anew() % 32 / 4, thread = thread_anew() % 4;
    first_row = warp / ACROSS * M, first_column = warp % ACROSS * N;
  }

  // Which row and column of the tile accumulator e is.
  __device__ __forceinline__ int row(int e) const { return first_row + e / 4 / COLUMNS * 16 + e % 4 / 2 * 8 + group; }
  __device__ __forceinline__ int column(int e) const { return first_column + e / 4 % COLUMNS * 8 + thread * 2 + e % 2; }

  // sums += a·b over one panel.
  __device__ __forceinline__ void multiply(float (&sums)[COUNT], const float *a, const float *b) const {
#pragma unroll(UNROLL)
    for (int k = 0; k < T::K; k += 8) {
      uint32_t left[ROWS][4], right[COLUMNS][2];
#pragma unroll
      for (int i = 0; i < ROWS; i++)
#pragma unroll
        for (int j = 0; j < 4; j++)
          left[i][j] = round_tf32(a[PanelA::at(first_row + i * 16 + j % 2 * 8 + group, k + j / 2 * 4 + thread)]);
#pragma unroll
      for (int i = 0; i < COLUMNS; i++)
#pragma unroll
        for (int j = 0; j < 2; j++)
          right[i][j] = round_tf32(b[PanelB::at(first_column + i * 8 + group, k + j * 4 + thread)]);
#pragma unroll
      for (int i = 0; i < ROWS; i++)
#pragma unroll
        for (int j = 0; j < COLUMNS; j++) mma_tf32(sums + 4 * (i * COLUMNS + j), left[i], right[j]);
    }
  }
};
