// The parts of the stand-in driver. Types and codes are those of the toolkit's
// cuda.h, so that the compiler holds every entry point to its declaration.
#pragma once
#include <cuda.h>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>
#include "launch.h"

// What the driver's handles point to.
struct CUctx_st {
  bool primary = false, alive = true;
  CUresult broken = CUDA_SUCCESS;  // the first fault: every later call gives it
  int users = 0;                   // of a primary context
};

// A piece of work on a stream: a kernel, a copy, a fill, a mark.
typedef std::function<void()> Work;

struct CUgraph_st {
  std::vector<Work> nodes;
  CUstream origin = nullptr;  // of the capture
};
struct CUgraphExec_st {
  std::shared_ptr<const std::vector<Work>> nodes;
};
struct CUstream_st {
  CUcontext context;
  bool blocking = true;  // waits for the null stream, and it for this one
  std::deque<Work> queue;
  uint64_t issued = 0, done = 0;
  CUgraph capture = nullptr;
  CUresult spoilt = CUDA_SUCCESS;  // why the capture is of no use
  // Of a branch of the capture: what has no place among its nodes yet, how many works
  // there were, how many have a place, and how many others come after.
  std::deque<Work> branch;
  uint64_t branched = 0, placed = 0, joined = 0;
};
struct CUevent_st {
  CUcontext context;
  CUstream stream = nullptr;
  uint64_t position = 0;
  double recorded_ms = -1;
  CUgraph capture = nullptr;
};

namespace standin {

// A kernel as the PTX declares it.
struct Entry {
  std::vector<int> argument_bytes;
  unsigned static_shared = 0, most_threads = 1024;
};

// Settings, from the environment (STANDIN_MEMORY and so on) or from a test.
struct Settings {
  int devices = 1;
  int compute = 90;                   // capability, ten times
  size_t memory_bytes = 4ull << 30;
  bool lazy = false;                  // work waits until something waits for it
  Order order = Order::forward;
  bool trace = false;
  struct Failure {
    std::string name;  // of a kernel or an entry point
    uint64_t call;     // counted from 1, since the order was given
    int code;
    uint64_t seen = 0;
  };
  std::vector<Failure> failures;
};
extern Settings settings;
bool set(const std::string &name, const std::string &value);
void read_environment();

// One lock for the whole driver; kernels run while their launch holds it.
extern std::recursive_mutex driver_lock;

// How often an entry point was called, or a kernel run.
struct Counter {
  const char *name;
  uint64_t calls = 0;
};
Counter &counter(const char *name);
// Counts a call; gives the code that a test has ordered for it, or CUDA_SUCCESS.
CUresult count(Counter &counter);
// The code that a test has ordered for the next call of that name, or CUDA_SUCCESS.
CUresult ordered_failure(const char *name);

// The words for a code, like CUDA_ERROR_OUT_OF_MEMORY.
const char *name_of(CUresult code);

// What the last failure was about.
extern std::string message;
// Keeps and prints it.
CUresult refuse(CUresult code, const char *format, ...) __attribute__((format(printf, 2, 3)));

extern thread_local CUcontext current;
extern CUctx_st primary_context;
// Whether the calling thread may use its context.
CUresult usable();

// Streams.
constexpr CUstream null_stream = nullptr;
CUresult submit(CUstream stream, Work work);
CUresult wait_for(CUstream stream);
CUresult wait_for_all();
bool known(CUstream stream);
bool capturing(CUstream stream);
// Refuses what may not happen while the thread's streams are being captured.
CUresult outside_of_capture();
void forget_streams(CUcontext context);

// Memory.
bool on_device(CUdeviceptr start, size_t bytes);
bool is_pinned(const void *start, size_t bytes);
void note_kernel();     // one has run since the last look
void check_canaries();  // breaks the context of what has been overrun
void forget_memory(CUcontext context);

}  // namespace standin

// The head of every entry point: it takes the lock and counts the call.
#define ENTRY                                                                       \
  std::lock_guard<std::recursive_mutex> guard(standin::driver_lock);                \
  static standin::Counter &calls = standin::counter(__func__);                      \
  if (CUresult ordered = standin::count(calls); ordered != CUDA_SUCCESS) return ordered

// The same for those that need a context.
#define ENTRY_IN_CONTEXT \
  ENTRY;                 \
  if (CUresult state = standin::usable(); state != CUDA_SUCCESS) return state

// Leaves with a code that is no success.
#define TRY(call) \
  if (CUresult result = (call); result != CUDA_SUCCESS) return result
