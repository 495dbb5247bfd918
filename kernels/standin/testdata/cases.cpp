// One case a run: `cases NAME` does something on the stand-in driver and prints
// the codes and numbers that came of it. What they should be is in standin_test.go.
#include <cuda.h>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

extern "C" int standin_set(const char *name, const char *value);
extern "C" const char *standin_counter(int number, uint64_t *calls);
extern "C" void standin_reset(void);

static CUcontext context;
static CUstream stream;

static void show(const char *what, CUresult code) {
  const char *name = "?";
  cuGetErrorName(code, &name);
  printf("%s: %s\n", what, name);
}

// A module that declares one kernel of the fixtures with some arguments.
static CUfunction load(const std::string &kernel, int arguments, const char *kind = "u64", const char *directives = "") {
  std::string ptx = ".version 7.8\n.target sm_70\n.visible .entry " + kernel + "(\n";
  for (int i = 0; i < arguments; i++)
    ptx += std::string(i ? ",\n" : "") + "\t.param ." + (i == 1 && kernel == "add" ? "f64" : kind) + " " + kernel + "_param_" + std::to_string(i);
  ptx += "\n)" + std::string(directives) + "\n{\n\tret;\n}\n";
  CUmodule module;
  CUfunction f = nullptr;
  if (CUresult r = cuModuleLoadData(&module, ptx.c_str())) show("load", r);
  if (CUresult r = cuModuleGetFunction(&f, module, kernel.c_str())) show("function", r);
  return f;
}

static CUresult launch(CUfunction f, unsigned threads, std::vector<uint64_t> values, unsigned shared = 0) {
  std::vector<void *> pointers;
  for (uint64_t &v : values) pointers.push_back(&v);
  return cuLaunchKernel(f, 1, 1, 1, threads, 1, 1, shared, stream, pointers.data(), nullptr);
}

static CUdeviceptr floats(size_t n, float value = 0) {
  CUdeviceptr p = 0;
  if (CUresult r = cuMemAlloc(&p, 4 * n)) show("alloc", r);
  cuMemsetD32Async(p, *(unsigned *)&value, n, stream);
  cuStreamSynchronize(stream);
  return p;
}

static std::vector<float> read(CUdeviceptr p, size_t n) {
  std::vector<float> host(n);
  show("sync", cuStreamSynchronize(stream));
  show("read", cuMemcpyDtoH(host.data(), p, 4 * n));
  return host;
}

static void print(const std::vector<float> &v) {
  for (float f : v) printf("%g ", (double)f);
  printf("\n");
}

static uint64_t bits(double v) {
  uint64_t b;
  memcpy(&b, &v, sizeof b);
  return b;
}

// Runs a kernel on fresh floats and shows what became of it.
static void run(const char *kernel, unsigned threads, size_t n, std::vector<uint64_t> more = {}, unsigned shared = 0) {
  CUdeviceptr y = floats(n);
  more.insert(more.begin(), y);
  show("launch", launch(load(kernel, (int)more.size()), threads, more, shared));
  std::vector<float> got = read(y, n);
  if (n <= 32) print(got);
}

// Runs a kernel of 256 threads that lacks a barrier, and compares with what it means.
static void missing(const char *kernel, int (*meant)(int thread)) {
  CUdeviceptr y = floats(256);
  launch(load(kernel, 1), 256, {y});
  std::vector<float> got = read(y, 256);
  int wrong = 0;
  for (int t = 0; t < 256; t++) wrong += got[(size_t)t] != meant(t);
  printf("wrong: %s\n", wrong ? "some" : "none");
}

static void read_outside(int64_t at) {
  CUdeviceptr x = floats(1024);
  run("read_at", 32, 32, {x, (uint64_t)at});
}

static void misaligned() {
  CUdeviceptr x = floats(64);
  run("vector_at", 4, 16, {x, 1});
}

static void broken_context() {
  run("trap", 1, 4);
  show("later", cuMemFree(floats(4)));
  cuCtxDestroy(context);
  show("stale", cuCtxSetCurrent(context));
  cuCtxCreate(&context, 0, 0);
  cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING);
  CUdeviceptr y = floats(2, 3);
  print(read(y, 2));
}

static void no_context() {
  cuCtxSetCurrent(nullptr);
  CUdeviceptr p;
  show("alloc", cuMemAlloc(&p, 4));
}

