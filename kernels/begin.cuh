// The beginning of a training step in one launch: what begin_step, minibatch, gather_labels and a gather do
// one after another.
#pragma once
#include "draw.cuh"
#include "gather.cuh"
#include "last_block.cuh"
#include "schedule.cuh"

// One or two schedules, and one or two draws, whose examples follow one another in the index.
struct Beginning {
  Schedule first, second;
  Draw one, two;
  Array<int32_t> index, label_of;
  Array<const int32_t> labels;
  int64_t labelled;
};

// A team owns a row: it finds out which example that is, and gathers it. The last block owns the schedules. All
// noise is by the first clock, which is written when every block has read it.
template <class Rows>
__device__ __forceinline__ void begin(const Beginning &s, Array<float> dst, const Rows &rows, Array<float> scratch) {
  int64_t t = (int64_t)s.first.clock.p[0] + 1, b = own_row();
  int thread = threadIdx.y * blockDim.x + threadIdx.x;
  if (blockIdx.x == gridDim.x - 1) {
    if (thread == 0) s.first.set(blockIdx.z, t);
    if (thread == 32 && s.second.clock) s.second.set(blockIdx.z, (int64_t)s.second.clock.p[0] + 1);
  } else if (b < s.one.batch + s.two.batch) {
    bool second = b >= s.one.batch;
    NoiseAddress address = second ? s.two.noise.at(t) : s.one.noise.at(t);
    int32_t example = second ? s.two.example(b - s.one.batch, address) : s.one.example(b, address);
    if (threadIdx.x == 0) {
      s.index[b] = example;
      if (b < s.labelled) s.label_of[b] = s.labels[example];
    }
    rows.gather(dst, b, example, rows.random() ? rows.noise.at(t) : NoiseAddress{});
  }
  if (!last_block((uint32_t *)scratch.p, gridDim.x * gridDim.z) || thread != 0) return;
  s.first.clock.p[0] = (int32_t)t;
  if (s.second.clock) s.second.clock.p[0]++;
}
