// δ = dh ∘ activation'(from), in place;  dtable[label] = Σ_{rows with the label} δ
// dtable [labels, width], dh, from [rows, width], label_of [labelled]; rows = pairs·samples
// A block owns 32 columns of one label, which no other block reads; a thread owns every 32nd of its rows in one column.
// See engine/ref/labels.go.
#include "activation.cuh"
#include "reduce.cuh"

// Where the label's i-th candidate row is, or −1 if its label is another: first
// all labelled rows, then the label's own row of each unlabelled example.
__device__ __forceinline__ int64_t row_of(int64_t i, int64_t label, Array<const int32_t> label_of, const Pairs &pairs) {
  uint32_t example = pairs.pair_of(i);
  if (example < pairs.labelled) return pairs.label_at(example, label_of) == label ? i : -1;
  return i + ((example - pairs.labelled) * (pairs.labels - 1) + label) * pairs.samples;
}

extern "C" __global__ void __launch_bounds__(1024)
    add_labels_grad(Array<float> dtable, Array<float> dh, Array<const float> from, Array<const int32_t> label_of, Pairs pairs,
                    int64_t width, Activation activation) {
  const int flight = 4;  // rows whose loads are under way together
  int64_t label = blockIdx.y, left = (int64_t)blockIdx.x * 32, column = left + threadIdx.x;
  int64_t candidates = column < width ? pairs.examples() * pairs.samples : 0;
  float *d = &dh[column];
  const float *f = &from[column];
  float sum = 0;
  for (int64_t i = threadIdx.y; i < candidates; i += flight * 32) {
    int64_t row[flight];
    float delta[flight], at[flight];
#pragma unroll
    for (int k = 0; k < flight; k++) {
      int64_t next = i + k * 32;
      row[k] = next < candidates ? row_of(next, label, label_of, pairs) : -1;
      delta[k] = row[k] >= 0 ? d[row[k] * width] : 0;
      at[k] = row[k] >= 0 && activation != IDENTITY ? f[row[k] * width] : 0;
    }
#pragma unroll
    for (int k = 0; k < flight; k++) {
      if (row[k] < 0) continue;
      delta[k] *= derivative(activation, at[k]);
      if (activation != IDENTITY) d[row[k] * width] = delta[k];
      sum += delta[k];
    }
  }
  // Turned over, so that a warp adds up one column.
  __shared__ float part[32][33];
  part[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  sum = lane_sum(part[threadIdx.x][threadIdx.y], 32);
  column = left + threadIdx.y;
  if (threadIdx.x == 0 && column < width) dtable[label * width + column] = sum;
}
