// What tests set and read: settings, counters, the story of the last failure.
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include "driver.h"

namespace standin {

Settings settings;
std::recursive_mutex driver_lock;
std::string message;

namespace {

// The code of a call that never returns.
const int hang = -1;

// In the order of their first call. Pointers into a deque stay.
std::deque<Counter> counters;

// KERNEL:CALL:CODE, separated by commas; the code may be "hang".
bool parse_failures(const std::string &list) {
  std::vector<Settings::Failure> failures;
  for (size_t at = 0; at < list.size();) {
    size_t end = std::min(list.find(',', at), list.size());
    std::string one = list.substr(at, end - at);
    size_t first = one.find(':'), second = one.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) return false;
    std::string code = one.substr(second + 1);
    failures.push_back({one.substr(0, first), strtoull(one.c_str() + first + 1, nullptr, 10), code == "hang" ? hang : atoi(code.c_str())});
    at = end + 1;
  }
  settings.failures = std::move(failures);
  return true;
}

}  // namespace

bool set(const std::string &name, const std::string &value) {
  if (name == "devices") settings.devices = atoi(value.c_str());
  else if (name == "compute") settings.compute = atoi(value.c_str());
  else if (name == "memory") settings.memory_bytes = strtoull(value.c_str(), nullptr, 10);
  else if (name == "lazy") settings.lazy = value == "1";
  else if (name == "order") settings.order = value == "reverse" ? Order::reverse : value == "ahead" ? Order::ahead : Order::forward;
  else if (name == "trace") settings.trace = value == "1";
  else if (name == "fail") return parse_failures(value);
  else return false;
  return true;
}

void read_environment() {
  for (const char *name : {"devices", "compute", "memory", "lazy", "order", "trace", "fail"}) {
    std::string variable = "STANDIN_";
    for (const char *c = name; *c; c++) variable += (char)toupper(*c);
    if (const char *value = getenv(variable.c_str()); value && !set(name, value)) {
      fprintf(stderr, "stand-in driver: %s: want KERNEL:CALL:CODE, found %s\n", variable.c_str(), value);
      abort();
    }
  }
}

Counter &counter(const char *name) {
  for (Counter &c : counters)
    if (!strcmp(c.name, name)) return c;
  counters.push_back({name});
  return counters.back();
}

CUresult ordered_failure(const char *name) {
  for (Settings::Failure &f : settings.failures)
    if (f.name == name && ++f.seen == f.call) {
      if (f.code == hang) {
        fprintf(stderr, "stand-in driver: %s: call %lu never returns, by order of a test\n", name, f.call);
        for (;;) pause();
      }
      return refuse((CUresult)f.code, "%s: call %lu fails by order of a test", name, f.call);
    }
  return CUDA_SUCCESS;
}

CUresult count(Counter &c) {
  c.calls++;
  if (settings.trace) fprintf(stderr, "stand-in driver: %s\n", c.name);
  return ordered_failure(c.name);
}

const char *name_of(CUresult code) {
#define NAME(code) case code: return #code
  switch (code) {
    NAME(CUDA_SUCCESS);
    NAME(CUDA_ERROR_INVALID_VALUE);
    NAME(CUDA_ERROR_OUT_OF_MEMORY);
    NAME(CUDA_ERROR_NOT_INITIALIZED);
    NAME(CUDA_ERROR_DEINITIALIZED);
    NAME(CUDA_ERROR_DEVICE_UNAVAILABLE);
    NAME(CUDA_ERROR_NO_DEVICE);
    NAME(CUDA_ERROR_INVALID_DEVICE);
    NAME(CUDA_ERROR_INVALID_IMAGE);
    NAME(CUDA_ERROR_INVALID_CONTEXT);
    NAME(CUDA_ERROR_NO_BINARY_FOR_GPU);
    NAME(CUDA_ERROR_ECC_UNCORRECTABLE);
    NAME(CUDA_ERROR_INVALID_PTX);
    NAME(CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
    NAME(CUDA_ERROR_INVALID_HANDLE);
    NAME(CUDA_ERROR_ILLEGAL_STATE);
    NAME(CUDA_ERROR_NOT_FOUND);
    NAME(CUDA_ERROR_NOT_READY);
    NAME(CUDA_ERROR_ILLEGAL_ADDRESS);
    NAME(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
    NAME(CUDA_ERROR_LAUNCH_TIMEOUT);
    NAME(CUDA_ERROR_CONTEXT_IS_DESTROYED);
    NAME(CUDA_ERROR_ASSERT);
    NAME(CUDA_ERROR_HARDWARE_STACK_ERROR);
    NAME(CUDA_ERROR_ILLEGAL_INSTRUCTION);
    NAME(CUDA_ERROR_MISALIGNED_ADDRESS);
    NAME(CUDA_ERROR_LAUNCH_FAILED);
    NAME(CUDA_ERROR_NOT_PERMITTED);
    NAME(CUDA_ERROR_NOT_SUPPORTED);
    NAME(CUDA_ERROR_SYSTEM_NOT_READY);
    NAME(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    NAME(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    NAME(CUDA_ERROR_STREAM_CAPTURE_MERGE);
    NAME(CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
    NAME(CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
    NAME(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
    default: return nullptr;
  }
#undef NAME
}

CUresult refuse(CUresult code, const char *format, ...) {
  char text[1024];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  message = text;
  fprintf(stderr, "stand-in driver: %s\n", text);
  return code;
}

}  // namespace standin

#define EXPORTED extern "C" __attribute__((visibility("default")))

// Sets what the environment's STANDIN_NAME sets; 0 where there is no such setting.
EXPORTED int standin_set(const char *name, const char *value) {
  std::lock_guard<std::recursive_mutex> guard(standin::driver_lock);
  return standin::set(name, value);
}

// The counter with a number; null beyond the last.
EXPORTED const char *standin_counter(int number, uint64_t *calls) {
  std::lock_guard<std::recursive_mutex> guard(standin::driver_lock);
  if (number < 0 || (size_t)number >= standin::counters.size()) return nullptr;
  *calls = standin::counters[(size_t)number].calls;
  return standin::counters[(size_t)number].name;
}

// Sets all counters to zero, and forgets the last failure.
EXPORTED void standin_reset(void) {
  std::lock_guard<std::recursive_mutex> guard(standin::driver_lock);
  for (standin::Counter &c : standin::counters) c.calls = 0;
  standin::message.clear();
}

// Copies the story of the last failure.
EXPORTED void standin_message(char *text, size_t bytes) {
  std::lock_guard<std::recursive_mutex> guard(standin::driver_lock);
  snprintf(text, bytes, "%s", standin::message.c_str());
}
