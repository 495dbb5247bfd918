// y = logits − ln Σ exp(logits), row by row
// y, logits [rows, classes]
// A team of lanes owns a row; a thread owns every so many of its classes.
// See engine/ref/labels.go.
#include "softmax.cuh"

extern "C" __global__ void log_softmax(
    float *y, int64_t y_stride, const float *logits, int64_t logits_stride, int64_t rows, int64_t classes) {
  int64_t row = blockIdx.x * (int64_t)blockDim.y + threadIdx.y, n = row < rows ? classes : 0;
  y += blockIdx.z * y_stride + row * classes;
  logits += blockIdx.z * logits_stride + row * classes;
  float norm = log_sum_exp(logits, n);
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) y[k] = logits[k] - norm;
}
