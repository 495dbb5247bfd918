// d = clip·grads + weight_prior·values, then one step of Γ on values and states, and average += blend·(values − average)
// values, grads, state1, state2, average [n]; scalars [5], norm [1], fault [3] of each replica; Adam alone has state2
// A thread owns four neighbouring parameters. Where the fault latch is set, nothing is written.
// See Update in engine/ref/optimiser.go.
#include "types.cuh"

// The constants of a step, once a thread.
struct Constants {
  float clip, prior, rate, epsilon, blend;
  float keep1, fresh1, keep2, fresh2;  // of the state that follows d, and of that which follows d²
};

// One parameter: p and its states s1, s2 move by the gradient g.
template <Rule RULE>
__device__ __forceinline__ void apply(float &p, float g, float &s1, float &s2, const Constants &c) {
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

template <Rule RULE>
__device__ __forceinline__ void apply4(float *values, const float *grads, float *state1, float *state2, float *average, int64_t left,
                                       const Constants &c) {
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

extern "C" __global__ void update(Array<float> values, Array<const float> grads, Array<float> state1, Array<float> state2,
                                  Array<float> average, Array<const double> scalars, Array<const double> norm,
                                  Array<const int32_t> fault, Rule rule, double keep1, double fresh1, double keep2,
                                  double fresh2, double clip_norm, double weight_prior, int64_t n) {
  int64_t i = 4 * own_item(), left = n - i;
  if (i >= n || fault[FAULT_STEP] != 0) return;
  Constants c = {1, (float)weight_prior, (float)scalars[SCALAR_STEP_SIZE], (float)scalars[SCALAR_EPSILON],
                 (float)scalars[SCALAR_AVERAGE], (float)keep1, (float)fresh1, (float)keep2, (float)fresh2};
  if (clip_norm > 0 && norm[0] > clip_norm) c.clip = (float)(clip_norm / norm[0]);
  float *p = &values[i], *s1 = &state1[i], *s2 = state2 ? &state2[i] : nullptr, *a = average ? &average[i] : nullptr;
  const float *g = &grads[i];
  switch (rule) {
    case SGD: return apply4<SGD>(p, g, s1, s2, a, left, c);
    case ADAGRAD: return apply4<ADAGRAD>(p, g, s1, s2, a, left, c);
    case RMSPROP: return apply4<RMSPROP>(p, g, s1, s2, a, left, c);
    default: return apply4<ADAM>(p, g, s1, s2, a, left, c);
  }
}
