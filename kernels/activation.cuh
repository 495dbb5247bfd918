// The elementwise functions of a layer and their derivatives, see engine/ref/dense.go.
// NaN stays NaN in all of them: the fault latch depends on it.
#pragma once
#include "types.cuh"

// ln(1 + eᵃ) = max(a, 0) + ln(1 + e^−|a|)
__device__ __forceinline__ float softplus(float a) { return fmaxf(a, 0.0f) + log1pf(expf(-fabsf(a))); }

// σ(v) = 1/(1 + e^−v), from an exponential that does not overflow
__device__ __forceinline__ float sigmoid(float v) {
  float e = expf(-fabsf(v));
  return (v < 0 ? e : 1) / (1 + e);
}

// σ'(v) = σ(v)·(1 − σ(v))
__device__ __forceinline__ float sigmoid_slope(float v) {
  float e = expf(-fabsf(v));
  return e / ((1 + e) * (1 + e));
}

// GELU and SILU are a·σ(gate(a)): SILU's gate is a, and ½a(1 + tanh u) = a·σ(2u) with
// u = √(2/π)(a + 0.044715a³) (Hendrycks and Gimpel 2016).
__device__ __forceinline__ float gate(Activation activation, float a) {
  return activation == GELU ? 1.5957691216057308f * (a + 0.044715f * a * a * a) : a;
}

// gate'(a), or 0 far out, where σ' is 0 and a² overflows
__device__ __forceinline__ float gate_slope(Activation activation, float a) {
  if (activation != GELU) return 1;
  return fabsf(a) > 10 ? 0 : 1.5957691216057308f * (1 + 0.134145f * a * a);
}

__device__ __forceinline__ float activate(Activation activation, float a) {
  switch (activation) {
    case SOFTPLUS: return softplus(a);
    case RELU: return a < 0 ? 0 : a;
    case TANH: return tanhf(a);
    case GELU:
    case SILU: return a * sigmoid(gate(activation, a));
    default: return a;
  }
}

// activation'(a), from y = activation(a), or from a itself where engine.Activation.FromInput says so.
__device__ __forceinline__ float derivative(Activation activation, float from) {
  switch (activation) {
    case SOFTPLUS: return -expm1f(-from);
    case RELU: return from > 0 ? 1 : 0;
    case TANH: return 1 - from * from;
    case GELU:
    case SILU: {
      float v = gate(activation, from);
      return sigmoid(v) + from * sigmoid_slope(v) * gate_slope(activation, from);
    }
    default: return 1;
  }
}
