// dst[b] = labels[index[b]]
// dst [batch], labels [·], index [batch]
// A thread owns one label.
// See engine/ref/device.go.
#include "types.cuh"

extern "C" __global__ void gather_labels(
    int32_t *dst, int64_t dst_stride, const int32_t *labels, int64_t labels_stride,
    const int32_t *index, int64_t index_stride, int64_t batch) {
  int64_t b = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
  if (b >= batch) return;
  dst[blockIdx.z * dst_stride + b] = labels[blockIdx.z * labels_stride + index[blockIdx.z * index_stride + b]];
}
