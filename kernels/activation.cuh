// The elementwise functions of a layer and their derivatives, see engine/ref/dense.go.
// NaN stays NaN in all of them: the fault latch depends on it.
#pragma once
#include "types.cuh"

// engine.Activation
enum { IDENTITY, SOFTPLUS, RELU, TANH };

// ln(1 + eᵃ) = max(a, 0) + ln(1 + e^−|a|)
__device__ __forceinline__ float softplus(float a) { return fmaxf(a, 0.0f) + log1pf(expf(-fabsf(a))); }

__device__ __forceinline__ float activate(int64_t activation, float a) {
  switch (activation) {
    case SOFTPLUS: return softplus(a);
    case RELU: return a < 0 ? 0 : a;
    case TANH: return tanhf(a);
    default: return a;
  }
}

// activation'(a), from the output y = activation(a).
__device__ __forceinline__ float derivative(int64_t activation, float y) {
  switch (activation) {
    case SOFTPLUS: return -expm1f(-y);
    case RELU: return y > 0 ? 1 : 0;
    case TANH: return 1 - y * y;
    default: return 1;
  }
}
