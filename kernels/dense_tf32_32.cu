// y = activation(x·weightᵀ + bias), in tf32
// y [rows, out], x [rows, in], weight [out, in], bias [out]
// A block owns a 32×32 tile of y, or one chunk of its sum where split; a warp 16×16 of it.
// See Dense in engine/ref/device.go
#include "dense.cuh"

extern "C" __global__ void __launch_bounds__(Tile32TF32::THREADS, BLOCKS_FOR(Tile32TF32::THREADS))
    dense_tf32_32(float *y, int64_t y_stride, const float *x, int64_t x_stride, int64_t rows, const float *weight,
              int64_t weight_stride, const float *bias, int64_t bias_stride, int64_t in, int64_t out, int64_t activation,
              float *scratch, int64_t scratch_stride, int64_t chunk, int64_t split) {
  int64_t r = blockIdx.z;
  dense<Tile32TF32>(y + r * y_stride, x + r * x_stride, rows, weight + r * weight_stride, bias + r * bias_stride, in, out,
             activation, scratch + r * scratch_stride, chunk, split);
}
