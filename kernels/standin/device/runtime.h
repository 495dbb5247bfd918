// How the stand-in runs a block: one OS thread, on which each CUDA thread is a
// fiber that runs until it meets a barrier or a warp's collective.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace standin {

struct Index {
  unsigned x, y, z;
};

// A queue of at most N.
template <class T, unsigned N>
class Queue {
 public:
  void push(T v) { items_[(head_ + size_++) % N] = v; }
  T pop() {
    T v = items_[head_];
    head_ = (head_ + 1) % N, size_--;
    return v;
  }
  T pop_newest() { return items_[(head_ + --size_) % N]; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }

 private:
  T items_[N];
  unsigned head_ = 0, size_ = 0;
};

// A kernel of the host build. They find one another as the library is loaded.
struct Kernel {
  static constexpr int most_arguments = 64;
  const char *name;
  void (*call)(void **arguments);
  int count;
  int bytes[most_arguments];
  const Kernel *next;
};
extern const Kernel *kernels;

// A copy that cp.async has announced and cp.async.wait_group carries out: what
// reads too early reads the old contents.
struct Copy {
  void *to;
  const void *from;
  int bytes, zeros;
  unsigned group;
};

// One CUDA thread under way, on a stack of its own.
struct Fiber {
  void *stack_pointer;  // where it was left, when it is not running
  char *stack;
  Index thread;
  unsigned number;  // threadIdx as one number
  std::vector<Copy> copies;
  unsigned copy_groups;
};

// What the lanes of a warp do together.
enum class Collective { shuffle, ballot, add, minimum, maximum, multiply };

// The source of a lane that keeps its own value in a shuffle.
constexpr unsigned own_lane = 32;

struct Warp {
  unsigned alive, arrived, mask;  // lanes that have not returned, that wait, that are called for
  Collective kind;
  int line;
  unsigned source[32];
  uint64_t given[32], taken[32];
  uint32_t fragment[32][6];  // of a matrix product: A, then B
  float accumulator[32][4];
  Queue<Fiber *, 32> waiting;
};

struct Launch;

// The block that an OS thread runs.
struct Block {
  static constexpr unsigned most_threads = 1024;
  Index index, dim, grid;
  Launch *launch;
  char *dynamic_shared;
  unsigned started, threads, live;
  int barrier_line;
  unsigned at_barrier, votes, voted;
  Queue<Fiber *, most_threads> at_barrier_queue, ready, idle;
  Warp warps[32];
  void *main_stack_pointer;
};
extern constinit thread_local Block *block;
extern constinit thread_local Fiber *self;

// Waits for the block's threads; gives how many of them voted yes.
unsigned barrier(bool vote, int line);

// Waits for the lanes of a mask; given and taken are as the kind says.
uint64_t collective(Collective kind, unsigned mask, uint64_t given, unsigned source, int line);

// Registers a kernel under its name.
template <auto F>
struct Register;
template <class... A, void (*F)(A...)>
struct Register<F> {
  static_assert(sizeof...(A) <= Kernel::most_arguments);
  Kernel kernel;
  explicit Register(const char *name) : kernel{name, call, sizeof...(A), {(int)sizeof(A)...}, kernels} { kernels = &kernel; }
  static void call(void **arguments) { expand(arguments, std::index_sequence_for<A...>()); }
  template <size_t... I>
  static void expand([[maybe_unused]] void **arguments, std::index_sequence<I...>) {
    F(*(A *)arguments[I]...);
  }
};

}  // namespace standin

#define STANDIN_KERNEL(name) static standin::Register<name> standin_register_##name(#name);
