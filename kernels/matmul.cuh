// Matrix products. k is cut into chunks: the sum over each starts from zero, and the
// chunks' sums are added in their order. That, and nothing else, decides the bits of
// the result: not the tile, nor whether one block takes all chunks of a tile or each
// chunk has its own block.
#pragma once
#include "last_block.cuh"
#include "matmul_mma.cuh"
#include "matmul_simt.cuh"

#ifndef SHARED_DYN
#define SHARED_DYN(type, name) extern __shared__ type name[]
#endif

template <bool TF32>
struct Arithmetic {
  template <class T, bool A_ALONG_K, bool B_ALONG_K>
  using Of = Simt<T, A_ALONG_K, B_ALONG_K>;
};
template <>
struct Arithmetic<true> {
  template <class T, bool A_ALONG_K, bool B_ALONG_K>
  using Of = Mma<T, A_ALONG_K, B_ALONG_K>;
};

// C [m, n] = op(A)·op(B), of which a unit of work is a tile, or with `split` one chunk
// of a tile.
struct Product {
  int m, n, k, chunk;
  bool split;
  Array<float> row_sums;  // Σ_k op(A)[·, k], if asked for; A is then not along k
  uint32_t *counters;
  float *parts;

  __device__ __forceinline__ int chunks() const { return (k + chunk - 1) / chunk; }
  template <class T>
  __device__ __forceinline__ int tiles_across() const { return (n + T::N - 1) / T::N; }
  template <class T>
  __device__ __forceinline__ int tiles() const { return (m + T::M - 1) / T::M * tiles_across<T>(); }
  template <class T>
  __device__ __forceinline__ int units() const { return tiles<T>() * (split ? chunks() : 1); }
};

template <class T, bool A_ALONG_K, bool B_ALONG_K>
struct MatMul {
  typedef typename Arithmetic<T::TF32>::template Of<T, A_ALONG_K, B_ALONG_K> Math;
  typedef typename Math::PanelA PanelA;
  typedef typename Math::PanelB PanelB;
  static constexpr int COUNT = Math::COUNT;
  static constexpr int STAGE = PanelA::SIZE + PanelB::SIZE;
  static constexpr int LINE = T::N + 4;  // of the tile in shared memory on its way out
  static constexpr int PASSES = T::M * LINE <= T::STAGES * STAGE ? 1 : 2;
  static constexpr int PASS_ROWS = T::M / PASSES;
  static constexpr int ROWS_AT_ONCE = T::THREADS / (T::N / 4);
  static_assert(PASS_ROWS % ROWS_AT_ONCE == 0, "each thread writes as many rows");
  static_assert(PASS_ROWS * LINE <= T::STAGES * STAGE, "the tile goes out in at most two passes");
  static_assert(T::M <= T::THREADS, "one thread for each row sum");

  // Computes one unit and hands its elements, four neighbours at a time, to
  // out(row, column, values, out.of_columns(column), how many of them there are).
  template <class Out>
  static __device__ __forceinline__ void run(const Product &p, Operand<A_ALONG_K> a, Operand<B_ALONG_K> b, int unit, const Out &out) {
    SHARED_DYN(float4, shared);
    float *memory = (float *)shared;
    int tile = unit % p.tiles<T>(), part = unit / p.tiles<T>();
    int row = tile / p.tiles_across<T>() * T::M, column = tile % p.tiles_across<T>() * T::N;
    float sums[COUNT] = {}, row_sum = 0;
    accumulate(Math(), sums, row_sum, p, a, b, row, column, part, memory);
    if (p.split) {
      leave_part(p, tile, part, sums, row_sum);
      if (!last_block(p.counters + tile, p.chunks())) return;
      add_parts(p, tile, sums, row_sum);
    }
    if (sums_rows(p, column) && row + threadIdx.x < p.m) p.row_sums[row + threadIdx.x] = row_sum;
    write(Math(), sums, p, row, column, memory, out);
  }

 private:
  // The first tile of a row of tiles has one thread add up each row of op(A).
  static __device__ __forceinline__ bool sums_rows(const Product &p, int column) {
    return !A_ALONG_K && p.row_sums && column == 0 && threadIdx.x < T::M;
  }

