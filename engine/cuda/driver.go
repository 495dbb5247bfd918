//go:build cuda

package cuda

/*
#cgo CFLAGS: -I/usr/local/cuda/include
#cgo LDFLAGS: -lcuda -ldl
#include "driver.h"
*/
import "C"

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"gorgonia.org/cu"

	"ssdgm/engine"
)

// result is a CUresult with the driver's name for it.
type result C.CUresult

// Error is the name in words: CUDA_ERROR_ILLEGAL_ADDRESS is "illegal address".
func (r result) Error() string {
	var name *C.char
	if C.cuGetErrorName(C.CUresult(r), &name) != C.CUDA_SUCCESS {
		return fmt.Sprintf("error %d of the driver", int(r))
	}
	words := strings.TrimPrefix(C.GoString(name), "CUDA_ERROR_")
	return strings.ToLower(strings.ReplaceAll(words, "_", " "))
}

// programFaults are the results that a sound card gives to a program or an installation that is not. All others may come
// of the card or of its node: memory errors that the card has noticed, what those that it has not lead to, a card that has
// fallen off the bus or was taken from a container, a driver that was loaded anew.
var programFaults = []C.CUresult{
	C.CUDA_ERROR_INVALID_VALUE, C.CUDA_ERROR_OUT_OF_MEMORY, C.CUDA_ERROR_STUB_LIBRARY, C.CUDA_ERROR_INVALID_IMAGE,
	C.CUDA_ERROR_NO_BINARY_FOR_GPU, C.CUDA_ERROR_UNSUPPORTED_LIMIT, C.CUDA_ERROR_INVALID_PTX, C.CUDA_ERROR_JIT_COMPILER_NOT_FOUND,
	C.CUDA_ERROR_UNSUPPORTED_PTX_VERSION, C.CUDA_ERROR_INVALID_SOURCE, C.CUDA_ERROR_FILE_NOT_FOUND, C.CUDA_ERROR_INVALID_HANDLE,
	C.CUDA_ERROR_ILLEGAL_STATE, C.CUDA_ERROR_NOT_FOUND, C.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, C.CUDA_ERROR_ASSERT, C.CUDA_ERROR_NOT_PERMITTED,
	C.CUDA_ERROR_NOT_SUPPORTED, C.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, C.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED,
	C.CUDA_ERROR_STREAM_CAPTURE_MERGE, C.CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, C.CUDA_ERROR_STREAM_CAPTURE_UNJOINED,
	C.CUDA_ERROR_STREAM_CAPTURE_ISOLATION, C.CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, C.CUDA_ERROR_CAPTURED_EVENT,
	C.CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD,
}

// Is tells of an engine.ErrDeviceFault.
func (r result) Is(target error) bool {
	return target == engine.ErrDeviceFault && !slices.Contains(programFaults, C.CUresult(r))
}

// failed makes a Go error of a result.
func failed(r C.CUresult) error {
	if r == C.CUDA_SUCCESS {
		return nil
	}
	return result(r)
}

// known is an error of package cu's as a result: they are the driver's numbers.
func known(err error) error {
	if v := reflect.ValueOf(err); v.Kind() == reflect.Int {
		return result(v.Int())
	}
	return err
}

// function reaches the handle in a cu.Function, which has no accessor.
func function(f cu.Function) C.CUfunction { return *(*C.CUfunction)(unsafe.Pointer(&f)) }

// The lanes of both sides.
const _ = uint(lanes-C.LANES) + uint(C.LANES-lanes)

// The sizes must agree for function to be sound: this does not compile otherwise.
const _ = uint(unsafe.Sizeof(cu.Function{})-unsafe.Sizeof(C.CUfunction(nil))) + uint(unsafe.Sizeof(C.CUfunction(nil))-unsafe.Sizeof(cu.Function{}))

