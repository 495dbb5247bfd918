// d = clip·grads + weight_prior·values, then one step of Γ on values and states, and average += blend·(values − average)
// values, grads, state1, state2, average [n]; scalars [5], norm [1], fault [3] of each replica; Adam alone has state2
// A thread owns four neighbouring parameters. Where the fault latch is set, nothing is written.
// See Update in engine/ref/optimiser.go.
#include "rule.cuh"
#include "types.cuh"

// The constants of a step, once a thread.
struct Rule {
  float clip, prior, rate, epsilon, blend;
  float keep1, fresh1, keep2, fresh2;  // of the state that follows d, and of that which follows d²
};

// One parameter: p and its states s1, s2 move by the gradient g.
template <int RULE>
__device__ __forceinline__ void apply(float &p, float g, float &s1, float &s2, const Rule &c) {
  float d = c.clip * g + c.prior * p;
  if constexpr (RULE == SGD) {
    s1 = c.keep1 * s1 + d;
    p -= c.rate * s1;
  } else if constexpr (RULE == ADAM) {
    s1 = c.keep1 * s1 + c.fresh1 * d;
    s2 = c.keep2 * s2 + c.fresh2 * d * d;
    p -= c.rate * s1 / (sqrtf(s2) + c.epsilon);
  } else {
    s1 = c.keep2 * s1 + c.fresh2 * d * d;
    p -= c.rate * d / (sqrtf(s1) + c.epsilon);
  }
}

template <int RULE>
__device__ __forceinline__ void apply4(float *values, const float *grads, float *state1, float *state2, float *average, int64_t left,
                                       const Rule &c) {
  Four p = load4(values, left), g = load4(grads, left), s1 = load4(state1, left), s2 = {}, a = {};
  if (RULE == ADAM) s2 = load4(state2, left);
  if (average) a = load4(average, left);
#pragma unroll
  for (int j = 0; j < 4; j++) {
    apply<RULE>(p.at[j], g.at[j], s1.at[j], s2.at[j], c);
    a.at[j] += c.blend * (p.at[j] - a.at[j]);
  }
  store4(values, left, p);
  store4(state1, left, s1);
  if (RULE == ADAM) store4(state2, left, s2);
  if (average) store4(average, left, a);
}

extern "C" __global__ void update(float *values, int64_t values_stride, const float *grads, int64_t grads_stride, float *state1,
                                  int64_t state1_stride, float *state2, int64_t state2_stride, float *average,
                                  int64_t average_stride, const double *scalars, int64_t scalars_stride, const double *norm,
                                  int64_t norm_stride, const int32_t *fault, int64_t fault_stride, int64_t rule, double beta1,
                                  double beta2, double momentum, double rms_decay, double clip_norm, double weight_prior,
                                  int64_t n) {
  int64_t r = blockIdx.z, i = 4 * (blockIdx.x * (int64_t)blockDim.x + threadIdx.x);
  if (i >= n || fault[r * fault_stride] != 0) return;
  scalars += r * scalars_stride;
  Rule c = {1, (float)weight_prior, (float)scalars[2], (float)scalars[3], (float)scalars[4]};
  if (clip_norm > 0) {
    double length = norm[r * norm_stride];
    if (length > clip_norm) c.clip = (float)(clip_norm / length);
  }
  values += r * values_stride + i, grads += r * grads_stride + i, state1 += r * state1_stride + i;
  if (state2) state2 += r * state2_stride + i;
  if (average) average += r * average_stride + i;
  switch (rule) {
    case SGD:
      c.keep1 = (float)momentum;
      return apply4<SGD>(values, grads, state1, state2, average, n - i, c);
    case ADAGRAD:
      c.keep2 = c.fresh2 = 1;
      return apply4<ADAGRAD>(values, grads, state1, state2, average, n - i, c);
    case RMSPROP:
      c.keep2 = (float)rms_decay, c.fresh2 = (float)(1 - rms_decay);
      return apply4<RMSPROP>(values, grads, state1, state2, average, n - i, c);
    default:
      c.keep1 = (float)beta1, c.fresh1 = (float)(1 - beta1), c.keep2 = (float)beta2, c.fresh2 = (float)(1 - beta2);
      return apply4<ADAM>(values, grads, state1, state2, average, n - i, c);
  }
}
