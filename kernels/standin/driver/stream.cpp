// Streams, events, captures and graphs. Work runs as it is issued or, in lazy
// mode, when something waits for it; never before what it comes after. So do the
// branches of a graph: in lazy mode each runs where it is joined.
#include <algorithm>
#include <chrono>
#include <set>
#include "driver.h"

#define EXPORTED extern "C" __attribute__((visibility("default"))) CUresult

namespace standin {
namespace {

CUstream_st null_queue;  // the legacy stream of every context
std::set<CUstream> streams;
std::set<CUevent> events;
std::set<CUgraph> graphs;
std::set<CUgraphExec> programs;

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Runs a stream's work up to a position.
void run_until(CUstream_st &s, uint64_t position) {
  while (!s.queue.empty() && s.done < position) {
    Work work = std::move(s.queue.front());
    s.queue.pop_front();
    work();
    s.done++;
  }
}

void run_all(CUstream_st &s) { run_until(s, ~0ull); }

// Gives a branch's work its place among the nodes, up to a position.
void place_until(CUstream_st &s, uint64_t position) {
  for (; s.placed < position; s.placed++) {
    s.capture->nodes.push_back(std::move(s.branch.front()));
    s.branch.pop_front();
  }
}

void end_branch(CUstream_st &s) {
  s.capture = nullptr;
  s.branch.clear();
  s.branched = s.placed = s.joined = 0;
}

// The null stream comes after the work of the streams that wait for it.
void run_blocking_streams() {
  for (CUstream s : streams)
    if (s->blocking) run_all(*s);
}

}  // namespace

bool known(CUstream stream) { return !stream || streams.count(stream); }

bool capturing(CUstream stream) { return stream && known(stream) && stream->capture; }

CUresult outside_of_capture() {
  bool any = false;
  for (CUstream s : streams)
    if (s->capture) s->spoilt = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, any = true;
  return any ? refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "%s", "a call that may not happen while a stream is captured")
             : CUDA_SUCCESS;
}

CUresult submit(CUstream stream, Work work) {
  if (!known(stream)) return CUDA_ERROR_INVALID_HANDLE;
  if (stream && stream->capture) {
    if (stream->spoilt) return stream->spoilt;
    if (stream == stream->capture->origin) {
      stream->capture->nodes.push_back(std::move(work));
      return CUDA_SUCCESS;
    }
    stream->branch.push_back(std::move(work));
    stream->branched++;
    if (!settings.lazy) place_until(*stream, stream->branched);
    return CUDA_SUCCESS;
  }
  if (!stream) {
    if (outside_of_capture()) return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    run_blocking_streams();
  } else if (stream->blocking) {
    run_all(null_queue);
  }
  CUstream_st &s = stream ? *stream : null_queue;
  s.queue.push_back(std::move(work));
  s.issued++;
  if (!settings.lazy) run_all(s);
  return CUDA_SUCCESS;
}

CUresult wait_for(CUstream stream) {
  if (!known(stream)) return CUDA_ERROR_INVALID_HANDLE;
  if (stream && stream->capture) return outside_of_capture();
  if (!stream) run_blocking_streams();
  run_all(stream ? *stream : null_queue);
  check_canaries();
  return current->broken;
}

CUresult wait_for_all() {
  for (CUstream s : streams) run_all(*s);
  return wait_for(null_stream);
}

void forget_streams(CUcontext context) {
  run_all(null_queue);
  for (auto i = streams.begin(); i != streams.end();) {
    CUstream s = *i++;
    if (s->context != context) continue;
    run_all(*s);
    streams.erase(s);
    delete s;
  }
  for (auto i = events.begin(); i != events.end();) {
    CUevent e = *i++;
    if (e->context != context) continue;
    events.erase(e);
    delete e;
  }
}

}  // namespace standin

using namespace standin;

EXPORTED cuStreamCreate(CUstream *stream, unsigned flags) {
  ENTRY_IN_CONTEXT;
  *stream = new CUstream_st{.context = current, .blocking = !(flags & CU_STREAM_NON_BLOCKING)};
  streams.insert(*stream);
  return CUDA_SUCCESS;
}

EXPORTED cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int) { return cuStreamCreate(stream, flags); }

