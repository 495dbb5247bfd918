// h[row] = activation(h[row] + table[label]), in place
// h [rows, width], table [labels, width], label_of [labelled]; rows = pairs·samples
// A thread owns four neighbouring elements at a time; a team owns a row.
// See engine/ref/labels.go.
#include "activation.cuh"

extern "C" __global__ void add_labels(
    float *h, int64_t h_stride, const float *table, int64_t table_stride,
    const int32_t *label_of, int64_t label_of_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples, int64_t width, int64_t activation) {
  int64_t row = blockIdx.x * (int64_t)blockDim.y + threadIdx.y, pair = (uint32_t)row / (uint32_t)samples;
  if (row >= (labelled + unlabelled * labels) * samples) return;
  h += blockIdx.z * h_stride + row * width;
  table += blockIdx.z * table_stride + label_at(pair, label_of + blockIdx.z * label_of_stride, labelled, labels) * width;
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) {
    Four y = load4(h + j, width - j), own = load4(table + j, width - j);
#pragma unroll
    for (int i = 0; i < 4; i++) y.at[i] = activate(activation, y.at[i] + own.at[i]);
    store4(h + j, width - j, y);
  }
}
