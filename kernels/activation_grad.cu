// dy = dy ∘ activation'(y), which is δ, the gradient in the pre-activation
// dy, y [n]
// A thread owns four neighbouring elements.
// See ActivateGrad in engine/ref/dense.go.
#include "activation.cuh"

extern "C" __global__ void activation_grad(float *dy, int64_t dy_stride, const float *y, int64_t y_stride, int64_t n,
                                           int64_t activation) {
  int64_t i = 4 * (blockIdx.x * (int64_t)blockDim.x + threadIdx.x);
  if (i >= n) return;
  dy += blockIdx.z * dy_stride + i, y += blockIdx.z * y_stride + i;
  Four d = load4(dy, n - i), out = load4(y, n - i);
#pragma unroll
  for (int j = 0; j < 4; j++) d.at[j] *= derivative(activation, out.at[j]);
  store4(dy, n - i, d);
}
