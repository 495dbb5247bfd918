// y = logits − ln Σ exp(logits), row by row
// y, logits [rows, classes]
// A team of lanes owns a row; a thread owns every so many of its classes.
// See engine/ref/labels.go.
#include "softmax.cuh"

extern "C" __global__ void log_softmax(Array<float> y, Array<const float> logits, int64_t rows, int64_t classes) {
  int64_t row = own_row(), n = row < rows ? classes : 0;
  const float *l = logits.row(row, classes);
  float norm = log_sum_exp(l, n), *to = y.row(row, classes);
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) to[k] = l[k] - norm;
}
