// Kernels with a fault each, or that use what the stand-in emulates, for cases.cpp.
#include <stdint.h>

// Thread t reads what t−1 wrote, with no barrier between.
extern "C" __global__ void barrier_before_reading(float *y) {
  __shared__ float tile[256];
  tile[threadIdx.x] = threadIdx.x;
  y[threadIdx.x] = tile[threadIdx.x == 0 ? 0 : threadIdx.x - 1];
}

// A warp writes again what the others may not have read yet.
extern "C" __global__ void barrier_before_writing(float *y) {
  __shared__ float part[8];
  unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  for (int round = 0; round < 2; round++) {
    float sum = __shfl_sync(0xffffffffu, (float)(round * 256 + threadIdx.x), 0);
    if (lane == 0) part[warp] = sum;
    __syncthreads();
    if (round == 0) y[threadIdx.x] = part[(warp + 7) % 8];
  }
}

extern "C" __global__ void two_barriers(float *y) {
  if (threadIdx.x < 40) {
    y[threadIdx.x] = 1;
    __syncthreads();
  } else {
    __syncthreads();
  }
}

extern "C" __global__ void deadlock(float *y) {
  if (threadIdx.x % 32 == 0) __syncthreads();
  y[threadIdx.x] = __shfl_sync(0xffffffffu, threadIdx.x, 5);
}

extern "C" __global__ void split_warp(float *y) {
  if (threadIdx.x < 16) {
    y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1.0f, 1);
  } else {
    y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 2.0f, 1);
  }
}

extern "C" __global__ void write_at(float *y, int64_t at) {
  if (threadIdx.x == 7) y[at] = 1;
}

extern "C" __global__ void read_at(float *y, const float *x, int64_t at) { y[threadIdx.x] = x[at + threadIdx.x]; }

extern "C" __global__ void vector_at(float4 *y, const float *x, int64_t at) { y[threadIdx.x] = *(const float4 *)(x + at); }

extern "C" __global__ void shared_at(float *y, int64_t at) {
  __shared__ float tile[64];
  tile[at + threadIdx.x] = 1;
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];
}

extern "C" __global__ void dynamic_at(float *y, int64_t at) {
  SHARED_DYN(float, memory);
  memory[at] = 1;
  y[threadIdx.x] = memory[at];
}

// Reads shared memory that nobody wrote.
extern "C" __global__ void unwritten(float *y) {
  __shared__ float tile[64];
  SHARED_DYN(float, memory);
  if (!y) tile[threadIdx.x] = 1;
  y[threadIdx.x] = threadIdx.x % 2 ? tile[threadIdx.x] : memory[threadIdx.x];
}

extern "C" __global__ void trap(float *y) {
  if (y) __trap();
}

extern "C" __global__ void add(float *y, double v) { y[threadIdx.x] += (float)v; }

extern "C" __global__ void divide(int64_t *y, int64_t by) { y[threadIdx.x] = 100 / by; }

// Copies by cp.async, and waits for `groups` of them to be left.
extern "C" __global__ void copied(float *y, const float *x, int64_t groups) {
  __shared__ float4 tile[2][32];
  float *first = (float *)&tile[0][threadIdx.x], *second = (float *)&tile[1][threadIdx.x];
  first[0] = second[0] = -1;
  standin::copy_async(first, x, 16, 16);
  standin::commit_copies();
  standin::copy_async(second, x, 16, 8);
  standin::commit_copies();
  standin::wait_copies((unsigned)groups);
  if (threadIdx.x == 0) y[0] = first[0], y[1] = second[0], y[2] = second[3];
}

// c = a·b, 16×8 by 8×8, by one warp.
extern "C" __global__ void product(float *c, const float *a, const float *b) {
  int row = threadIdx.x / 4, column = threadIdx.x % 4;
  uint32_t left[4], right[2];
  for (int i = 0; i < 4; i++) left[i] = standin::to_tf32(a[(row + i % 2 * 8) * 8 + column + i / 2 * 4]);
  for (int i = 0; i < 2; i++) right[i] = standin::to_tf32(b[(column + i * 4) * 8 + row]);
  float sum[4] = {};
  standin::multiply_m16n8k8(sum, left, right, sum);
  for (int i = 0; i < 4; i++) c[(row + i / 2 * 8) * 8 + column * 2 + i % 2] = sum[i];
}

// One number for each collective, from lanes 0 to 31.
extern "C" __global__ void collectives(float *y) {
  unsigned lane = threadIdx.x, all = 0xffffffffu;
  float found[] = {
      (float)__shfl_sync(all, lane, 3),          (float)__shfl_xor_sync(all, lane, 16),
      (float)__shfl_down_sync(all, lane, 2),     (float)__shfl_up_sync(all, lane, 2),
      (float)__shfl_xor_sync(all, lane, 4, 8),   (float)__shfl_down_sync(all, lane, 1, 4),
      (float)__popc(__ballot_sync(all, lane % 3 == 0)), (float)__reduce_add_sync(all, lane),
      (float)__reduce_max_sync(all, lane),       (float)__reduce_min_sync(all, lane + 5),
      (float)__any_sync(all, lane == 9),         (float)__all_sync(all, lane < 31),
      (float)__syncthreads_count(lane < 10),
  };
  if (lane == 30)
    for (int i = 0; i < 13; i++) y[i] = found[i];
}
