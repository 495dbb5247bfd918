// Modules and launches. A module's PTX says which kernels there are and what
// they take; the host build of the same name is what runs.
#include <cstring>
#include <set>
#include "driver.h"

#define EXPORTED extern "C" __attribute__((visibility("default"))) CUresult

struct CUfunc_st {
  const standin::Kernel *kernel;
  standin::Entry entry;
  unsigned most_dynamic_shared = 48 << 10;
};
struct CUmod_st {
  std::map<std::string, standin::Entry> entries;
  std::map<std::string, std::unique_ptr<CUfunc_st>> functions;
};

namespace standin {
namespace {

std::set<CUmodule> modules;
std::set<CUfunction> functions;

// The number behind a word, or 0.
unsigned number_after(std::string_view text, std::string_view word) {
  size_t at = text.find(word);
  return at == text.npos ? 0 : (unsigned)strtoul(text.data() + at + word.size(), nullptr, 10);
}

// The sum of the static shared arrays in an entry: `.shared .align 4 .b8 name[512];`.
unsigned shared_bytes(std::string_view body) {
  unsigned sum = 0;
  for (size_t at = 0; (at = body.find("\t.shared ", at)) != body.npos; at++) {
    std::string_view line = body.substr(at, body.find(';', at) - at);
    size_t width = line.find(" .b");
    if (width != line.npos) sum += number_after(line.substr(width), " .b") / 8 * number_after(line, "[");
  }
  return sum;
}

// An entry from its name on: `name(.param .u64 name_param_0, …) … { … }`; a struct is
// `.param .align 8 .b8 name_param_1[16]`.
Entry parse_entry(std::string_view text) {
  Entry e;
  std::string_view head = text.substr(0, text.find('{')), parameters = head.substr(0, head.find(')'));
  for (size_t at = 0; (at = parameters.find(".param .", at)) != parameters.npos; at++) {
    std::string_view one = parameters.substr(at, parameters.find(',', at) - at);
    size_t kind = one.find_last_of('.');
    int bytes = (int)number_after(one, "[");
    e.argument_bytes.push_back(bytes ? bytes : atoi(one.data() + one.find_first_of("0123456789", kind)) / 8);
  }
  e.static_shared = shared_bytes(text.substr(0, text.find("\n}")));
  unsigned x = number_after(head, ".maxntid ");
  if (x) e.most_threads = x;
  return e;
}

CUresult parse(CUmodule module, std::string_view ptx) {
  if (ptx.find(".version") == ptx.npos) return refuse(CUDA_ERROR_INVALID_IMAGE, "a module that is no PTX");
  unsigned target = number_after(ptx, ".target sm_");
  if ((int)target > settings.compute) return refuse(CUDA_ERROR_NO_BINARY_FOR_GPU, "PTX for sm_%u on a card of sm_%d", target, settings.compute);
  constexpr std::string_view word = ".entry ";
  for (size_t at = 0; (at = ptx.find(word, at)) != ptx.npos;) {
    at += word.size();
    std::string_view rest = ptx.substr(at, ptx.find(word, at) - at);
    module->entries[std::string(rest.substr(0, rest.find_first_of("( \n")))] = parse_entry(rest);
  }
  return CUDA_SUCCESS;
}

const Kernel *find(const char *name) {
  for (const Kernel *k = kernels; k; k = k->next)
    if (!strcmp(k->name, name)) return k;
  return nullptr;
}

bool agree(const Kernel &k, const Entry &e) {
  return (size_t)k.count == e.argument_bytes.size() && std::equal(e.argument_bytes.begin(), e.argument_bytes.end(), k.bytes);
}

CUresult check_shape(const CUfunc_st &f, Index grid, Index dim, unsigned shared) {
  const char *name = f.kernel->name;
  uint64_t threads = (uint64_t)dim.x * dim.y * dim.z;
  if (!grid.x || !grid.y || !grid.z || grid.x > 0x7FFFFFFF || grid.y > 65535 || grid.z > 65535)
    return refuse(CUDA_ERROR_INVALID_VALUE, "%s: a grid of %u×%u×%u blocks", name, grid.x, grid.y, grid.z);
  if (!threads || dim.x > 1024 || dim.y > 1024 || dim.z > 64 || threads > 1024)
    return refuse(CUDA_ERROR_INVALID_VALUE, "%s: a block of %u×%u×%u threads", name, dim.x, dim.y, dim.z);
  if (threads > f.entry.most_threads)
    return refuse(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "%s: a block of %lu threads, built for %u", name, threads, f.entry.most_threads);
  if (shared > f.most_dynamic_shared || f.entry.static_shared + shared > std::max(f.most_dynamic_shared, 48u << 10))
    return refuse(CUDA_ERROR_INVALID_VALUE, "%s: %u + %u bytes of shared memory, allowed %u", name, f.entry.static_shared, shared,
                  f.most_dynamic_shared);
  return CUDA_SUCCESS;
}

// What a launch carries from its issue to its run.
struct Frozen {
  const Kernel *kernel;
  Index grid, dim;
  unsigned shared;
  CUcontext context;
  bool captured;
  std::vector<uint64_t> values;  // the arguments, one after another
  std::vector<size_t> firsts;    // where each begins
};

void execute(const Frozen &frozen) {
  if (frozen.context->broken) return;  // after a fault nothing runs
  counter(frozen.kernel->name).calls++;
  if (CUresult ordered = frozen.captured ? ordered_failure(frozen.kernel->name) : CUDA_SUCCESS) {
    frozen.context->broken = ordered;
    return;
  }
  std::vector<uint64_t> values = frozen.values;  // a kernel may change its arguments
  std::vector<void *> pointers;
  for (size_t first : frozen.firsts) pointers.push_back(&values[first]);
  Launch launch{.kernel = frozen.kernel, .grid = frozen.grid, .dim = frozen.dim, .shared = frozen.shared,
                .arguments = pointers.data(), .order = settings.order, .fault_lock = {}, .fault = {}};
  run(launch);
  note_kernel();
  if (launch.fault.code) frozen.context->broken = refuse((CUresult)launch.fault.code, "%s", launch.fault.text.c_str());
}

}  // namespace
}  // namespace standin

