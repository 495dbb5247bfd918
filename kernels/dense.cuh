// The dense layer's two kernels at any tile, see engine/ref/device.go.
#pragma once
#include "activation.cuh"
#include "matmul.cuh"

// load4 of what nobody writes during the launch, so that the compiler may move it
// across stores.
__device__ __forceinline__ Four load4_constant(const float *p, int64_t left) {
  if (left >= 4 && aligned(p, 16)) {
    float4 v = __ldg((const float4 *)p);
    return {{v.x, v.y, v.z, v.w}};
  }
  return {{left > 0 ? __ldg(p) : 0, left > 1 ? __ldg(p + 1) : 0, left > 2 ? __ldg(p + 2) : 0, left > 3 ? __ldg(p + 3) : 0}};
}

// What becomes of a product's elements, four of a row at a time. of_columns reads what
// all rows share; UNROLL rows are under way together.

// c = value
struct Store {
  static constexpr int UNROLL = 2;
  float *c;
  int ld;
  __device__ __forceinline__ Four of_columns(int, int) const { return {}; }
  __device__ __forceinline__ void operator()(int row, int column, Four v, Four, int left) const {
    store4(c + (int64_t)row * ld + column, left, v);
  }
};

// y = activation(value + bias)
struct BiasActivate {
  static constexpr int UNROLL = 1;
  float *y;
  const float *bias;
  int ld;
  int64_t activation;
  __device__ __forceinline__ Four of_columns(int column, int left) const { return load4(bias + column, left); }
  __device__ __forceinline__ void operator()(int row, int column, Four v, Four bias, int left) const {
#pragma unroll
    for (int i = 0; i < 4; i++) v.at[i] = activate(activation, v.at[i] + bias.at[i]);
    store4(y + (int64_t)row * ld + column, left, v);
  }
};

// dx = value ∘ activation'(x), where x is the output of the layer below
struct Chain {
  static constexpr int UNROLL = 2;
  float *dx;
  const float *x;
  int ld;
  int64_t activation;
  __device__ __forceinline__ Four of_columns(int, int) const { return {}; }
  __device__ __forceinline__ void operator()(int row, int column, Four v, Four, int left) const {
    int64_t at = (int64_t)row * ld + column;
    if (activation != IDENTITY) {
      Four below = load4_constant(x + at, left);
#pragma unroll
      for (int i = 0; i < 4; i++) v.at[i] *= derivative(activation, below.at[i]);
    }
    store4(dx + at, left, v);
  }
};

template <class T>
__device__ __forceinline__ void dense(float *y, const float *x, int rows, const float *weight, const float *bias, int in, int out,
                                      int64_t activation, float *scratch, int chunk, bool split) {
  Product p = {rows, out, in, chunk, split, nullptr, (uint32_t *)scratch, scratch + SCRATCH_COUNTERS};
  MatMul<T, true, true>::run(p, {x, in, rows}, {weight, in, out}, blockIdx.x, BiasActivate{y, bias, out, activation});
}

// Both products at once, since each alone may leave most of the card idle: the
// first blocks compute dweight and dbias, those after them dx.
template <class T>
__device__ __forceinline__ void dense_grad(float *dx, float *dweight, float *dbias, const float *dy, const float *x, int rows,
                                           const float *weight, int in, int out, int64_t input_activation, float *scratch,
                                           int weight_chunk, bool weight_split, int input_chunk, bool input_split) {
  uint32_t *counters = (uint32_t *)scratch;
  float *parts = scratch + SCRATCH_COUNTERS;
  Product w = {out, in, rows, weight_chunk, weight_split, dbias, counters, parts};
  int unit = blockIdx.x, units = w.units<T>();
  if (unit < units) {
    MatMul<T, false, false>::run(w, {dy, out, out}, {x, in, in}, unit, Store{dweight, in});
    return;
  }
  if (weight_split) counters += w.tiles<T>(), parts += (int64_t)units * T::PART;
  Product i = {rows, in, out, input_chunk, input_split, nullptr, counters, parts};
  MatMul<T, true, false>::run(i, {dy, out, rows}, {weight, in, in}, unit - units, Chain{dx, x, in, input_activation});
}
