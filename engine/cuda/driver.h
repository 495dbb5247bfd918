// What gorgonia.org/cu lacks: lists of launches in one call, capture and replay
// of graphs, page-locked memory, and the attributes of functions. Every function
// makes the context current first, so that it may be called on any thread.
#include <cuda.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "blas.h"

enum { MAX_PARAMETERS = 64, LANES = 4 };

// One launch; its parameters are params[first] to params[first + count − 1] of the
// list, each of which says where in the list's args it begins. A launch without a function is a product of
// cuBLAS: see blas.h. In a graph it comes after the launch before it in its lane, and after the launches
// waits[first_wait] to waits[first_wait + wait_count − 1].
typedef struct {
	CUfunction function;
	uint32_t grid[3], block[3], shared;
	uint32_t first, count;
	uint32_t lane, first_wait, wait_count;
} launch_t;

// Launches in their order; the last of the waits are what the end of the list waits for.
typedef struct {
	const launch_t *launches;
	int n;
	uint64_t *args;
	const uint32_t *params, *waits;
	int wait_count;
} list_t;

// What happened, and at which launch of the list.
typedef struct {
	CUresult code;
	int at;
} outcome_t;

// Where launches go.
typedef struct {
	CUcontext context;
	CUstream stream;
	CUstream lanes[LANES]; // where a capture puts launches; the first is the stream
	blas_t *blas;
} queue_t;

static CUresult launch_one(const queue_t *q, CUstream stream, list_t l, int at) {
	const launch_t *it = l.launches + at;
	const uint32_t *params = l.params + it->first;
	if (!it->function) return blas_multiply(q->blas, l.args + params[0]) ? CUDA_ERROR_LAUNCH_FAILED : CUDA_SUCCESS;
	void *pointers[MAX_PARAMETERS];
	for (uint32_t i = 0; i < it->count; i++) pointers[i] = l.args + params[i];
	return cuLaunchKernel(it->function, it->grid[0], it->grid[1], it->grid[2], it->block[0], it->block[1], it->block[2],
		it->shared, stream, pointers, 0);
}

// launch_list launches a list; with wait, it waits for each launch, so that a
// failure is told at the launch that it belongs to.
static outcome_t launch_list(queue_t q, list_t l, int wait) {
	outcome_t o = {cuCtxSetCurrent(q.context), 0};
	for (; o.code == CUDA_SUCCESS && o.at < l.n; o.at++) {
		o.code = launch_one(&q, q.stream, l, o.at);
		if (o.code == CUDA_SUCCESS && wait) o.code = cuStreamSynchronize(q.stream);
		if (o.code != CUDA_SUCCESS) break;
	}
	return o;
}

// open_lanes makes what a capture needs to put launches beside others.
static CUresult open_lanes(queue_t *q) {
	CUresult r = CUDA_SUCCESS;
	q->lanes[0] = q->stream;
	for (int i = 1; i < LANES && r == CUDA_SUCCESS; i++) r = cuStreamCreate(&q->lanes[i], CU_STREAM_NON_BLOCKING);
	return r;
}

static CUresult close_lanes(queue_t *q) {
	CUresult r = cuCtxSetCurrent(q->context);
	for (int i = 1; i < LANES; i++)
		if (r == CUDA_SUCCESS && q->lanes[i]) r = cuStreamDestroy(q->lanes[i]);
	return r;
}

// wait_for_launches has what a stream does next come after launches of the list, whose ends are events.
static CUresult wait_for_launches(CUstream next, const uint32_t *waits, uint32_t count, const CUevent *ends) {
	CUresult r = CUDA_SUCCESS;
	for (uint32_t i = 0; i < count && r == CUDA_SUCCESS; i++) r = cuStreamWaitEvent(next, ends[waits[i]], 0);
	return r;
}

// capture_copy captures a list. The event after those of the launches is that of its beginning.
static outcome_t capture_copy(const queue_t *q, list_t l, const CUevent *ends) {
	int entered[LANES] = {1};
	outcome_t o = {cuEventRecord(ends[l.n], q->stream), 0};
	for (; o.code == CUDA_SUCCESS && o.at < l.n; o.at++) {
		const launch_t *it = l.launches + o.at;
		CUstream lane = q->lanes[it->lane];
		if (!entered[it->lane]) o.code = cuStreamWaitEvent(lane, ends[l.n], 0), entered[it->lane] = 1;
		if (o.code == CUDA_SUCCESS) o.code = wait_for_launches(lane, l.waits + it->first_wait, it->wait_count, ends);
		if (o.code == CUDA_SUCCESS) o.code = launch_one(q, lane, l, o.at);
		if (o.code == CUDA_SUCCESS) o.code = cuEventRecord(ends[o.at], lane);
		if (o.code != CUDA_SUCCESS) return o;
	}
	int first = l.n ? l.launches[l.n - 1].first_wait + l.launches[l.n - 1].wait_count : 0;
	if (o.code == CUDA_SUCCESS) o.code = wait_for_launches(q->stream, l.waits + first, l.wait_count - first, ends);
	return o;
}

// capture_graph makes a graph of copies of a list, one after another.
static outcome_t capture_graph(CUgraphExec *exec, const queue_t *q, list_t l, int copies, const CUevent *ends) {
	CUgraph graph = 0;
	outcome_t o = {cuStreamBeginCapture(q->stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), 0};
	if (o.code != CUDA_SUCCESS) return o;
	for (int i = 0; o.code == CUDA_SUCCESS && i < copies; i++) o = capture_copy(q, l, ends);
	// Whatever has happened, the capture must end, or the stream is of no more use.
	CUresult ended = cuStreamEndCapture(q->stream, &graph);
	if (o.code == CUDA_SUCCESS) o.code = ended;
	// WithFlags has one signature from CUDA 11.4 to 13; cuGraphInstantiate has two.
	if (o.code == CUDA_SUCCESS) o.code = cuGraphInstantiateWithFlags(exec, graph, 0);
	if (graph) cuGraphDestroy(graph);
	return o;
}

// capture_list is capture_graph with its events, which are no more than marks in a capture.
static outcome_t capture_list(CUgraphExec *exec, queue_t q, list_t l, int copies) {
	outcome_t o = {cuCtxSetCurrent(q.context), 0};
	CUevent *ends = calloc(l.n + 1, sizeof *ends);
	if (o.code == CUDA_SUCCESS && !ends) o.code = CUDA_ERROR_OUT_OF_MEMORY;
	for (int i = 0; o.code == CUDA_SUCCESS && i <= l.n; i++) o.code = cuEventCreate(&ends[i], CU_EVENT_DISABLE_TIMING);
	if (o.code == CUDA_SUCCESS) o = capture_graph(exec, &q, l, copies, ends);
	for (int i = 0; ends && i <= l.n && ends[i]; i++) cuEventDestroy(ends[i]);
	free(ends);
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
