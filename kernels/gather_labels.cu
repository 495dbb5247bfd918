// dst[b] = labels[index[b]]
// dst [batch], labels [·], index [batch]
// A thread owns one label.
// See engine/ref/device.go.
#include "types.cuh"

extern "C" __global__ void gather_labels(Array<int32_t> dst, Array<const int32_t> labels, Array<const int32_t> index, int64_t batch) {
  int64_t b = own_item();
  if (b < batch) dst[b] = labels[index[b]];
}
