// ce = −ln softmax(logits)[label];  ∂ce/∂logits = scale·(softmax(logits) − onehot(label))
// ce, label_of [examples], dlogits, logits [examples, classes]
// A team of lanes owns an example; a thread owns every so many of its classes.
// See engine/ref/labels.go.
#include "softmax.cuh"

extern "C" __global__ void cross_entropy(
    float *ce, int64_t ce_stride, float *dlogits, int64_t dlogits_stride, const float *logits, int64_t logits_stride,
    const int32_t *label_of, int64_t label_of_stride, const double *scale, int64_t scale_stride, int64_t examples,
    int64_t classes) {
  int64_t example = blockIdx.x * (int64_t)blockDim.y + threadIdx.y, n = example < examples ? classes : 0;
  logits += blockIdx.z * logits_stride + example * classes;
  float norm = log_sum_exp(logits, n);
  if (n == 0) return;
  int64_t label = label_of[blockIdx.z * label_of_stride + example];
  if (threadIdx.x == 0) ce[blockIdx.z * ce_stride + example] = norm - logits[label];
  if (!dlogits) return;
  dlogits += blockIdx.z * dlogits_stride + example * classes;
  float s = (float)scale[blockIdx.z * scale_stride];
  for (int64_t k = threadIdx.x; k < n; k += blockDim.x) dlogits[k] = s * (expf(logits[k] - norm) - (k == label ? 1 : 0));
}
