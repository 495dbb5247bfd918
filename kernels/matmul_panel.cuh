// The panel of one operand in shared memory.
#pragma once
#include "copy_async.cuh"

// An operand seen from outside: EXTENT of its rows (of A) or columns (of B) by k.
// ALONG_K says that its neighbours in memory are neighbours in k.
template <bool ALONG_K>
struct Operand {
  const float *p;
  int ld, extent;
  int width;  // floats that can be copied at once, by the alignment of all its lines

  __device__ __forceinline__ Operand(const float *p, int ld, int extent) : p(p), ld(ld), extent(extent) {
    uintptr_t all = (uintptr_t)p | (uintptr_t)ld * sizeof(float);
    width = all % 16 == 0 ? 4 : all % 8 == 0 ? 2 : 1;
  }
};

// The padding keeps the reads of a warp in different banks: along k, rows r and r+1
// are 4 banks apart; across it, lines k and k+1 are 8 apart.
template <bool ALONG_K, int EXTENT, int K, int THREADS>
struct Panel {
  static constexpr int LINES = ALONG_K ? EXTENT : K, LINE = ALONG_K ? K : EXTENT;
  static constexpr int STRIDE = LINE + (ALONG_K ? 4 : 8);
  static constexpr int SIZE = LINES * STRIDE;

  // Where element (outer, k) of the panel is.
  static __device__ __forceinline__ int at(int outer, int k) { return ALONG_K ? outer * STRIDE + k : k * STRIDE + outer; }

  // Starts the copy of the elements from (outer, k) on; beyond the operand's extent
  // and from k_end on they are zero.
  static __device__ __forceinline__ void load(float *panel, const Operand<ALONG_K> &o, int outer, int k, int k_end) {
    int lines = ALONG_K ? o.extent - outer : k_end - k, columns = ALONG_K ? k_end - k : o.extent - outer;
    const float *from = o.p + (ALONG_K ? (int64_t)outer * o.ld + k : (int64_t)k * o.ld + outer);
    switch (o.width) {
      case 4: return load_by<4>(panel, from, o.ld, lines, columns);
      case 2: return load_by<2>(panel, from, o.ld, lines, columns);
      default: return load_by<1>(panel, from, o.ld, lines, columns);
    }
  }

 private:
  // Only the copies of 16 bytes are worth their code unrolled.
  template <int WIDTH>
  static __device__ __forceinline__ void load_by(float *panel, const float *from, int ld, int lines, int columns) {
    constexpr int PIECES = LINE / WIDTH;  // of a line
    static_assert(LINES * PIECES % THREADS == 0, "each thread copies as many pieces");
#pragma unroll(WIDTH == 4 ? 8 : 1)
    for (unsigned turn = 0; turn < LINES * PIECES / THREADS; turn++) {
      unsigned i = turn * THREADS + threadIdx.x;
      int line = i / PIECES, column = i % PIECES * WIDTH;
      bool there = line < lines && column < columns;
      copy_async<WIDTH>(panel + line * STRIDE + column, from + (there ? line * ld + column : 0), there);
    }
  }
};