// onThread calls fn with the context current on the thread. Package cu's
// functions, unlike those of driver.h, want it there before.
func onThread(context cu.CUContext, fn func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cu.SetCurrentContext(context); err != nil {
		return err
	}
	return fn()
}

// currentContext is the context as a C handle; onThread has made it current.
func currentContext() (context C.CUcontext, err error) {
	err = failed(C.cuCtxGetCurrent(&context))
	return context, err
}

// list is launches in their order, as driver.h takes them.
type list struct {
	launches []C.launch_t
	args     []C.uint64_t
	params   []C.uint32_t // where each parameter begins in args
	waits    []C.uint32_t // the launches that each comes after, and at last those that the end does
	places   []place
	names    []label
}

// label names a launch in an error: the kernel, and the shape of its step.
type label struct {
	kernel string
	step   engine.Step
}

func (l label) String() string {
	var sizes []string
	for _, n := range engine.Shape(l.step) {
		sizes = append(sizes, fmt.Sprint(n))
	}
	return fmt.Sprintf("%s (%s)", l.kernel, strings.Join(sizes, "×"))
}

// add puts a launch at the end. A nil function stands for a product of cuBLAS.
func (l *list) add(f C.CUfunction, k launch) {
	to := C.launch_t{
		function: f, shared: C.uint32_t(k.Shared),
		first: C.uint32_t(len(l.params)), count: C.uint32_t(len(k.Params)),
		lane: C.uint32_t(k.lane), first_wait: C.uint32_t(len(l.waits)), wait_count: C.uint32_t(len(k.after)),
	}
	l.wait(k.after)
	l.places = append(l.places, k.place)
	for i := range k.Grid {
		to.grid[i], to.block[i] = C.uint32_t(k.Grid[i]), C.uint32_t(k.Block[i])
	}
	for _, p := range k.Params {
		l.params = append(l.params, C.uint32_t(len(l.args)+int(p)))
	}
	for _, a := range k.Args {
		l.args = append(l.args, C.uint64_t(a))
	}
	l.launches = append(l.launches, to)
	l.names = append(l.names, label{k.Kernel, k.step})
}

func (l *list) wait(after []int) {
	for _, i := range after {
		l.waits = append(l.waits, C.uint32_t(i))
	}
}

// end says that the list is complete.
func (l *list) end() { l.wait(ends(l.places)) }

// in calls f with the list as driver.h takes it.
func (l *list) in(f func(C.list_t) C.outcome_t) error {
	if len(l.launches) == 0 {
		return nil
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	c := C.list_t{n: C.int(len(l.launches)), wait_count: C.int(len(l.waits))}
	c.launches, c.args, c.params = &l.launches[0], &l.args[0], &l.params[0]
	pin.Pin(c.launches)
	pin.Pin(c.args)
	pin.Pin(c.params)
	if len(l.waits) > 0 {
		c.waits = &l.waits[0]
		pin.Pin(c.waits)
	}
	return l.named(f(c))
}

// launch puts the list on the stream; with wait, every launch is waited for.
func (l *list) launch(q C.queue_t, wait bool) error {
	var waits C.int
	if wait {
		waits = 1
	}
	return l.in(func(c C.list_t) C.outcome_t { return C.launch_list(q, c, waits) })
}

// capture makes a graph of some copies of the list.
func (l *list) capture(q C.queue_t, copies int) (exec C.CUgraphExec, err error) {
	err = l.in(func(c C.list_t) C.outcome_t { return C.capture_list(&exec, q, c, C.int(copies)) })
	return exec, err
}

// named is the error of an outcome, with the launch it belongs to.
func (l *list) named(o C.outcome_t) error {
	if o.code == C.CUDA_SUCCESS {
		return nil
	}
	if int(o.at) < len(l.names) {
		return fmt.Errorf("cuda: %v: %w", l.names[o.at], result(o.code))
	}
	return fmt.Errorf("cuda: a graph of %d launches: %w", len(l.launches), result(o.code))
}
