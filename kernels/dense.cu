// y = activation(pre),  pre = x·weightᵀ + bias + table[label]; in tf32 where the name says so
// y, pre [rows, out], x [rows, in], weight [out, in], bias [out], table [labels, out]; pre and the table may be absent
// A block owns a tile of y, or one chunk of its sum where split; matmul_simt.cuh and matmul_mma.cuh say what a thread owns.
// See Dense in engine/ref/device.go.
#include "dense.cuh"

template <class T>
__device__ __forceinline__ void dense(Array<float> y, Array<float> pre, Array<const float> x, int rows, const Layer &l,
                                      const LabelTable &labels, const Cut &cut, Array<float> scratch) {
  int in = l.in, out = l.out;
  float *memory = scratch.here();
  Product p = {rows, out, in, (int)cut.chunk, cut.split == YES, {}, (uint32_t *)memory, memory + SCRATCH_COUNTERS};
  MatMul<T, true, true>::run(p, {x.here(), in, rows}, {l.weight.here(), in, out}, blockIdx.x,
                             BiasActivate{y, pre, l.bias, labels, out, l.activation});
}

#define DENSE(tile, T)                                                                                               \
  extern "C" __global__ void BOUNDS(T)                                                                               \
      dense_##tile(Array<float> y, Array<float> pre, Array<const float> x, int64_t rows, Layer layer,                \
                   LabelTable labels, Cut cut, Array<float> scratch) {                                               \
    dense<T>(y, pre, x, rows, layer, labels, cut, scratch);                                                          \
  }
EACH_TILE(DENSE)
