// pre[row] = h[row] + table[label];  h[row] = activation(pre[row]), in place
// h, pre [rows, width], table [labels, width], label_of [labelled]; rows = pairs·samples; pre may be absent
// A thread owns four neighbouring elements at a time; a team owns a row.
// See engine/ref/labels.go.
#include "activation.cuh"

extern "C" __global__ void add_labels(Array<float> h, Array<float> pre, Array<const float> table, Array<const int32_t> label_of,
                                      Pairs pairs, int64_t width, Activation activation) {
  int64_t row = own_row();
  if (row >= pairs.sample_rows()) return;
  float *to = h.row(row, width), *sum = pre.row(row, width);
  const float *label = table.row(pairs.label_at(pairs.pair_of(row), label_of), width);
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) {
    Four y = load4(to + j, width - j), own = load4(label + j, width - j);
#pragma unroll
    for (int i = 0; i < 4; i++) y.at[i] += own.at[i];
    if (pre) store4(sum + j, width - j, y);
#pragma unroll
    for (int i = 0; i < 4; i++) y.at[i] = activate(activation, y.at[i]);
    store4(to + j, width - j, y);
  }
}
