// BeginStep once or twice, Minibatch once or twice, GatherLabels or not, and GatherGaussian of those examples
// dst [batch, width], index [batch], label_of [labelled], the first of them
// A team owns a row, a thread four neighbouring elements of it; the last block owns the schedules.
// See their own kernels; the clocks are written when every block has read them.
#include "begin.cuh"

extern "C" __global__ void begin_gaussian(Array<float> dst, Beginning beginning, Gaussians rows, Array<float> scratch) {
  begin(beginning, dst, rows, scratch);
}