EXPORTED cuStreamDestroy(CUstream stream) {
  ENTRY_IN_CONTEXT;
  if (!stream || !known(stream)) return CUDA_ERROR_INVALID_HANDLE;
  run_all(*stream);
  for (CUevent e : events)
    if (e->stream == stream) e->stream = nullptr;
  streams.erase(stream);
  delete stream;
  return CUDA_SUCCESS;
}

EXPORTED cuStreamSynchronize(CUstream stream) {
  ENTRY_IN_CONTEXT;
  return wait_for(stream);
}

EXPORTED cuStreamQuery(CUstream stream) {
  ENTRY_IN_CONTEXT;
  if (!known(stream)) return CUDA_ERROR_INVALID_HANDLE;
  return (stream ? *stream : null_queue).queue.empty() ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

EXPORTED cuLaunchHostFunc(CUstream stream, CUhostFn function, void *data) {
  ENTRY_IN_CONTEXT;
  return submit(stream, [=] { function(data); });
}

EXPORTED cuStreamGetFlags(CUstream stream, unsigned *flags) {
  ENTRY_IN_CONTEXT;
  if (!known(stream)) return CUDA_ERROR_INVALID_HANDLE;
  *flags = stream && !stream->blocking ? CU_STREAM_NON_BLOCKING : CU_STREAM_DEFAULT;
  return CUDA_SUCCESS;
}

EXPORTED cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  ENTRY_IN_CONTEXT;
  if (!known(stream) || !events.count(event)) return CUDA_ERROR_INVALID_HANDLE;
  if (event->capture) {  // the waiting stream joins the capture
    if (!stream) return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    if (stream->capture && stream->capture != event->capture) return CUDA_ERROR_STREAM_CAPTURE_MERGE;
    stream->capture = event->capture;
    if (CUstream other = event->stream; other != stream && other != event->capture->origin) {
      place_until(*other, event->position);
      other->joined = std::max(other->joined, event->position);
    }
    return CUDA_SUCCESS;
  }
  if (stream && stream->capture) return refuse(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "a captured stream waits for an event outside of its capture");
  CUstream other = event->stream;
  uint64_t position = event->position;
  if (!other || other == stream) return CUDA_SUCCESS;
  return submit(stream, [=] { run_until(*other, position); });
}

EXPORTED cuEventCreate(CUevent *event, unsigned) {
  ENTRY_IN_CONTEXT;
  *event = new CUevent_st{.context = current};
  events.insert(*event);
  return CUDA_SUCCESS;
}

EXPORTED cuEventDestroy(CUevent event) {
  ENTRY_IN_CONTEXT;
  if (!events.erase(event)) return CUDA_ERROR_INVALID_HANDLE;
  wait_for_all();  // work that marks it may still lie in a queue
  delete event;
  return CUDA_SUCCESS;
}

EXPORTED cuEventRecord(CUevent event, CUstream stream) {
  ENTRY_IN_CONTEXT;
  if (!known(stream) || !events.count(event)) return CUDA_ERROR_INVALID_HANDLE;
  event->capture = stream ? stream->capture : nullptr;
  event->stream = stream ? stream : &null_queue;
  if (event->capture) {
    event->position = stream->branched;
    return CUDA_SUCCESS;
  }
  event->recorded_ms = -1;
  event->position = event->stream->issued + 1;
  return submit(stream, [=] { event->recorded_ms = now_ms(); });
}

EXPORTED cuEventSynchronize(CUevent event) {
  ENTRY_IN_CONTEXT;
  if (!events.count(event)) return CUDA_ERROR_INVALID_HANDLE;
  if (event->capture) return outside_of_capture();
  if (event->stream) run_until(*event->stream, event->position);
  check_canaries();
  return current->broken;
}

EXPORTED cuEventQuery(CUevent event) {
  ENTRY_IN_CONTEXT;
  if (!events.count(event)) return CUDA_ERROR_INVALID_HANDLE;
  return event->stream && event->stream->done < event->position ? CUDA_ERROR_NOT_READY : CUDA_SUCCESS;
}

