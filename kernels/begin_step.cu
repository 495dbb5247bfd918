// t = clock + 1;  clock = t;  scalars = rate, KL weight, step size, epsilon, average's weight at step t
// clock [1], shared; scalars [5], base_rate [1] of each replica
// A thread owns a replica, or several; there is one block, since the clock is written when all have read it.
// See OptimiserOptions.Scalars in engine/schedule.go.
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

extern "C" __global__ void begin_step(Array<int32_t> clock, Array<double> scalars, Array<const double> base_rate,
                                      double correction1, double correction2, double epsilon, int64_t warmup_steps, Decay decay,
                                      int64_t total_steps, double final_fraction, int64_t step_every, double step_factor,
                                      int64_t kl_warmup_steps, double ema, int64_t replicas) {
  int64_t t = (int64_t)clock[0] + 1;
  double factor = decay_factor(decay, t, total_steps, final_fraction, step_every, step_factor);
  double root = sqrt(1 - pow(correction2, (double)t)), corrected = root / (1 - pow(correction1, (double)t));
  for (int64_t r = threadIdx.x; r < replicas; r += blockDim.x) {
    double rate = base_rate.p[r * base_rate.stride] * factor, *s = scalars.p + r * scalars.stride;
    if (t <= warmup_steps) rate *= (double)t / (double)warmup_steps;
    s[SCALAR_RATE] = rate;
    s[SCALAR_KL_WEIGHT] = t <= kl_warmup_steps ? (double)t / (double)kl_warmup_steps : 1;
    s[SCALAR_STEP_SIZE] = rate * corrected;
    s[SCALAR_EPSILON] = epsilon * root;
    s[SCALAR_AVERAGE] = fmax(1 - ema, 10 / (double)(t + 9));  // starts as a plain average
  }
  __syncthreads();
  if (threadIdx.x == 0) clock[0] = (int32_t)t;
}
