// dweight = δᵀ·x;  dbias = Σ_rows δ;  dx = δ·weight ∘ input_activation'(x)
// dx, x [rows, in], dweight, weight [out, in], dbias [out], dy = δ [rows, out]; dx may be absent
// A block owns a 128×128 tile of dweight or of dx, or one chunk of its sum where split; a thread 8×8 of it.
// See DenseGrad in engine/ref/device.go
#include "dense.cuh"

extern "C" __global__ void __launch_bounds__(Tile128::THREADS, BLOCKS_FOR(Tile128::THREADS))
    dense_grad_128(float *dx, int64_t dx_stride, float *dweight, int64_t dweight_stride, float *dbias, int64_t dbias_stride,
                   const float *dy, int64_t dy_stride, const float *x, int64_t x_stride, int64_t rows, const float *weight,
                   int64_t weight_stride, int64_t in, int64_t out, int64_t input_activation, float *scratch,
                   int64_t scratch_stride, int64_t weight_chunk, int64_t weight_split, int64_t input_chunk,
                   int64_t input_split) {
  int64_t r = blockIdx.z;
  dense_grad<Tile128>(dx + r * dx_stride, dweight + r * dweight_stride, dbias + r * dbias_stride, dy + r * dy_stride,
                  x + r * x_stride, rows, weight + r * weight_stride, in, out, input_activation, scratch + r * scratch_stride,
                  weight_chunk, weight_split, input_chunk, input_split);
}