EXPORTED cuEventElapsedTime(float *ms, CUevent from, CUevent to) {
  ENTRY_IN_CONTEXT;
  if (!events.count(from) || !events.count(to)) return CUDA_ERROR_INVALID_HANDLE;
  if (!from->stream || !to->stream) return CUDA_ERROR_INVALID_HANDLE;
  if (from->recorded_ms < 0 || to->recorded_ms < 0) return CUDA_ERROR_NOT_READY;
  *ms = (float)(to->recorded_ms - from->recorded_ms);
  return CUDA_SUCCESS;
}

EXPORTED cuStreamBeginCapture(CUstream stream, CUstreamCaptureMode) {
  ENTRY_IN_CONTEXT;
  if (!stream) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (!known(stream)) return CUDA_ERROR_INVALID_HANDLE;
  if (stream->capture) return CUDA_ERROR_ILLEGAL_STATE;
  stream->capture = new CUgraph_st{.nodes = {}, .origin = stream};
  stream->spoilt = CUDA_SUCCESS;
  return CUDA_SUCCESS;
}

EXPORTED cuStreamEndCapture(CUstream stream, CUgraph *graph) {
  ENTRY_IN_CONTEXT;
  if (!stream || !known(stream)) return CUDA_ERROR_INVALID_HANDLE;
  if (!stream->capture || stream->capture->origin != stream) return CUDA_ERROR_ILLEGAL_STATE;
  CUgraph captured = stream->capture;
  for (CUstream s : streams) {
    if (s->capture != captured) continue;
    if (s->joined < s->branched && !stream->spoilt)
      stream->spoilt = refuse(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "%s", "a branch of the capture has not been joined");
    end_branch(*s);
  }
  for (CUevent e : events)
    if (e->capture == captured) e->capture = nullptr;
  *graph = nullptr;
  if (stream->spoilt) {
    delete captured;
    return stream->spoilt;
  }
  graphs.insert(captured);
  *graph = captured;
  return CUDA_SUCCESS;
}

EXPORTED cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus *status) {
  ENTRY_IN_CONTEXT;
  if (!known(stream)) return CUDA_ERROR_INVALID_HANDLE;
  bool active = stream && stream->capture;
  *status = !active ? CU_STREAM_CAPTURE_STATUS_NONE : stream->spoilt ? CU_STREAM_CAPTURE_STATUS_INVALIDATED : CU_STREAM_CAPTURE_STATUS_ACTIVE;
  return CUDA_SUCCESS;
}

EXPORTED cuGraphGetNodes(CUgraph graph, CUgraphNode *nodes, size_t *count) {
  ENTRY;
  if (!graphs.count(graph)) return CUDA_ERROR_INVALID_HANDLE;
  if (nodes) return refuse(CUDA_ERROR_NOT_SUPPORTED, "cuGraphGetNodes: the stand-in tells only how many there are");
  *count = graph->nodes.size();
  return CUDA_SUCCESS;
}

EXPORTED cuGraphInstantiateWithFlags(CUgraphExec *program, CUgraph graph, unsigned long long) {
  ENTRY_IN_CONTEXT;
  if (!graphs.count(graph)) return CUDA_ERROR_INVALID_HANDLE;
  *program = new CUgraphExec_st{std::make_shared<const std::vector<Work>>(graph->nodes)};
  programs.insert(*program);
  return CUDA_SUCCESS;
}

EXPORTED cuGraphUpload(CUgraphExec program, CUstream stream) {
  ENTRY_IN_CONTEXT;
  return programs.count(program) && known(stream) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

EXPORTED cuGraphLaunch(CUgraphExec program, CUstream stream) {
  ENTRY_IN_CONTEXT;
  if (!programs.count(program)) return CUDA_ERROR_INVALID_HANDLE;
  return submit(stream, [nodes = program->nodes] {
    for (const Work &node : *nodes) node();
  });
}

EXPORTED cuGraphExecDestroy(CUgraphExec program) {
  ENTRY;
  if (!programs.erase(program)) return CUDA_ERROR_INVALID_HANDLE;
  delete program;
  return CUDA_SUCCESS;
}

EXPORTED cuGraphDestroy(CUgraph graph) {
  ENTRY;
  if (!graphs.erase(graph)) return CUDA_ERROR_INVALID_HANDLE;
  delete graph;
  return CUDA_SUCCESS;
}
