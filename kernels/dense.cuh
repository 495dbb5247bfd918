// What the dense layer's two kernels share: the layer, and what becomes of a product.
#pragma once
#include "activation.cuh"
#include "matmul.cuh"

// kernels.Layer: y = activation(x·weightᵀ + bias)
struct Layer {
  Array<const float> weight, bias;
  int64_t in, out;
  Activation activation;
};

struct LayerGrad {
  Array<float> weight, bias;
};

// How the k of a product is cut, see matmul.cuh.
struct Cut {
  int64_t chunk;
  Flag split;
};

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
// all rows share; UNROLL rows are under way together. Arrays stay parameters until then, so
// that their addresses take no registers during the sum.

// c = value
struct Store {
  static constexpr int UNROLL = 2;
  Array<float> c;
  int ld;
  __device__ __forceinline__ Four of_columns(int, int) const { return {}; }
  __device__ __forceinline__ void operator()(int row, int column, Four v, Four, int left) const {
    store4(c.row(row, ld) + column, left, v);
  }
};

// A table with a row for each label, which is added to those of its pairs: see add_labels.cu. It may be absent.
struct LabelTable {
  Array<const float> table;
  Array<const int32_t> label_of;
  Pairs pairs;
};

// pre = value + bias + table[label], unless absent;  y = activation(pre)
struct BiasActivate {
  static constexpr int UNROLL = 1;
  Array<float> y, pre;
  Array<const float> bias;
  const LabelTable &labels;
  int ld;
  Activation activation;
  __device__ __forceinline__ Four of_columns(int column, int left) const { return load4(&bias[column], left); }
  __device__ __forceinline__ void operator()(int row, int column, Four v, Four bias, int left) const {
    int64_t at = (int64_t)row * ld + column;
#pragma unroll
    for (int i = 0; i < 4; i++) v.at[i] += bias.at[i];
    if (labels.table) {
      int64_t label = labels.pairs.label_at(labels.pairs.pair_of(row), labels.label_of);
      Four own = load4_constant(labels.table.row(label, ld) + column, left);
#pragma unroll
      for (int i = 0; i < 4; i++) v.at[i] += own.at[i];
    }
    if (pre) store4(&pre[at], left, v);
#pragma unroll
    for (int i = 0; i < 4; i++) v.at[i] = activate(activation, v.at[i]);
    store4(&y[at], left, v);
  }
};

// dx = value ∘ activation'(below), the derivative of the layer that x is the output of
struct Chain {
  static constexpr int UNROLL = 2;
  Array<float> dx;
  Array<const float> below;
  int ld;
  Activation activation;
  __device__ __forceinline__ Four of_columns(int, int) const { return {}; }
  __device__ __forceinline__ void operator()(int row, int column, Four v, Four, int left) const {
    int64_t at = (int64_t)row * ld + column;
    if (activation != IDENTITY) {
      Four from = load4_constant(&below[at], left);
#pragma unroll
      for (int i = 0; i < 4; i++) v.at[i] *= derivative(activation, from.at[i]);
    }
    store4(&dx[at], left, v);
  }
};
