// δ = dh ∘ activation'(h), in place;  dtable[label] = Σ_{rows with the label} δ
// dtable [labels, width], dh, h [rows, width], label_of [labelled]; rows = pairs·samples
// A block owns 32 columns of one label, which no other block reads; a thread owns every 32nd of its rows in one column.
// See engine/ref/labels.go.
#include "activation.cuh"
#include "reduce.cuh"

// Where the label's i-th candidate row is, or −1 if its label is another: first
// all labelled rows, then the label's own row of each unlabelled example.
__device__ __forceinline__ int64_t row_of(int64_t i, int64_t label, const int32_t *label_of,
                                          int64_t labelled, int64_t labels, int64_t samples) {
  uint32_t example = (uint32_t)i / (uint32_t)samples;
  if (example < labelled) return label_at(example, label_of, labelled, labels) == label ? i : -1;
  return i + ((example - labelled) * (labels - 1) + label) * samples;
}

extern "C" __global__ void __launch_bounds__(1024) add_labels_grad(
    float *dtable, int64_t dtable_stride, float *dh, int64_t dh_stride, const float *h, int64_t h_stride,
    const int32_t *label_of, int64_t label_of_stride,
    int64_t labelled, int64_t unlabelled, int64_t labels, int64_t samples, int64_t width, int64_t activation) {
  const int flight = 4;  // rows whose loads are under way together
  int64_t label = blockIdx.y, left = (int64_t)blockIdx.x * 32, column = left + threadIdx.x;
  int64_t candidates = column < width ? (labelled + unlabelled) * samples : 0;
  dh += blockIdx.z * dh_stride + column, h += blockIdx.z * h_stride + column, label_of += blockIdx.z * label_of_stride;
  float sum = 0;
  for (int64_t i = threadIdx.y; i < candidates; i += flight * 32) {
    int64_t row[flight];
    float delta[flight], y[flight];
#pragma unroll
    for (int f = 0; f < flight; f++) {
      int64_t next = i + f * 32;
      row[f] = next < candidates ? row_of(next, label, label_of, labelled, labels, samples) : -1;
      delta[f] = row[f] >= 0 ? dh[row[f] * width] : 0;
      y[f] = row[f] >= 0 && activation != IDENTITY ? h[row[f] * width] : 0;
    }
#pragma unroll
    for (int f = 0; f < flight; f++) {
      if (row[f] < 0) continue;
      delta[f] *= derivative(activation, y[f]);
      if (activation != IDENTITY) dh[row[f] * width] = delta[f];
      sum += delta[f];
    }
  }
  // Turned over, so that a warp adds up one column.
  __shared__ float part[32][33];
  part[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  sum = lane_sum(part[threadIdx.x][threadIdx.y], 32);
  column = left + threadIdx.y;
  if (threadIdx.x == 0 && column < width) dtable[blockIdx.z * dtable_stride + label * width + column] = sum;
}
