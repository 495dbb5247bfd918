// What BeginStep computes. See OptimiserOptions.Scalars in engine/schedule.go.
#pragma once
#include "types.cuh"

// The fraction of the base rate at step t, warm-up aside.
__device__ __forceinline__ double decay_factor(Decay decay, int64_t t, int64_t total_steps, double final_fraction,
                                               int64_t step_every, double step_factor) {
  switch (decay) {
    case DECAY_COSINE: {
      double progress = fmin(1.0, (double)(t - 1) / (double)total_steps);
      return final_fraction + (1 - final_fraction) * 0.5 * (1 + cospi(progress));
    }
    case DECAY_STEPS: return pow(step_factor, (double)((t - 1) / step_every));
    default: return 1;
  }
}

// A clock, and the scalars that follow from it and from each replica's base rate.
struct Schedule {
  Array<int32_t> clock;
  Array<double> scalars;
  Array<const double> base_rate;
  double correction1, correction2, epsilon;
  int64_t warmup_steps;
  Decay decay;
  int64_t total_steps;
  double final_fraction;
  int64_t step_every;
  double step_factor;
  int64_t kl_warmup_steps;
  double ema;

  // Writes the scalars of a replica at step t.
  __device__ __forceinline__ void set(int64_t r, int64_t t) const {
    double factor = decay_factor(decay, t, total_steps, final_fraction, step_every, step_factor);
    double root = sqrt(1 - pow(correction2, (double)t)), corrected = root / (1 - pow(correction1, (double)t));
    double rate = base_rate.p[r * base_rate.stride] * factor, *s = scalars.p + r * scalars.stride;
    if (t <= warmup_steps) rate *= (double)t / (double)warmup_steps;
    s[SCALAR_RATE] = rate;
    s[SCALAR_KL_WEIGHT] = t <= kl_warmup_steps ? (double)t / (double)kl_warmup_steps : 1;
    s[SCALAR_STEP_SIZE] = rate * corrected;
    s[SCALAR_EPSILON] = epsilon * root;
    s[SCALAR_AVERAGE] = fmax(1 - ema, 10 / (double)(t + 9));  // starts as a plain average
  }
};
