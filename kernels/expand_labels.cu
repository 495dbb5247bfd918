// pre[pair] = u[example] + table[label];  h[pair] = activation(pre[pair])
// h, pre [pairs, width], u [examples, width], table [labels, width], label_of [labelled]; pre may be absent
// A thread owns four neighbouring elements at a time; a team owns a pair.
// See engine/ref/labels.go.
#include "activation.cuh"

extern "C" __global__ void expand_labels(Array<float> h, Array<float> pre, Array<const float> u, Array<const float> table,
                                         Array<const int32_t> label_of, Pairs pairs, int64_t width, Activation activation) {
  int64_t pair = own_row();
  if (pair >= pairs.rows()) return;
  float *to = h.row(pair, width), *sum = pre.row(pair, width);
  const float *example = u.row(pairs.pair_at(pair).example, width), *label = table.row(pairs.label_at(pair, label_of), width);
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) {
    Four shared = load4(example + j, width - j), y = load4(label + j, width - j);
#pragma unroll
    for (int i = 0; i < 4; i++) y.at[i] = shared.at[i] + y.at[i];
    if (pre) store4(sum + j, width - j, y);
#pragma unroll
    for (int i = 0; i < 4; i++) y.at[i] = activate(activation, y.at[i]);
    store4(to + j, width - j, y);
  }
}
