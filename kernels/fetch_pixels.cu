// fetched[b] = image[index[b]], of images that lie on the host
// fetched [batch, width] bytes, images [·, width] bytes, index [batch]
// A team owns a row, a thread pieces of it that are as wide as the rows are aligned: the bus carries few wide reads best.
// See engine/ref/minibatch.go.
#include "types.cuh"

template <class Piece>
__device__ __forceinline__ void copy_row(uint8_t *to, const uint8_t *from, int64_t width) {
  int64_t pieces = width / (int64_t)sizeof(Piece);
  for (int64_t i = threadIdx.x; i < pieces; i += blockDim.x) ((Piece *)to)[i] = ((const Piece *)from)[i];
}

extern "C" __global__ void fetch_pixels(Array<uint8_t> fetched, Array<const uint8_t> images, Array<const int32_t> index,
                                        int64_t batch, int64_t width) {
  int64_t b = own_row();
  if (b >= batch) return;
  uintptr_t all = (uintptr_t)fetched.here() | (uintptr_t)images.here() | (uintptr_t)width;
  uint8_t *to = fetched.row(b, width);
  const uint8_t *from = images.row(index[b], width);
  if (all % 16 == 0)
    copy_row<uint4>(to, from, width);
  else if (all % 4 == 0)
    copy_row<uint32_t>(to, from, width);
  else
    copy_row<uint8_t>(to, from, width);
}