static void allocation_in_capture() {
  CUdeviceptr p;
  CUgraph graph;
  show("begin", cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
  show("alloc", cuMemAlloc(&p, 4));
  show("end", cuStreamEndCapture(stream, &graph));
}

static void wait_in_capture() {
  CUgraph graph;
  cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
  show("wait", cuStreamSynchronize(stream));
  show("end", cuStreamEndCapture(stream, &graph));
}

static void oversized_copy() {
  CUdeviceptr p = floats(4);
  float host[8] = {};
  show("copy", cuMemcpyHtoD(p, host, sizeof host));
  show("fill", cuMemsetD32(p, 0, 5));
  show("free", cuMemFree(p + 4));
}

static void limits() {
  CUfunction add = load("add", 2), bounded = load("add", 2, "u64", "\n.maxntid 128, 1, 1");
  CUdeviceptr y = floats(1024);
  show("1025 threads", launch(add, 1025, {y, 0}));
  show("no threads", launch(add, 0, {y, 0}));
  show("beyond launch bounds", launch(bounded, 256, {y, 0}));
  show("49 KB", launch(add, 32, {y, 0}, 49 << 10));
  show("allow", cuFuncSetAttribute(add, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 49 << 10));
  show("49 KB", launch(add, 32, {y, 0}, 49 << 10));
  show("228 KB", cuFuncSetAttribute(add, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 228 << 10));
  void *arguments[] = {&y, &y};
  show("65536 rows", cuLaunchKernel(add, 1, 65536, 1, 1, 1, 1, 0, stream, arguments, nullptr));
  show("no stream", cuLaunchKernel(add, 1, 1, 1, 1, 1, 1, 0, (CUstream)&y, arguments, nullptr));
}

static void drift() {
  load("add", 3);
  load("add", 2, "u32");
  load("nothing", 1);
}

// A graph keeps the arguments that it was captured with.
static void graph() {
  CUdeviceptr y = floats(4);
  CUfunction add = load("add", 2);
  CUgraph captured;
  CUgraphExec program;
  cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
  uint64_t amount = bits(1);
  void *arguments[] = {&y, &amount};
  for (int i = 0; i < 2; i++) cuLaunchKernel(add, 1, 1, 1, 4, 1, 1, 0, stream, arguments, nullptr);
  amount = bits(100);
  show("end", cuStreamEndCapture(stream, &captured));
  show("instantiate", cuGraphInstantiateWithFlags(&program, captured, 0));
  size_t nodes = 0;
  cuGraphGetNodes(captured, nullptr, &nodes);
  cuGraphDestroy(captured);
  standin_reset();
  for (int i = 0; i < 3; i++) show("replay", cuGraphLaunch(program, stream));
  print(read(y, 4));
  uint64_t calls;
  for (int i = 0; const char *name = standin_counter(i, &calls); i++)
    if (calls) printf("%s %lu\n", name, calls);
  printf("nodes %zu\n", nodes);
}

// Work that nobody waits for has not been done when it is late.
static void late() {
  CUdeviceptr y = floats(4, 1);
  float *pinned;
  cuMemHostAlloc((void **)&pinned, 16, 0);
  pinned[0] = 7;
  cuMemcpyDtoHAsync(pinned, y, 16, stream);
  printf("before waiting: %g\n", (double)pinned[0]);
  cuStreamSynchronize(stream);
  printf("after: %g\n", (double)pinned[0]);
  launch(load("add", 2), 4, {y, bits(1)});
  float host;
  cuMemcpyDtoH(&host, y, 4);  // waits for the null stream, and not for ours
  printf("past the stream: %g\n", (double)host);
  pinned[0] = 5;
  cuMemcpyHtoDAsync(y, pinned, 4, stream);
  pinned[0] = 6;
  printf("as copied: %g\n", (double)read(y, 1)[0]);
}

static void events() {
  CUevent done;
  CUstream other;
  cuEventCreate(&done, 0);
  cuStreamCreate(&other, CU_STREAM_NON_BLOCKING);
  CUdeviceptr y = floats(4);
  CUfunction add = load("add", 2);
  launch(add, 4, {y, bits(1)});
  show("record", cuEventRecord(done, stream));
  launch(add, 4, {y, bits(2)});
  show("wait", cuStreamWaitEvent(other, done, 0));
  float *pinned;
  cuMemHostAlloc((void **)&pinned, 16, 0);
  cuMemcpyDtoHAsync(pinned, y, 16, other);
  cuStreamSynchronize(other);
  printf("at the event: %g\n", (double)pinned[0]);
  print(read(y, 4));
}

// A graph with a branch that changes y, beside a copy of y.
static void capture_branch(bool joined) {
  CUevent event;
  CUstream branch;
  CUgraph captured;
  CUgraphExec program;
  cuEventCreate(&event, 0);
  cuStreamCreate(&branch, CU_STREAM_NON_BLOCKING);
  CUdeviceptr y = floats(4, 1), copy = floats(4);
  CUfunction add = load("add", 2);
  cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
  launch(add, 4, {y, bits(1)});
  cuEventRecord(event, stream);
  cuStreamWaitEvent(branch, event, 0);
  std::swap(stream, branch);
  launch(add, 4, {y, bits(10)});
  cuEventRecord(event, stream);
  std::swap(stream, branch);
  cuMemcpyDtoDAsync(copy, y, 16, stream);
  if (joined) cuStreamWaitEvent(stream, event, 0);
  launch(add, 4, {y, bits(100)});
  show("end", cuStreamEndCapture(stream, &captured));
  if (!joined) return;
  cuGraphInstantiateWithFlags(&program, captured, 0);
  cuGraphLaunch(program, stream);
  print(read(y, 4));
  print(read(copy, 4));
}

static void branch() { capture_branch(true); }
static void branch_not_joined() { capture_branch(false); }

static void memory_is_limited() {
  CUdeviceptr p;
  size_t available, total;
  cuMemGetInfo(&available, &total);
  printf("%zu of %zu\n", available, total);
  show("too much", cuMemAlloc(&p, total + 1));
  show("all", cuMemAlloc(&p, total));
  show("more", cuMemAlloc(&p, 1));
  show("free", cuMemFree(p));
  cuMemGetInfo(&available, &total);
  printf("%zu of %zu\n", available, total);
}

static void ordered_failures() {
  CUdeviceptr y = floats(4);
  CUfunction add = load("add", 2);
  standin_set("fail", "add:2:719,cuMemAlloc_v2:1:2");
  show("first", launch(add, 4, {y, 0}));
  show("second", launch(add, 4, {y, 0}));
  show("third", launch(add, 4, {y, 0}));
  CUdeviceptr p;
  show("alloc", cuMemAlloc(&p, 4));
}

static void copies(uint64_t groups) {
  CUdeviceptr x = floats(4, 3);
  run("copied", 32, 3, {x, groups});
}

static void product() {
  CUdeviceptr a = floats(128), b = floats(64), c = floats(128);
  std::vector<float> left(128), right(64), got(128);
  for (int i = 0; i < 128; i++) left[(size_t)i] = (float)(i % 13 - 6);
  for (int i = 0; i < 64; i++) right[(size_t)i] = (float)(i % 7 - 3);
  cuMemcpyHtoD(a, left.data(), 512);
  cuMemcpyHtoD(b, right.data(), 256);
  show("launch", launch(load("product", 3), 32, {c, a, b}));
  got = read(c, 128);
  int wrong = 0;
  for (size_t i = 0; i < 16; i++)
    for (size_t j = 0; j < 8; j++) {
      float want = 0;
      for (size_t k = 0; k < 8; k++) want += left[i * 8 + k] * right[k * 8 + j];
      wrong += got[i * 8 + j] != want;
    }
  printf("wrong: %d\n", wrong);
}

static void unwritten() {
  CUdeviceptr y = floats(64);
  launch(load("unwritten", 1), 64, {y}, 256);
  int numbers = 0;
  for (float f : read(y, 64)) numbers += !std::isnan(f);
  CUdeviceptr p;
  cuMemAlloc(&p, 4);
  float host;
  cuMemcpyDtoH(&host, p, 4);
  printf("numbers: %d\n", numbers + !std::isnan(host));
}

static const std::map<std::string, std::function<void()>> cases = {
    {"barrier_before_reading", [] { missing("barrier_before_reading", [](int t) { return t ? t - 1 : 0; }); }},
    {"barrier_before_writing", [] { missing("barrier_before_writing", [](int t) { return (t / 32 + 7) % 8 * 32; }); }},
    {"two_barriers", [] { run("two_barriers", 64, 64); }},
    {"deadlock", [] { run("deadlock", 64, 64); }},
    {"split_warp", [] { run("split_warp", 32, 32); }},
    {"write_past_the_end", [] { run("write_at", 32, 1024, {1024}); }},
    {"write_just_past_the_end", [] { run("write_at", 32, 5, {5}); }},
    {"write_before_the_start", [] { run("write_at", 32, 5, {(uint64_t)-1}); }},
    {"read_past_the_end", [] { read_outside(1024); }},
    {"read_null", [] { run("read_at", 32, 32, {0, 0}); }},
    {"misaligned", misaligned},
    {"static_shared", [] { run("shared_at", 64, 64, {1}); }},
    {"dynamic_shared", [] { run("dynamic_at", 1, 1, {64}, 256); }},
    {"unwritten", unwritten},
    {"division", [] { run("divide", 1, 8, {0}); }},
    {"broken_context", broken_context},
    {"no_context", no_context},
    {"allocation_in_capture", allocation_in_capture},
    {"wait_in_capture", wait_in_capture},
    {"branch", branch},
    {"branch_not_joined", branch_not_joined},
    {"oversized_copy", oversized_copy},
    {"limits", limits},
    {"drift", drift},
    {"graph", graph},
    {"late", late},
    {"events", events},
    {"memory_is_limited", memory_is_limited},
    {"ordered_failures", ordered_failures},
    {"copies_waited_for", [] { copies(0); }},
    {"copies_read_early", [] { copies(1); }},
    {"product", product},
    {"collectives", [] { run("collectives", 32, 13); }},
};

int main(int count, char **arguments) {
  auto found = cases.find(count == 2 ? arguments[1] : "");
  if (found == cases.end()) return 2;
  setvbuf(stdout, nullptr, _IONBF, 0);
  if (CUresult r = cuInit(0)) {
    show("init", r);
    return 0;
  }
  cuCtxCreate(&context, 0, 0);
  cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING);
  found->second();
}
