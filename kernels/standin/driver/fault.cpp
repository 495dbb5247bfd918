// Faults of kernels: signals and the compiler's checks become a CUresult and one
// line that names kernel, block and thread, and where it can, file and line.
#include <signal.h>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cuda.h>
#include "launch.h"

namespace standin {
namespace {

struct sigaction previous[NSIG];
const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};

// The story of a fault of the thread that runs.
Fault describe(int code, const char *what) {
  char text[768];
  Index b = block->index, t = self->thread;
  snprintf(text, sizeof text, "%s: block (%u,%u,%u), thread (%u,%u,%u): %s", block->launch->kernel->name, b.x, b.y, b.z, t.x, t.y,
           t.z, what);
  return {code, text};
}

void on_signal(int number, siginfo_t *info, void *context) {
  if (!self) {  // not a kernel's: whoever was here before
    const struct sigaction &old = previous[number];
    if (old.sa_flags & SA_SIGINFO) {
      old.sa_sigaction(number, info, context);
    } else if (old.sa_handler != SIG_DFL && old.sa_handler != SIG_IGN) {
      old.sa_handler(number);
    } else {
      sigaction(number, &old, nullptr);  // on return it happens again, and ends the process
    }
    return;
  }
  switch (number) {
    case SIGILL: leave_block(describe(CUDA_ERROR_LAUNCH_FAILED, "trap"));
    case SIGFPE: leave_block(describe(CUDA_ERROR_LAUNCH_FAILED, "integer division by zero"));
    default:
      leave_block(describe(CUDA_ERROR_ILLEGAL_ADDRESS, describe_address((uint64_t)info->si_addr).c_str()));
  }
}

}  // namespace

void fail(int code, const char *format, ...) {
  char what[512];
  va_list list;
  va_start(list, format);
  vsnprintf(what, sizeof what, format, list);
  va_end(list);
  leave_block(describe(code, what));
}

void catch_signals() {
  struct sigaction action = {};
  action.sa_sigaction = on_signal;
  // A block is left by switching stacks, not by returning, so the signal must not stay blocked.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (int number : signals) sigaction(number, &action, &previous[number]);
}

void prepare_thread() {
  stack_t stack = {};
  stack.ss_size = 64 << 10;
  stack.ss_sp = malloc(stack.ss_size);
  sigaltstack(&stack, nullptr);
  sigset_t all;  // the process's signals are for others
  sigfillset(&all);
  for (int number : signals) sigdelset(&all, number);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace standin

// What -fsanitize=alignment,bounds calls, so that a fault names its line. The
// records are the compiler's.
namespace {
struct Source {
  const char *file;
  uint32_t line, column;
};
struct Mismatch {
  Source source;
  void *type;
  unsigned char log_alignment, kind;
};
struct OutOfBounds {
  Source source;
};
const char *base(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}
}  // namespace

extern "C" void __ubsan_handle_type_mismatch_v1(Mismatch *m, uintptr_t address) {
  standin::fail(CUDA_ERROR_MISALIGNED_ADDRESS, "%s:%u: misaligned access at %#lx, which is no multiple of %u", base(m->source.file),
                m->source.line, (unsigned long)address, 1u << m->log_alignment);
}

extern "C" void __ubsan_handle_out_of_bounds(OutOfBounds *b, uintptr_t index) {
  standin::fail(CUDA_ERROR_ILLEGAL_ADDRESS, "%s:%u: index %ld is outside of the array", base(b->source.file), b->source.line, (long)index);
}
