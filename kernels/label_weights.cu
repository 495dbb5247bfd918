// weight = scale_l for a labelled pair, scale_u·softmax(logits) for an unlabelled example's
// weight [pairs], logits [unlabelled, labels]
// A team of lanes owns an example; a thread owns every so many of its labels.
// See engine/ref/labels.go.
#include "softmax.cuh"

extern "C" __global__ void label_weights(Array<float> weight, Array<const float> logits, Array<const double> scale_l,
                                         Array<const double> scale_u, Pairs pairs) {
  int64_t example = own_row(), row = example - pairs.labelled;
  int64_t n = row >= 0 && row < pairs.unlabelled ? pairs.labels : 0;
  const float *l = logits.row(row, pairs.labels);
  float *own = &weight[pairs.first_of(example)];
  float norm = log_sum_exp(l, n), scale = (float)scale_u[0];
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) own[k] = scale * expf(l[k] - norm);
  if (row < 0 && threadIdx.x == 0) own[0] = (float)scale_l[0];
}
