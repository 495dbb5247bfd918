// δ = dh ∘ activation'(h), in place;  du[example] = Σ_pairs δ
// du [examples, width], dh, h [pairs, width]
// A thread owns four neighbouring elements of all of an example's pairs; a team owns an example.
// See engine/ref/labels.go; the table's gradient is add_labels_grad's.
#include "activation.cuh"

extern "C" __global__ void expand_labels_grad(
    float *du, int64_t du_stride, float *dh, int64_t dh_stride, const float *h, int64_t h_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples, int64_t width, int64_t activation) {
  int64_t example = blockIdx.x * (int64_t)blockDim.y + threadIdx.y;
  if (example >= labelled + unlabelled) return;
  bool known = example < labelled;
  int64_t first = known ? example : labelled + (example - labelled) * labels, end = first + (known ? 1 : labels);
  du += blockIdx.z * du_stride + example * width;
  dh += blockIdx.z * dh_stride, h += blockIdx.z * h_stride;
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) {
    Four sum = {};
    for (int64_t pair = first; pair < end; pair++) {
      Four delta = load4(dh + pair * width + j, width - j);
      if (activation != IDENTITY) {
        Four y = load4(h + pair * width + j, width - j);
#pragma unroll
        for (int i = 0; i < 4; i++) delta.at[i] *= derivative(activation, y.at[i]);
        store4(dh + pair * width + j, width - j, delta);
      }
#pragma unroll
      for (int i = 0; i < 4; i++) sum.at[i] += delta.at[i];
    }
    store4(du + j, width - j, sum);
  }
}
