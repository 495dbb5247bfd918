// δ = dh ∘ activation'(from), in place;  du[example] = Σ_pairs δ
// du [examples, width], dh, from [pairs, width]
// A thread owns four neighbouring elements of all of an example's pairs; a team owns an example.
// See engine/ref/labels.go; the table's gradient is add_labels_grad's.
#include "activation.cuh"

extern "C" __global__ void expand_labels_grad(Array<float> du, Array<float> dh, Array<const float> from, Pairs pairs, int64_t width,
                                              Activation activation) {
  int64_t example = own_row();
  if (example >= pairs.examples()) return;
  int64_t first = pairs.first_of(example), end = pairs.end_of(example);
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) {
    Four sum = {};
    for (int64_t pair = first; pair < end; pair++) {
      float *d = dh.row(pair, width) + j;
      Four delta = load4(d, width - j);
      if (activation != IDENTITY) {
        Four f = load4(from.row(pair, width) + j, width - j);
#pragma unroll
        for (int i = 0; i < 4; i++) delta.at[i] *= derivative(activation, f.at[i]);
        store4(d, width - j, delta);
      }
#pragma unroll
      for (int i = 0; i < 4; i++) sum.at[i] += delta.at[i];
    }
    store4(du.row(example, width) + j, width - j, sum);
  }
}
