// Devices and contexts.
#include <cstring>
#include "driver.h"

#define EXPORTED extern "C" __attribute__((visibility("default"))) CUresult

namespace standin {

thread_local CUcontext current;
CUctx_st primary_context;

namespace {

thread_local std::vector<CUcontext> pushed;

// Ends a context: what was made in it is gone.
void end(CUcontext context) {
  forget_streams(context);
  forget_memory(context);
  context->broken = CUDA_SUCCESS;
}

CUresult known(CUdevice device) {
  return device >= 0 && device < settings.devices ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

int attribute(CUdevice_attribute a) {
  switch (a) {
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y: return 1024;
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z: return 64;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X: return 0x7FFFFFFF;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z: return 65535;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK: return 48 << 10;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: return most_shared;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: return 228 << 10;
    case CU_DEVICE_ATTRIBUTE_WARP_SIZE: return 32;
    case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK: return 65536;
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR: return 2048;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: return 4;
    case CU_DEVICE_ATTRIBUTE_CLOCK_RATE:
    case CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE: return 1000000;
    case CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH: return 256;
    case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE: return 4 << 20;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: return settings.compute / 10;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: return settings.compute % 10;
    case CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT: return 1;
    case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
    case CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY:
    case CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS: return 1;
    default: return 0;
  }
}

}  // namespace

CUresult usable() {
  if (!current) return refuse(CUDA_ERROR_INVALID_CONTEXT, "no context is current on this thread");
  if (!current->alive) return refuse(CUDA_ERROR_CONTEXT_IS_DESTROYED, "the current context has been destroyed");
  return current->broken;
}

}  // namespace standin

using namespace standin;

EXPORTED cuInit(unsigned flags) {
  ENTRY;
  static bool started = (catch_signals(), read_environment(), true);
  (void)started;
  if (flags) return CUDA_ERROR_INVALID_VALUE;
  return settings.devices > 0 ? CUDA_SUCCESS : CUDA_ERROR_NO_DEVICE;
}

EXPORTED cuDriverGetVersion(int *version) {
  ENTRY;
  *version = CUDA_VERSION;
  return CUDA_SUCCESS;
}

EXPORTED cuDeviceGetCount(int *count) {
  ENTRY;
  *count = settings.devices;
  return CUDA_SUCCESS;
}

EXPORTED cuDeviceGet(CUdevice *device, int number) {
  ENTRY;
  TRY(known(number));
  *device = number;
  return CUDA_SUCCESS;
}

EXPORTED cuDeviceGetName(char *name, int bytes, CUdevice device) {
  ENTRY;
  TRY(known(device));
  snprintf(name, (size_t)bytes, "stand-in");
  return CUDA_SUCCESS;
}

EXPORTED cuDeviceGetUuid(CUuuid *id, CUdevice device) {
  ENTRY;
  TRY(known(device));
  memset(id->bytes, 0, sizeof id->bytes);
  id->bytes[15] = (char)(device + 1);
  return CUDA_SUCCESS;
}

EXPORTED cuDeviceGetUuid_v2(CUuuid *id, CUdevice device) { return cuDeviceGetUuid(id, device); }

EXPORTED cuDeviceTotalMem(size_t *bytes, CUdevice device) {
  ENTRY;
  TRY(known(device));
  *bytes = settings.memory_bytes;
  return CUDA_SUCCESS;
}

EXPORTED cuDeviceGetAttribute(int *value, CUdevice_attribute a, CUdevice device) {
  ENTRY;
  TRY(known(device));
  *value = attribute(a);
  return CUDA_SUCCESS;
}

EXPORTED cuDeviceCanAccessPeer(int *can, CUdevice device, CUdevice peer) {
  ENTRY;
  TRY(known(device));
  TRY(known(peer));
  *can = 0;
  return CUDA_SUCCESS;
}

EXPORTED cuCtxCreate(CUcontext *context, unsigned, CUdevice device) {
  ENTRY;
  TRY(known(device));
  *context = current = new CUctx_st;  // kept for good, so that a stale handle is told from a live one
  return CUDA_SUCCESS;
}

EXPORTED cuCtxDestroy(CUcontext context) {
  ENTRY;
  if (!context || context->primary || !context->alive) return CUDA_ERROR_INVALID_CONTEXT;
  end(context);
  context->alive = false;
  if (current == context) current = nullptr;
  return CUDA_SUCCESS;
}

EXPORTED cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  ENTRY;
  TRY(known(device));
  primary_context.primary = true;
  primary_context.users++;
  *context = &primary_context;
  return CUDA_SUCCESS;
}

EXPORTED cuDevicePrimaryCtxRelease(CUdevice device) {
  ENTRY;
  TRY(known(device));
  if (primary_context.users == 0) return CUDA_ERROR_INVALID_CONTEXT;
  if (--primary_context.users == 0) end(&primary_context);
  return CUDA_SUCCESS;
}

EXPORTED cuDevicePrimaryCtxReset(CUdevice device) {
  ENTRY;
  TRY(known(device));
  end(&primary_context);
  return CUDA_SUCCESS;
}

EXPORTED cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active) {
  ENTRY;
  TRY(known(device));
  *flags = 0;
  *active = primary_context.users > 0;
  return CUDA_SUCCESS;
}

EXPORTED cuDevicePrimaryCtxSetFlags(CUdevice device, unsigned) {
  ENTRY;
  return known(device);
}

EXPORTED cuCtxSetCurrent(CUcontext context) {
  ENTRY;
  if (context && !context->alive) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
  current = context;
  return CUDA_SUCCESS;
}

EXPORTED cuCtxGetCurrent(CUcontext *context) {
  ENTRY;
  *context = current;
  return CUDA_SUCCESS;
}

EXPORTED cuCtxPushCurrent(CUcontext context) {
  ENTRY;
  if (!context || !context->alive) return CUDA_ERROR_INVALID_CONTEXT;
  pushed.push_back(current);
  current = context;
  return CUDA_SUCCESS;
}

EXPORTED cuCtxPopCurrent(CUcontext *context) {
  ENTRY;
  if (pushed.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  if (context) *context = current;
  current = pushed.back();
  pushed.pop_back();
  return CUDA_SUCCESS;
}

EXPORTED cuCtxGetDevice(CUdevice *device) {
  ENTRY_IN_CONTEXT;
  *device = 0;
  return CUDA_SUCCESS;
}

EXPORTED cuCtxGetApiVersion(CUcontext, unsigned *version) {
  ENTRY;
  *version = CUDA_VERSION;
  return CUDA_SUCCESS;
}

EXPORTED cuCtxSynchronize(void) {
  ENTRY_IN_CONTEXT;
  TRY(outside_of_capture());
  return wait_for_all();
}

EXPORTED cuGetErrorName(CUresult code, const char **name) {
  ENTRY;
  *name = name_of(code);
  return *name ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

EXPORTED cuGetErrorString(CUresult code, const char **text) { return cuGetErrorName(code, text); }
