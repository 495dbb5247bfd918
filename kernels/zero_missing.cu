// dst = x, and 0 where x is NaN
// dst, x [n]
// A thread owns four neighbouring elements.
// See engine/ref/minibatch.go.
#include "types.cuh"

extern "C" __global__ void zero_missing(Array<float> dst, Array<const float> x, int64_t n) {
  int64_t i = 4 * own_item();
  if (i >= n) return;
  Four v = load4(&x[i], n - i);
#pragma unroll
  for (int j = 0; j < 4; j++) observe(v.at[j]);
  store4(&dst[i], n - i, v);
}