using namespace standin;

EXPORTED cuModuleLoadData(CUmodule *module, const void *image) {
  ENTRY_IN_CONTEXT;
  TRY(outside_of_capture());
  auto made = std::make_unique<CUmod_st>();
  TRY(parse(made.get(), (const char *)image));
  *module = made.release();
  modules.insert(*module);
  return CUDA_SUCCESS;
}

EXPORTED cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned, CUjit_option *, void **) {
  return cuModuleLoadData(module, image);
}

EXPORTED cuModuleUnload(CUmodule module) {
  ENTRY_IN_CONTEXT;
  if (!modules.erase(module)) return CUDA_ERROR_INVALID_HANDLE;
  for (auto &[name, function] : module->functions) functions.erase(function.get());
  delete module;
  return CUDA_SUCCESS;
}

EXPORTED cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  ENTRY_IN_CONTEXT;
  if (!modules.count(module)) return CUDA_ERROR_INVALID_HANDLE;
  auto entry = module->entries.find(name);
  if (entry == module->entries.end()) return CUDA_ERROR_NOT_FOUND;
  const Kernel *kernel = find(name);
  if (!kernel) return refuse(CUDA_ERROR_NOT_FOUND, "%s: in the PTX, not in the host build", name);
  if (!agree(*kernel, entry->second))
    return refuse(CUDA_ERROR_INVALID_IMAGE, "%s: the PTX takes other arguments than the source; run scripts/build-kernels", name);
  auto &made = module->functions[name];
  if (!made) made = std::make_unique<CUfunc_st>(CUfunc_st{kernel, entry->second});
  functions.insert(made.get());
  *function = made.get();
  return CUDA_SUCCESS;
}

EXPORTED cuFuncSetAttribute(CUfunction f, CUfunction_attribute attribute, int value) {
  ENTRY_IN_CONTEXT;
  if (!functions.count(f)) return CUDA_ERROR_INVALID_HANDLE;
  if (attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT) return CUDA_SUCCESS;
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) return CUDA_ERROR_INVALID_VALUE;
  if (value < 0 || (unsigned)value + f->entry.static_shared > most_shared)
    return refuse(CUDA_ERROR_INVALID_VALUE, "%s: %d bytes of dynamic shared memory, at most %u", f->kernel->name, value, most_shared);
  f->most_dynamic_shared = (unsigned)value;
  return CUDA_SUCCESS;
}

EXPORTED cuFuncGetAttribute(int *value, CUfunction_attribute attribute, CUfunction f) {
  ENTRY_IN_CONTEXT;
  if (!functions.count(f)) return CUDA_ERROR_INVALID_HANDLE;
  switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *value = (int)f->entry.most_threads; break;
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: *value = (int)f->entry.static_shared; break;
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: *value = (int)f->most_dynamic_shared; break;
    default: *value = 0;
  }
  return CUDA_SUCCESS;
}

EXPORTED cuLaunchKernel(CUfunction f, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned dim_x, unsigned dim_y,
                        unsigned dim_z, unsigned shared, CUstream stream, void **arguments, void **extra) {
  ENTRY_IN_CONTEXT;
  if (!functions.count(f)) return CUDA_ERROR_INVALID_HANDLE;
  if (extra) return refuse(CUDA_ERROR_NOT_SUPPORTED, "%s: arguments by way of extra", f->kernel->name);
  Frozen frozen{f->kernel, {grid_x, grid_y, grid_z}, {dim_x, dim_y, dim_z}, shared, current, capturing(stream), {}, {}};
  // A launch that a test wants to fail is refused; inside a graph it breaks the context.
  if (!frozen.captured) TRY(ordered_failure(f->kernel->name));
  TRY(check_shape(*f, frozen.grid, frozen.dim, shared));
  for (int i = 0; i < f->kernel->count; i++) {
    size_t first = frozen.values.size(), bytes = (size_t)f->kernel->bytes[i];
    frozen.firsts.push_back(first);
    frozen.values.resize(first + (bytes + 7) / 8);
    memcpy(&frozen.values[first], arguments[i], bytes);
  }
  return submit(stream, [frozen = std::move(frozen)] { execute(frozen); });
}
