// index[b] = pool[permutation of round p/n at p mod n],  p = (step − 1)·batch + b
// index [batch], pool [examples], of which the first n = sizes[0] count; sizes may be absent
// A thread owns one place b of the minibatch.
// See engine/ref/minibatch.go; the permutation is noise.Permutation.
#include "draw.cuh"

extern "C" __global__ void minibatch(Array<int32_t> index, Draw draw) {
  int64_t b = own_item();
  if (b < draw.batch) index[b] = draw.example(b, draw.noise.here());
}
