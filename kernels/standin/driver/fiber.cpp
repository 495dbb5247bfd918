// Fibers, and how they wait for one another.
#include <sys/mman.h>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>
#include "../device/matrix.h"
#include <cuda.h>
#include "launch.h"

#ifndef __x86_64__
#error "the stand-in driver switches stacks by hand, which is written for x86-64 alone"
#endif

// standin_switch(save, load) leaves this stack and goes on with another.
extern "C" void standin_switch(void **save, void *load);
asm(".text\n.globl standin_switch\n.type standin_switch,@function\nstandin_switch:\n"
    "push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
    "mov %rsp,(%rdi); mov %rsi,%rsp\n"
    "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp; ret\n");

// The static shared arrays of all kernels lie between these two: the files that
// define them are the first and the last of the link.
extern constinit thread_local char standin_shared_begin[], standin_shared_end[];

namespace standin {

constinit thread_local Block *block;
constinit thread_local Fiber *self;
const Kernel *kernels;

namespace {

constexpr size_t stack_bytes = 128 << 10, guard_bytes = 4096;

// The fibers of this OS thread, in the order of their making.
thread_local std::vector<std::unique_ptr<Fiber>> fibers;

void run_threads();

// Puts a fiber at its start. Starts are staggered, or all stacks would share the
// same sets of the cache.
void rewind_fiber(Fiber *f, size_t number) {
  void **top = (void **)(f->stack + stack_bytes - number % 61 * 192) - 2;
  *top = (void *)run_threads;
  f->stack_pointer = top - 6;
}

Fiber *new_fiber() {
  auto f = std::make_unique<Fiber>();
  void *stack = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (stack == MAP_FAILED) abort();
  mprotect(stack, guard_bytes, PROT_NONE);
  f->stack = (char *)stack;
  rewind_fiber(f.get(), fibers.size());
  fibers.push_back(std::move(f));
  return fibers.back().get();
}

Fiber *idle_fiber() { return block->idle.empty() ? new_fiber() : block->idle.pop(); }

// Goes on with whatever can run next.
void leave() {
  Block &b = *block;
  Fiber *me = self, *next;
  if (!b.ready.empty()) {
    next = b.launch->order == Order::ahead ? b.ready.pop_newest() : b.ready.pop();
  } else if (b.started < b.threads) {
    next = idle_fiber();
  } else if (b.live == 0) {
    self = nullptr;
    standin_switch(&me->stack_pointer, b.main_stack_pointer);
    self = me;
    return;
  } else {
    fail(CUDA_ERROR_LAUNCH_TIMEOUT, "deadlock: %u threads wait at the barrier of line %d, %u at a warp's collective, and nobody comes",
         b.at_barrier, b.barrier_line, b.live - b.at_barrier);
  }
  if (next == me) return;
  self = next;
  standin_switch(&me->stack_pointer, next->stack_pointer);
  self = me;
}

template <unsigned N>
void wake(Queue<Fiber *, N> &queue) {
  while (!queue.empty()) block->ready.push(queue.pop());
}

void open_barrier() {
  Block &b = *block;
  b.voted = b.votes;
  b.at_barrier = b.votes = 0;
  wake(b.at_barrier_queue);
}

float tf32(uint32_t bits) {
  bits &= ~0x1FFFu;
  float v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

// d = a·b + c of 16×8 by 8×8; which lane holds what is in the PTX manual, "mma.m16n8k8 .tf32".
void multiply(Warp &w) {
  float a[16][8], b[8][8];
  for (int lane = 0; lane < 32; lane++) {
    int row = lane / 4, column = lane % 4;
    const uint32_t *f = w.fragment[lane];
    a[row][column] = tf32(f[0]), a[row + 8][column] = tf32(f[1]);
    a[row][column + 4] = tf32(f[2]), a[row + 8][column + 4] = tf32(f[3]);
    b[column][row] = tf32(f[4]), b[column + 4][row] = tf32(f[5]);
  }
  for (int lane = 0; lane < 32; lane++)
    for (int i = 0; i < 4; i++) {
      int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
      double sum = w.accumulator[lane][i];
      for (int k = 0; k < 8; k++) sum += (double)a[row][k] * (double)b[k][column];
      w.accumulator[lane][i] = (float)sum;
    }
}

uint64_t reduce(const Warp &w) {
  uint64_t result = w.kind == Collective::minimum ? ~0u : 0;
  for (int lane = 0; lane < 32; lane++) {
    if (!(w.arrived >> lane & 1)) continue;
    uint64_t v = w.given[lane];
    switch (w.kind) {
      case Collective::ballot: result |= (v & 1) << lane; break;
      case Collective::add: result += v; break;
      case Collective::minimum: result = v < result ? v : result; break;
      case Collective::maximum: result = v > result ? v : result; break;
      default: break;
    }
  }
  return result;
}

// Every lane of the mask has come: each takes what it wants. What a lane that is
// not there would give is undefined on a card, and all ones here, a NaN.
void finish(Warp &w) {
  if (w.kind == Collective::multiply) multiply(w);
  uint64_t reduced = w.kind == Collective::shuffle ? 0 : reduce(w);
  for (int lane = 0; lane < 32; lane++) {
    if (!(w.arrived >> lane & 1)) continue;
    unsigned source = w.source[lane];
    if (w.kind != Collective::shuffle) w.taken[lane] = reduced;
    else if (source == own_lane) w.taken[lane] = w.given[lane];
    else w.taken[lane] = w.arrived >> source & 1 ? w.given[source] : ~0ull;
  }
  w.arrived = 0;
  wake(w.waiting);
}

// A thread has returned; those that waited for it alone go on.
void depart(unsigned number) {
  Block &b = *block;
  Warp &w = b.warps[number / 32];
  w.alive &= ~(1u << number % 32);
  if (w.arrived && w.arrived == (w.mask & w.alive)) finish(w);
  if (--b.live > 0 && b.at_barrier == b.live) open_barrier();
}

// The life of a fiber: it runs thread after thread, and where one waits, another
// fiber takes up the next.
void run_threads() {
  for (;;) {
    Block &b = *block;
    Fiber *f = self;
    while (b.started < b.threads) {
      unsigned n = b.started++;
      if (b.launch->order == Order::reverse) n = b.threads - 1 - n;
      f->number = n;
      f->thread = {n % b.dim.x, n / b.dim.x % b.dim.y, n / (b.dim.x * b.dim.y)};
      f->copies.clear();
      f->copy_groups = 0;
      b.launch->kernel->call(b.launch->arguments);
      commit_copies();
      wait_copies(0);
      depart(n);
    }
    b.idle.push(f);
    leave();
  }
}

// Dynamic shared memory, which ends at a page that nobody may touch.
char *shared_end() {
  constexpr size_t bytes = (most_shared + 4095) / 4096 * 4096;
  thread_local char *memory;
  if (!memory) {
    void *m = mmap(nullptr, bytes + guard_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED) abort();
    memory = (char *)m;
    mprotect(memory + bytes, guard_bytes, PROT_NONE);
  }
  return memory + bytes;
}

void start_block(Block &b, Launch &launch, uint64_t number) {
  Index g = launch.grid;
  b.index = {(unsigned)(number % g.x), (unsigned)(number / g.x % g.y), (unsigned)(number / ((uint64_t)g.x * g.y))};
  b.dim = launch.dim, b.grid = g, b.launch = &launch;
  b.started = 0, b.live = b.threads = launch.dim.x * launch.dim.y * launch.dim.z;
  b.at_barrier = b.votes = 0;
  b.dynamic_shared = shared_end() - (launch.shared + 15) / 16 * 16;
  memset(b.dynamic_shared, 0xFF, launch.shared);  // NaN: reading what nobody wrote shows
  for (unsigned first = 0; first < b.threads; first += 32) {
    Warp &w = b.warps[first / 32];
    unsigned lanes = b.threads - first;
    w.arrived = 0;
    w.alive = lanes >= 32 ? ~0u : (1u << lanes) - 1;
  }
}

// After a fault the fibers are left where they were; all begin anew.
void reset(Block &b) {
  b.at_barrier_queue.clear(), b.ready.clear(), b.idle.clear();
  for (Warp &w : b.warps) w.waiting.clear();
  for (size_t i = 0; i < fibers.size(); i++) {
    rewind_fiber(fibers[i].get(), i);
    b.idle.push(fibers[i].get());
  }
}

}  // namespace

void run_blocks(Launch &launch) {
  thread_local std::unique_ptr<Block> own = std::make_unique<Block>();
  block = own.get();
  memset(standin_shared_begin, 0xFF, (size_t)(standin_shared_end - standin_shared_begin));
  for (uint64_t i; (i = launch.next++) < launch.blocks();) {
    start_block(*block, launch, launch.order == Order::reverse ? launch.blocks() - 1 - i : i);
    self = idle_fiber();
    standin_switch(&block->main_stack_pointer, self->stack_pointer);
    if (block->live > 0) reset(*block);
    self = nullptr;
  }
}

void leave_block(Fault fault) {
  {
    Launch &launch = *block->launch;
    std::lock_guard<std::mutex> guard(launch.fault_lock);
    if (!launch.fault.code) launch.fault = std::move(fault);
    launch.next = launch.blocks();
  }
  void *abandoned;
  standin_switch(&abandoned, block->main_stack_pointer);
  abort();
}

unsigned barrier(bool vote, int line) {
  Block &b = *block;
  if (b.at_barrier > 0 && b.barrier_line != line)
    fail(CUDA_ERROR_LAUNCH_FAILED, "threads wait at different barriers: lines %d and %d", b.barrier_line, line);
  b.barrier_line = line;
  b.votes += vote;
  if (++b.at_barrier == b.live) {
    open_barrier();
  } else {
    b.at_barrier_queue.push(self);
    leave();
  }
  return b.voted;
}

uint64_t collective(Collective kind, unsigned mask, uint64_t given, unsigned source, int line) {
  unsigned lane = self->number % 32;
  Warp &w = block->warps[self->number / 32];
  if (!(mask >> lane & 1)) fail(CUDA_ERROR_LAUNCH_FAILED, "line %d: a lane is not in its own mask %#x", line, mask);
  if (w.arrived && (w.mask != mask || w.kind != kind || w.line != line))
    fail(CUDA_ERROR_LAUNCH_FAILED, "the lanes of a warp have diverged: masks %#x and %#x, lines %d and %d", w.mask, mask, w.line, line);
  w.mask = mask, w.kind = kind, w.line = line;
  w.given[lane] = given, w.source[lane] = source;
  w.arrived |= 1u << lane;
  if (w.arrived == (mask & w.alive)) {
    finish(w);
  } else {
    w.waiting.push(self);
    leave();
  }
  return w.taken[lane];
}

void multiply_m16n8k8(float d[4], const uint32_t a[4], const uint32_t b[2], const float c[4], int line) {
  unsigned lane = self->number % 32;
  Warp &w = block->warps[self->number / 32];
  memcpy(w.fragment[lane], a, 4 * sizeof *a);
  memcpy(w.fragment[lane] + 4, b, 2 * sizeof *b);
  memcpy(w.accumulator[lane], c, 4 * sizeof *c);
  collective(Collective::multiply, ~0u, 0, 0, line);
  memcpy(d, w.accumulator[lane], 4 * sizeof *d);
}

void copy_async(void *shared, const void *global, int bytes, int present) {
  if (((uintptr_t)shared | (uintptr_t)global) % (unsigned)bytes)
    fail(CUDA_ERROR_MISALIGNED_ADDRESS, "cp.async of %d bytes from %p to %p", bytes, global, shared);
  self->copies.push_back({shared, global, present, bytes - present, self->copy_groups});
}

void commit_copies() { self->copy_groups++; }

void wait_copies(unsigned pending) {
  auto &copies = self->copies;
  size_t done = 0;
  for (; done < copies.size() && copies[done].group + pending < self->copy_groups; done++) {
    const Copy &c = copies[done];
    memcpy(c.to, c.from, (size_t)c.bytes);
    memset((char *)c.to + c.bytes, 0, (size_t)c.zeros);
  }
  copies.erase(copies.begin(), copies.begin() + (ptrdiff_t)done);
}

}  // namespace standin
