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

extern "C" __global__ void fetch_pixels(uint8_t *fetched, int64_t fetched_stride, const uint8_t *images, int64_t images_stride,
                                        const int32_t *index, int64_t index_stride, int64_t batch, int64_t width) {
  int64_t b = blockIdx.x * (int64_t)blockDim.y + threadIdx.y;
  if (b >= batch) return;
  fetched += blockIdx.z * fetched_stride, images += blockIdx.z * images_stride;
  uintptr_t all = (uintptr_t)fetched | (uintptr_t)images | (uintptr_t)width;
  fetched += b * width, images += index[blockIdx.z * index_stride + b] * width;
  if (all % 16 == 0)
    copy_row<uint4>(fetched, images, width);
  else if (all % 4 == 0)
    copy_row<uint32_t>(fetched, images, width);
  else
    copy_row<uint8_t>(fetched, images, width);
}
