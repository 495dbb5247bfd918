// ce = −ln softmax(logits)[label];  ∂ce/∂logits = scale·(softmax(logits) − onehot(label))
// ce, label_of [examples], dlogits, logits [examples, classes]
// A team of lanes owns an example; a thread owns every so many of its classes.
// See engine/ref/labels.go.
#include "softmax.cuh"

extern "C" __global__ void cross_entropy(Array<float> ce, Array<float> dlogits, Array<const float> logits,
                                         Array<const int32_t> label_of, Array<const double> scale, int64_t examples,
                                         int64_t classes) {
  int64_t example = own_row(), n = example < examples ? classes : 0;
  const float *l = logits.row(example, classes);
  float norm = log_sum_exp(l, n);
  if (n == 0) return;
  int64_t label = label_of[example];
  if (threadIdx.x == 0) ce[example] = norm - l[label];
  if (!dlogits) return;
  float *d = dlogits.row(example, classes), s = (float)scale[0];
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) d[k] = s * (expf(l[k] - norm) - (k == label ? 1 : 0));
}
