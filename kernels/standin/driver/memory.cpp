// Device memory. Every allocation ends at a page that nobody may touch, or a few
// bytes before it; those, and some before its start, are canaries. Fresh memory is NaN.
#include <sys/mman.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>
#include "driver.h"

#define EXPORTED extern "C" __attribute__((visibility("default"))) CUresult

namespace standin {
namespace {

constexpr size_t page = 4096, most_canaries = 64;
constexpr unsigned char canary = 0xC9, fresh = 0xFF;

struct Allocation {
  size_t bytes;
  CUcontext context;
  char *pages;  // the first that may be touched
  size_t page_bytes;
};
std::map<CUdeviceptr, Allocation> allocations;  // by start
std::map<uintptr_t, size_t> pinned;
size_t used;
bool kernels_ran;

// A stretch of canaries.
struct Stretch {
  unsigned char *start;
  size_t bytes;
};
Stretch before(CUdeviceptr start, const Allocation &a) {
  auto *own = (unsigned char *)start;
  size_t bytes = std::min((size_t)(own - (unsigned char *)a.pages), most_canaries);
  return {own - bytes, bytes};
}
Stretch after(CUdeviceptr start, const Allocation &a) {
  auto *end = (unsigned char *)start + a.bytes;
  return {end, (size_t)((unsigned char *)a.pages + a.page_bytes - end)};
}

bool whole(Stretch s) {
  static const std::vector<unsigned char> untouched(most_canaries, canary);
  return !memcmp(s.start, untouched.data(), s.bytes);
}

CUresult take(CUdeviceptr *start, size_t bytes) {
  Allocation a = {bytes, current, nullptr, (bytes + page - 1) / page * page};
  void *m = mmap(nullptr, a.page_bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (m == MAP_FAILED) return CUDA_ERROR_OUT_OF_MEMORY;
  a.pages = (char *)m + page;
  mprotect(a.pages, a.page_bytes, PROT_READ | PROT_WRITE);
  // As near to the end as an address may be that vectors are loaded from.
  char *own = a.pages + (a.page_bytes - bytes) / 16 * 16;
  *start = (CUdeviceptr)own;
  for (Stretch s : {before(*start, a), after(*start, a)}) memset(s.start, canary, s.bytes);
  memset(own, fresh, bytes);
  allocations[*start] = a;
  used += bytes;
  return CUDA_SUCCESS;
}

void drop(std::map<CUdeviceptr, Allocation>::iterator i) {
  used -= i->second.bytes;
  munmap(i->second.pages - page, i->second.page_bytes + 2 * page);
  allocations.erase(i);
}

std::map<CUdeviceptr, Allocation>::iterator holding(CUdeviceptr address) {
  auto i = allocations.upper_bound(address);
  return i == allocations.begin() ? allocations.end() : std::prev(i);
}

CUresult inside(CUdeviceptr start, size_t bytes, const char *what) {
  if (on_device(start, bytes)) return CUDA_SUCCESS;
  return refuse(CUDA_ERROR_INVALID_VALUE, "%s of %zu bytes: %s", what, bytes, describe_address(start + bytes).c_str());
}

// A copy that returns when it is done. It waits for the null stream, and so for
// the streams that do, but not for the others.
CUresult copy_now(void *to, const void *from, size_t bytes) {
  TRY(outside_of_capture());
  TRY(submit(null_stream, [=] { memmove(to, from, bytes); }));
  return wait_for(null_stream);
}

CUresult fill(CUdeviceptr start, const void *pattern, size_t width, size_t count, CUstream stream) {
  TRY(inside(start, width * count, "a fill"));
  uint32_t value = 0;
  memcpy(&value, pattern, width);
  return submit(stream, [=] {
    for (size_t i = 0; i < count; i++) memcpy((char *)start + i * width, &value, width);
  });
}

}  // namespace

bool on_device(CUdeviceptr start, size_t bytes) {
  auto i = holding(start);
  return i != allocations.end() && bytes <= i->second.bytes && start - i->first <= i->second.bytes - bytes;
}

bool is_pinned(const void *start, size_t bytes) {
  auto i = pinned.upper_bound((uintptr_t)start);
  if (i == pinned.begin()) return false;
  --i;
  return (uintptr_t)start + bytes <= i->first + i->second;
}

std::string describe_address(uint64_t address) {
  char text[200];
  auto i = holding(address);
  auto next = allocations.upper_bound(address);
  size_t past = i == allocations.end() ? ~0ul : address - (i->first + i->second.bytes);
  size_t before = next == allocations.end() ? ~0ul : next->first - address;
  if (i != allocations.end() && past <= before)
    snprintf(text, sizeof text, "address %#lx is %zu bytes past the end of an allocation of %zu", address, past, i->second.bytes);
  else if (next != allocations.end())
    snprintf(text, sizeof text, "address %#lx is %zu bytes before an allocation of %zu", address, before, next->second.bytes);
  else
    snprintf(text, sizeof text, "address %#lx is in no allocation", address);
  return text;
}

void note_kernel() { kernels_ran = true; }

void check_canaries() {
  if (!std::exchange(kernels_ran, false)) return;  // the driver's own copies are checked as they are issued
  for (auto &[start, a] : allocations) {
    Stretch head = before(start, a), tail = after(start, a);
    if (whole(head) && whole(tail)) continue;
    a.context->broken = refuse(CUDA_ERROR_ILLEGAL_ADDRESS, "something wrote just %s an allocation of %zu bytes",
                               whole(head) ? "past the end of" : "before", a.bytes);
    for (Stretch s : {head, tail}) memset(s.start, canary, s.bytes);
  }
}

void forget_memory(CUcontext context) {
  for (auto i = allocations.begin(); i != allocations.end();) {
    auto at = i++;
    if (at->second.context == context) drop(at);
  }
}

}  // namespace standin

using namespace standin;

EXPORTED cuMemAlloc(CUdeviceptr *start, size_t bytes) {
  ENTRY_IN_CONTEXT;
  TRY(outside_of_capture());
  if (!bytes) return CUDA_ERROR_INVALID_VALUE;
  if (bytes > settings.memory_bytes - std::min(used, settings.memory_bytes)) return CUDA_ERROR_OUT_OF_MEMORY;
  return take(start, bytes);
}

EXPORTED cuMemFree(CUdeviceptr start) {
  ENTRY_IN_CONTEXT;
  TRY(outside_of_capture());
  TRY(wait_for_all());
  auto i = allocations.find(start);
  if (i == allocations.end()) return refuse(CUDA_ERROR_INVALID_VALUE, "cuMemFree: %#llx is no allocation", start);
  check_canaries();
  drop(i);
  return current->broken;
}

EXPORTED cuMemGetInfo(size_t *available, size_t *total) {
  ENTRY_IN_CONTEXT;
  *total = settings.memory_bytes;
  *available = *total - std::min(used, *total);
  return CUDA_SUCCESS;
}

EXPORTED cuMemGetAddressRange(CUdeviceptr *start, size_t *bytes, CUdeviceptr address) {
  ENTRY_IN_CONTEXT;
  if (!on_device(address, 0)) return CUDA_ERROR_NOT_FOUND;
  auto i = holding(address);
  if (start) *start = i->first;
  if (bytes) *bytes = i->second.bytes;
  return CUDA_SUCCESS;
}

EXPORTED cuMemHostAlloc(void **start, size_t bytes, unsigned) {
  ENTRY_IN_CONTEXT;
  TRY(outside_of_capture());
  if (!bytes) return CUDA_ERROR_INVALID_VALUE;
  *start = aligned_alloc(page, (bytes + page - 1) / page * page);
  if (!*start) return CUDA_ERROR_OUT_OF_MEMORY;
  pinned[(uintptr_t)*start] = bytes;
  return CUDA_SUCCESS;
}

EXPORTED cuMemAllocHost(void **start, size_t bytes) { return cuMemHostAlloc(start, bytes, 0); }

EXPORTED cuMemHostGetDevicePointer(CUdeviceptr *address, void *start, unsigned) {
  ENTRY_IN_CONTEXT;
  if (!is_pinned(start, 0)) return CUDA_ERROR_INVALID_VALUE;
  *address = (CUdeviceptr)start;
  return CUDA_SUCCESS;
}

EXPORTED cuMemFreeHost(void *start) {
  ENTRY_IN_CONTEXT;
  TRY(outside_of_capture());
  TRY(wait_for_all());
  if (!pinned.erase((uintptr_t)start)) return refuse(CUDA_ERROR_INVALID_VALUE, "cuMemFreeHost: %p is no allocation", start);
  free(start);
  return CUDA_SUCCESS;
}

EXPORTED cuMemcpyHtoD(CUdeviceptr to, const void *from, size_t bytes) {
  ENTRY_IN_CONTEXT;
  TRY(inside(to, bytes, "a copy to the device"));
  return copy_now((void *)to, from, bytes);
}

EXPORTED cuMemcpyDtoH(void *to, CUdeviceptr from, size_t bytes) {
  ENTRY_IN_CONTEXT;
  TRY(inside(from, bytes, "a copy from the device"));
  return copy_now(to, (const void *)from, bytes);
}

EXPORTED cuMemcpyDtoD(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  ENTRY_IN_CONTEXT;
  TRY(inside(to, bytes, "a copy to the device"));
  TRY(inside(from, bytes, "a copy from the device"));
  return submit(null_stream, [=] { memmove((void *)to, (const void *)from, bytes); });
}

EXPORTED cuMemcpyHtoDAsync(CUdeviceptr to, const void *from, size_t bytes, CUstream stream) {
  ENTRY_IN_CONTEXT;
  TRY(inside(to, bytes, "a copy to the device"));
  if (is_pinned(from, bytes) || capturing(stream))
    return submit(stream, [=] { memcpy((void *)to, from, bytes); });
  // The driver takes pageable memory's contents before it returns.
  auto staged = std::make_shared<std::vector<char>>((const char *)from, (const char *)from + bytes);
  return submit(stream, [=] { memcpy((void *)to, staged->data(), bytes); });
}

EXPORTED cuMemcpyDtoHAsync(void *to, CUdeviceptr from, size_t bytes, CUstream stream) {
  ENTRY_IN_CONTEXT;
  TRY(inside(from, bytes, "a copy from the device"));
  bool captured = capturing(stream);
  TRY(submit(stream, [=] { memcpy(to, (const void *)from, bytes); }));
  // To pageable memory the call returns when all is there.
  return captured || is_pinned(to, bytes) ? CUDA_SUCCESS : wait_for(stream);
}

EXPORTED cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  ENTRY_IN_CONTEXT;
  TRY(inside(to, bytes, "a copy to the device"));
  TRY(inside(from, bytes, "a copy from the device"));
  return submit(stream, [=] { memmove((void *)to, (const void *)from, bytes); });
}

EXPORTED cuMemsetD8(CUdeviceptr start, unsigned char value, size_t count) {
  ENTRY_IN_CONTEXT;
  return fill(start, &value, sizeof value, count, null_stream);
}

EXPORTED cuMemsetD32(CUdeviceptr start, unsigned value, size_t count) {
  ENTRY_IN_CONTEXT;
  return fill(start, &value, sizeof value, count, null_stream);
}

EXPORTED cuMemsetD8Async(CUdeviceptr start, unsigned char value, size_t count, CUstream stream) {
  ENTRY_IN_CONTEXT;
  return fill(start, &value, sizeof value, count, stream);
}

EXPORTED cuMemsetD32Async(CUdeviceptr start, unsigned value, size_t count, CUstream stream) {
  ENTRY_IN_CONTEXT;
  if (start % 4) return CUDA_ERROR_INVALID_VALUE;
  return fill(start, &value, sizeof value, count, stream);
}
