// dy = dy ∘ activation'(from), which is δ, the gradient in the pre-activation
// dy, from [n]; from is what activation.cuh takes the derivative from
// A thread owns four neighbouring elements.
// See ActivateGrad in engine/ref/dense.go.
#include "activation.cuh"

extern "C" __global__ void activation_grad(Array<float> dy, Array<const float> from, int64_t n, Activation activation) {
  int64_t i = 4 * own_item();
  if (i >= n) return;
  Four d = load4(&dy[i], n - i), f = load4(&from[i], n - i);
#pragma unroll
  for (int j = 0; j < 4; j++) d.at[j] *= derivative(activation, f.at[j]);
  store4(&dy[i], n - i, d);
}
