// dst[b] = rows[index[b]]
// dst [batch, width], rows [·, width], index [batch]
// A thread owns four neighbouring elements; a team owns a row.
// See engine/ref/minibatch.go.
#include "types.cuh"

extern "C" __global__ void gather_floats(Array<float> dst, Array<const float> rows, Array<const int32_t> index, int64_t batch,
                                         int64_t width) {
  int64_t b = own_row();
  if (b >= batch) return;
  float *to = dst.row(b, width);
  const float *from = rows.row(index[b], width);
  for (int64_t j = 4 * threadIdx.x; j < width; j += 4 * blockDim.x) store4(to + j, width - j, load4(from + j, width - j));
}
