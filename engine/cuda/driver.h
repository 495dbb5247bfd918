// What gorgonia.org/cu lacks: lists of launches in one call, capture and replay
// of graphs, page-locked memory, and the attributes of functions. Every function
// makes the context current first, so that it may be called on any thread.
#include <cuda.h>
#include <stdint.h>
#include <string.h>
#include "blas.h"

enum { MAX_PARAMETERS = 64 };

// One launch; its parameters are params[first] to params[first + count − 1] of the
// list, each of which says where in the list's args it begins. A launch without a function is a product of cuBLAS: see blas.h. In a graph
// those aside, in their order, are a branch of its own that comes after what stands
// before them in the list and ends with the list.
typedef struct {
	CUfunction function;
	uint32_t grid[3], block[3], shared;
	uint32_t first, count;
	uint32_t aside; // beside the launches after it, up to the end of the list
} launch_t;

// What happened, and at which launch of the list.
typedef struct {
	CUresult code;
	int at;
} outcome_t;

// Where launches go.
typedef struct {
	CUcontext context;
	CUstream stream;
	CUstream aside;     // where a capture puts launches aside
	CUevent fork, join; // of the two
	blas_t *blas;
} queue_t;

static CUresult launch_one(const queue_t *q, const launch_t *l, uint64_t *args, const uint32_t *params) {
	params += l->first;
	if (!l->function) return blas_multiply(q->blas, args + params[0]) ? CUDA_ERROR_LAUNCH_FAILED : CUDA_SUCCESS;
	void *pointers[MAX_PARAMETERS];
	for (uint32_t i = 0; i < l->count; i++) pointers[i] = args + params[i];
	return cuLaunchKernel(l->function, l->grid[0], l->grid[1], l->grid[2], l->block[0], l->block[1], l->block[2],
		l->shared, q->stream, pointers, 0);
}

// launch_list launches a list; with wait, it waits for each launch, so that a
// failure is told at the launch that it belongs to.
static outcome_t launch_list(queue_t q, const launch_t *list, int n, uint64_t *args, const uint32_t *params, int wait) {
	outcome_t o = {cuCtxSetCurrent(q.context), 0};
	for (; o.code == CUDA_SUCCESS && o.at < n; o.at++) {
		o.code = launch_one(&q, list + o.at, args, params);
		if (o.code == CUDA_SUCCESS && wait) o.code = cuStreamSynchronize(q.stream);
		if (o.code != CUDA_SUCCESS) break;
	}
	return o;
}

// open_branch makes what a capture needs to put launches aside.
static CUresult open_branch(queue_t *q) {
	CUresult r = cuStreamCreate(&q->aside, CU_STREAM_NON_BLOCKING);
	if (r == CUDA_SUCCESS) r = cuEventCreate(&q->fork, CU_EVENT_DISABLE_TIMING);
	if (r == CUDA_SUCCESS) r = cuEventCreate(&q->join, CU_EVENT_DISABLE_TIMING);
	return r;
}

static CUresult close_branch(queue_t *q) {
	CUresult r = cuCtxSetCurrent(q->context);
	if (r == CUDA_SUCCESS && q->aside) r = cuStreamDestroy(q->aside);
	if (r == CUDA_SUCCESS && q->fork) r = cuEventDestroy(q->fork);
	if (r == CUDA_SUCCESS && q->join) r = cuEventDestroy(q->join);
	return r;
}

// follow has what one stream does next come after what another has been given.
static CUresult follow(CUstream next, CUstream before, CUevent event) {
	CUresult r = cuEventRecord(event, before);
	return r == CUDA_SUCCESS ? cuStreamWaitEvent(next, event, 0) : r;
}

// capture_copy captures a list with its branch.
static outcome_t capture_copy(const queue_t *q, const launch_t *list, int n, uint64_t *args, const uint32_t *params) {
	queue_t branch = *q;
	branch.stream = q->aside;
	int forked = 0;
	outcome_t o = {CUDA_SUCCESS, 0};
	for (; o.at < n; o.at++) {
		const launch_t *l = list + o.at;
		if (l->aside && !(o.at && l[-1].aside)) o.code = follow(q->aside, q->stream, q->fork), forked = 1;
		if (o.code == CUDA_SUCCESS) o.code = launch_one(l->aside ? &branch : q, l, args, params);
		if (o.code != CUDA_SUCCESS) return o;
	}
	if (forked) o.code = follow(q->stream, q->aside, q->join);
	return o;
}

