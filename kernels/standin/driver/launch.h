// Kernel launches: from the driver, which queues them, to the pool that runs
// their blocks.
#pragma once
#include <atomic>
#include <mutex>
#include <string>
#include "../device/runtime.h"

namespace standin {

// What went wrong in a kernel: a CUresult and the story.
struct Fault {
  int code = 0;
  std::string text;
};

// In which order blocks and threads start, and go on: first to last, last to
// first, or as first to last, but with one warp running as far ahead as it can.
enum class Order { forward, reverse, ahead };

struct Launch {
  const Kernel *kernel;
  Index grid, dim;
  unsigned shared;
  void **arguments;
  Order order;

  std::atomic<uint64_t> next{0};
  std::mutex fault_lock;
  Fault fault;  // the first
  uint64_t blocks() const { return (uint64_t)grid.x * grid.y * grid.z; }
};

constexpr unsigned most_shared = 227 << 10;

// Runs all blocks of a launch on all cores, or what starts before the first fault.
void run(Launch &launch);

// Runs blocks of a launch on this OS thread until none is left.
void run_blocks(Launch &launch);

// Ends the block that runs on this OS thread.
[[noreturn]] void fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Abandons the block that runs on this OS thread.
[[noreturn]] void leave_block(Fault fault);

// Installs the handlers that turn signals of a kernel into faults.
void catch_signals();
// Gives this OS thread a stack of its own for them.
void prepare_thread();

// Says what memory lies nearest to an address: see memory.cpp.
std::string describe_address(uint64_t address);

}  // namespace standin