  static __device__ __forceinline__ void accumulate(const Math &math, float (&sums)[COUNT], float &row_sum, const Product &p,
                                                    const Operand<A_ALONG_K> &a, const Operand<B_ALONG_K> &b, int row, int column,
                                                    int part, float *memory) {
    int from = p.split ? part * p.chunk : 0, to = p.split ? min(p.k, from + p.chunk) : p.k;
    int steps = (to - from + T::K - 1) / T::K, chunk_steps = p.chunk / T::K;
    bool folds = T::FOLDS && !p.split && p.chunk < p.k, sums_up = sums_rows(p, column);
    float folded[T::FOLDS ? COUNT : 1] = {}, folded_row = 0;
    // The first rounds only start copies; a single place in the code does.
#pragma unroll 1
    for (int step = 1 - T::STAGES; step < steps; step++) {
      if (step >= 0) {
        copy_wait<T::STAGES - 2>();
        __syncthreads();  // this panel is there, and nobody reads the one before
      }
      if (int next = step + T::STAGES - 1; next < steps) {
        float *stage = memory + next % T::STAGES * STAGE;
        PanelA::load(stage, a, row, from + next * T::K, to);
        PanelB::load(stage + PanelA::SIZE, b, column, from + next * T::K, to);
      }
      copy_commit();
      if (step < 0) continue;
      const float *stage = memory + step % T::STAGES * STAGE;
      math.multiply(sums, stage, stage + PanelA::SIZE);
      if (sums_up)
#pragma unroll 4
        for (int k = 0; k < T::K; k++) row_sum += stage[PanelA::at(threadIdx.x, k)];
      if constexpr (T::FOLDS) {
        if (folds && ((step + 1) % chunk_steps == 0 || step + 1 == steps)) {
#pragma unroll
          for (int e = 0; e < COUNT; e++) folded[e] += sums[e], sums[e] = 0;
          folded_row += row_sum, row_sum = 0;
        }
      }
    }
    if constexpr (T::FOLDS) {
      if (folds) {
#pragma unroll
        for (int e = 0; e < COUNT; e++) sums[e] = folded[e];
        row_sum = folded_row;
      }
    }
  }

  static __device__ __forceinline__ float *part_at(const Product &p, int tile, int part) {
    return p.parts + ((int64_t)part * p.tiles<T>() + tile) * T::PART;
  }

  static __device__ __forceinline__ void leave_part(const Product &p, int tile, int part, const float (&sums)[COUNT], float row_sum) {
    float *mine = part_at(p, tile, part) + threadIdx.x;
#pragma unroll
    for (int e = 0; e < COUNT; e++) mine[e * T::THREADS] = sums[e];
    if (threadIdx.x < T::M) mine[T::M * T::N] = row_sum;
  }

  static __device__ __forceinline__ void add_parts(const Product &p, int tile, float (&sums)[COUNT], float &row_sum) {
#pragma unroll
    for (int e = 0; e < COUNT; e++) sums[e] = 0;
    row_sum = 0;
    for (int part = 0; part < p.chunks(); part++) {
      const volatile float *mine = part_at(p, tile, part) + threadIdx.x;
#pragma unroll
      for (int e = 0; e < COUNT; e++) sums[e] += mine[e * T::THREADS];
      if (threadIdx.x < T::M) row_sum += mine[T::M * T::N];
    }
  }

  // Through shared memory, so that neighbours are written together and the code of
  // `out` stands there once, not once an accumulator.
  template <class Out>
  static __device__ __forceinline__ void write(const Math &math, const float (&sums)[COUNT], const Product &p, int row, int column,
                                               float *memory, const Out &out) {
#pragma unroll
    for (int pass = 0; pass < PASSES; pass++) {
      int first = pass * PASS_ROWS;
      __syncthreads();
#pragma unroll
      for (int e = 0; e < COUNT; e++) {
        int r = math.row(e) - first;
        if (r >= 0 && r < PASS_ROWS) memory[r * LINE + math.column(e)] = sums[e];
      }
      __syncthreads();
      unsigned c = threadIdx.x % (T::N / 4) * 4;
      int left = p.n - column - c;
      Four fixed = out.of_columns(column + c, left);
#pragma unroll(Out::UNROLL)
      for (unsigned turn = 0; turn < PASS_ROWS / ROWS_AT_ONCE; turn++) {
        unsigned i = turn * ROWS_AT_ONCE + threadIdx.x / (T::N / 4);
        int r = row + first + i;
        if (r < p.m && left > 0) out(r, column + c, load4(memory + i * LINE + c, 4), fixed, left);
      }
    }
  }
};