// capture_list makes a graph of copies of a list, one after another.
static outcome_t capture_list(CUgraphExec *exec, queue_t q, const launch_t *list, int n, uint64_t *args,
	const uint32_t *params, int copies) {
	outcome_t o = {cuCtxSetCurrent(q.context), 0};
	CUgraph graph = 0;
	if (o.code == CUDA_SUCCESS) o.code = cuStreamBeginCapture(q.stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
	if (o.code != CUDA_SUCCESS) return o;
	for (int i = 0; o.code == CUDA_SUCCESS && i < copies; i++) o = capture_copy(&q, list, n, args, params);
	// Whatever has happened, the capture must end, or the stream is of no more use.
	CUresult ended = cuStreamEndCapture(q.stream, &graph);
	if (o.code == CUDA_SUCCESS) o.code = ended;
	// WithFlags has one signature from CUDA 11.4 to 13; cuGraphInstantiate has two.
	if (o.code == CUDA_SUCCESS) o.code = cuGraphInstantiateWithFlags(exec, graph, 0);
	if (graph) cuGraphDestroy(graph);
	return o;
}

// replay launches one graph some times, and then another some times.
static CUresult replay(queue_t q, CUgraphExec first, int n, CUgraphExec second, int m) {
	CUresult r = cuCtxSetCurrent(q.context);
	for (; r == CUDA_SUCCESS && n > 0; n--) r = cuGraphLaunch(first, q.stream);
	for (; r == CUDA_SUCCESS && m > 0; m--) r = cuGraphLaunch(second, q.stream);
	return r;
}

static CUresult destroy_graph(CUcontext context, CUgraphExec exec) {
	CUresult r = cuCtxSetCurrent(context);
	return r == CUDA_SUCCESS ? cuGraphExecDestroy(exec) : r;
}

static CUresult wait_for(queue_t q) {
	CUresult r = cuCtxSetCurrent(q.context);
	return r == CUDA_SUCCESS ? cuStreamSynchronize(q.stream) : r;
}

// upload and download go through page-locked memory: the driver copies from and
// to other memory by way of buffers of its own, and waits on every stream.
static CUresult upload(queue_t q, CUdeviceptr to, const void *from, size_t n, void *staging, size_t room) {
	CUresult r = cuCtxSetCurrent(q.context);
	for (size_t done = 0; r == CUDA_SUCCESS && done < n; done += room) {
		size_t piece = n - done < room ? n - done : room;
		memcpy(staging, (const char *)from + done, piece);
		r = cuMemcpyHtoDAsync(to + done, staging, piece, q.stream);
		if (r == CUDA_SUCCESS) r = cuStreamSynchronize(q.stream);
	}
	return r;
}

static CUresult download(queue_t q, void *to, CUdeviceptr from, size_t n, void *staging, size_t room) {
	CUresult r = cuCtxSetCurrent(q.context);
	for (size_t done = 0; r == CUDA_SUCCESS && done < n; done += room) {
		size_t piece = n - done < room ? n - done : room;
		r = cuMemcpyDtoHAsync(staging, from + done, piece, q.stream);
		if (r == CUDA_SUCCESS) r = cuStreamSynchronize(q.stream);
		if (r == CUDA_SUCCESS) memcpy((char *)to + done, staging, piece);
	}
	return r;
}

// pin allocates page-locked memory that the card can read over the bus; with
// unified addressing its device address is its host address.
static CUresult pin(CUcontext context, void **p, size_t n) {
	CUresult r = cuCtxSetCurrent(context);
	return r == CUDA_SUCCESS ? cuMemHostAlloc(p, n, CU_MEMHOSTALLOC_DEVICEMAP) : r;
}

static CUresult unpin(CUcontext context, uint64_t address) {
	CUresult r = cuCtxSetCurrent(context);
	return r == CUDA_SUCCESS ? cuMemFreeHost((void *)address) : r;
}

static CUresult allow_shared(CUcontext context, CUfunction f, int bytes) {
	CUresult r = cuCtxSetCurrent(context);
	return r == CUDA_SUCCESS ? cuFuncSetAttribute(f, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes) : r;
}
