// dweight = δᵀ·x;  dbias = Σ_rows δ;  dx = δ·weight ∘ input'(below); in tf32 where the name says so
// dx, x, below [rows, in], dweight, weight [out, in], dbias [out], dy = δ [rows, out]; dx, dweight or dbias may be absent
// A block owns a tile of dweight or of dx, or one chunk of its sum where split; matmul_simt.cuh and matmul_mma.cuh say what a thread owns.
// See DenseGrad in engine/ref/device.go; below is what activation.cuh takes the derivative of the layer below from, absent for IDENTITY.
#include "dense.cuh"

// Both products at once, since each alone may leave most of the card idle: the
// first blocks compute dweight and dbias, those after them dx.
template <class T>
__device__ __forceinline__ void dense_grad(Array<float> dx, const LayerGrad &grad, Array<const float> dy, Array<const float> x,
                                           Array<const float> below, int rows, const Layer &l, Activation input,
                                           const Cut &weight_cut, const Cut &input_cut, Array<float> scratch) {
  int in = l.in, out = l.out;
  float *memory = scratch.here(), *parts = memory + SCRATCH_COUNTERS;
  uint32_t *counters = (uint32_t *)memory;
  const float *delta = dy.here();
  Product w = {out, in, rows, (int)weight_cut.chunk, weight_cut.split == YES, grad.bias, counters, parts};
  int unit = blockIdx.x, units = grad.weight ? w.units<T>() : 0;
  if (unit < units) {
    MatMul<T, false, false>::run(w, {delta, out, out}, {x.here(), in, in}, unit, Store{grad.weight, in});
    return;
  }
  if (w.split) counters += w.tiles<T>(), parts += (int64_t)units * T::PART;
  Product i = {rows, in, out, (int)input_cut.chunk, input_cut.split == YES, {}, counters, parts};
  MatMul<T, true, false>::run(i, {delta, out, rows}, {l.weight.here(), in, in}, unit - units, Chain{dx, below, in, input});
}

#define DENSE_GRAD(tile, T)                                                                                          \
  extern "C" __global__ void BOUNDS(T)                                                                               \
      dense_grad_##tile(Array<float> dx, LayerGrad grad, Array<const float> dy, Array<const float> x,                \
                        Array<const float> below, int64_t rows, Layer layer, Activation input, Cut weight_cut,       \
                        Cut input_cut, Array<float> scratch) {                                                       \
    dense_grad<T>(dx, grad, dy, x, below, rows, layer, input, weight_cut, input_cut, scratch);                       \
  }
EACH_TILE(DENSE_GRAD)
