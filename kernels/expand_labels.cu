// h[pair] = activation(u[example] + table[label])
// h [pairs, width], u [examples, width], table [labels, width], label_of [labelled]
// A thread owns four neighbouring elements at a time; a team owns a pair.
// See engine/ref/labels.go.
#include "activation.cuh"

extern "C" __global__ void expand_labels(
    float *h, int64_t h_stride, const float *u, int64_t u_stride, const float *table, int64_t table_stride,
    const int32_t *label_of, int64_t label_of_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples, int64_t width, int64_t activation) {
  int64_t pair = blockIdx.x * (int64_t)blockDim.y + threadIdx.y;
  if (pair >= labelled + unlabelled * labels) return;
  h += blockIdx.z * h_stride + pair * width;
  u += blockIdx.z * u_stride + pair_at(pair, labelled, labels).example * width;
  table += blockIdx.z * table_stride + label_at(pair, label_of + blockIdx.z * label_of_stride, labelled, labels) * width;
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) {
    Four shared = load4(u + j, width - j), own = load4(table + j, width - j);
#pragma unroll
    for (int i = 0; i < 4; i++) own.at[i] = activate(activation, shared.at[i] + own.at[i]);
    store4(h + j, width - j, own);
  }
}
