//go:build cuda

package cuda

// #include "driver.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"gorgonia.org/cu"

	"ssdgm/engine"
	"ssdgm/kernels"
)

// What matrix products are computed in, and by what.
const (
	FP32 = "fp32" // IEEE single precision
	TF32 = "tf32" // inputs rounded to 10 bits of mantissa, sums in single precision

	Own    = "own"    // the kernels of package kernels
	CuBLAS = "cublas" // NVIDIA's library, found at run time
)

// Options say what the device uses of the machine. Card, precision and matrix
// products change the last bits of results.
type Options struct {
	Replicas  int
	Device    int    // which card, counted from 0
	Precision string // FP32 or TF32; empty: FP32
	MatMul    string // Own or CuBLAS; empty: Own. With CuBLAS a replica's last bits may depend on how many there are
	SelfTest  bool   // hold every kernel against the reference first, once per process
}

// The environment may skip the self-test, and may have every step waited for, so
// that a failure is told at the step it belongs to.
const (
	skipVariable     = "SSDGM_SKIP_SELFTEST"
	blockingVariable = "SSDGM_CUDA_BLOCKING"
)

// device implements engine.Device.
type device struct {
	card     *card
	replicas int
	tf32     bool
	plans    kernels.Card // what the tiles of matrix products are chosen for
	blocking bool
	blas     *library // nil without cuBLAS

	queue   C.queue_t
	stream  cu.Stream // the queue's
	staging unsafe.Pointer

	arenas  [arenaCount]arena
	guarded bool // every block has a chunk of its own, so that a checker sees every overrun
	blocks  [len(kindNames)][]block
	scratch [lanes]scratch

	err     error     // the first failure
	rules   []rule    // of its compiler
	fetches []fetch   // what programs fetch ahead of data on the host
	onHost  bool      // all data stay there
	graphs  []*graphs // of programs that have replayed
}

// Unsupported is the error of a card or an installation that lacks what was asked
// for: the user can ask for something else.
type Unsupported struct{ error }

func unsupportedf(format string, args ...any) error {
	return &Unsupported{fmt.Errorf(format, args...)}
}

// Device is a card as a device, whose arrays lie in the card's memory.
type Device interface {
	engine.Device
	// Room is how many bytes of arrays there is room for beside a data set of some bytes,
	// which may stay on the host; 0 where the card does not tell.
	Room(dataBytes int64) int64
}

// New opens the device.
func New(o Options) (Device, error) {
	d, err := open(o)
	if err != nil {
		return nil, err
	}
	if !o.SelfTest || os.Getenv(skipVariable) == "1" || d.card.hasPassed(d.Name()) {
		return d, nil
	}
	if err := d.selfTest(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	d.card.pass(d.Name())
	return d, nil
}

// open makes a device that nothing has been tested on.
func open(o Options) (*device, error) {
	if o.Replicas < 1 {
		return nil, fmt.Errorf("cuda: a device of %d replicas is impossible; ask for at least 1", o.Replicas)
	}
	if o.Precision != "" && o.Precision != FP32 && o.Precision != TF32 {
		return nil, fmt.Errorf("cuda: precision %q: want %s or %s", o.Precision, FP32, TF32)
	}
	if o.MatMul != "" && o.MatMul != Own && o.MatMul != CuBLAS {
		return nil, fmt.Errorf("cuda: matrix products by %q: want %s or %s", o.MatMul, Own, CuBLAS)
	}
	c, err := openCard(o.Device)
	if err != nil {
		return nil, err
	}
	d := &device{card: c, replicas: o.Replicas, rules: rules, tf32: o.Precision == TF32, blocking: os.Getenv(blockingVariable) == "1"}
	if d.tf32 && c.info.Major < 8 {
		return nil, unsupportedf("cuda: precision %s: want a card of compute capability 8.0 or newer, found %s with %d.%d; use %s",
			TF32, c.info.Name, c.info.Major, c.info.Minor, FP32)
	}
	d.arenas[separateArena].separate = true
	d.plans = kernels.Card{Multiprocessors: c.multiprocessors, Replicas: o.Replicas}
	err = onThread(c.context, d.openQueue)
	if err == nil && o.MatMul == CuBLAS {
		d.blas, err = openLibrary(d)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// openQueue makes the stream, and the memory that copies go through.
func (d *device) openQueue() (err error) {
	if d.queue.context, err = currentContext(); err != nil {
		return fmt.Errorf("cuda: context: %w", err)
	}
	// Not blocking: nothing that others do on the card's default stream holds it up.
	if d.stream, err = cu.MakeStream(cu.NonBlocking); err != nil {
		return fmt.Errorf("cuda: stream: %w", known(err))
	}
	d.queue.stream = C.CUstream(unsafe.Pointer(d.stream.C()))
	if err := failed(C.open_lanes(&d.queue)); err != nil {
		return fmt.Errorf("cuda: further streams: %w", err)
	}
	if err := failed(C.pin(d.queue.context, &d.staging, staging)); err != nil {
		return fmt.Errorf("cuda: %s of page-locked memory: %w", inBytes(staging), err)
	}
	return nil
}

// Name implements engine.Device.
func (d *device) Name() string {
	precision, products := FP32, Own
	if d.tf32 {
		precision = TF32
	}
	if d.blas != nil {
		products = fmt.Sprintf("%s-%d", CuBLAS, d.blas.version)
	}
	i := &d.card.info
	return fmt.Sprintf("cuda %s sm_%d%d %s %s driver %s", i.Name, i.Major, i.Minor, precision, products, i.Driver)
}

// Replicas implements engine.Device.
func (d *device) Replicas() int { return d.replicas }

// keep keeps the first failure.
func (d *device) keep(err error) {
	if d.err == nil {
		d.err = err
	}
}

// late explains a failure that came to light only while waiting: the step that
// it belongs to is one of those before.
func (d *device) late(where string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cuda: %w in a step before %s; %s=1 waits for every step and names it", err, where, blockingVariable)
}

// wait waits for all steps.
func (d *device) wait() {
	if d.err == nil {
		d.keep(d.late("Sync", failed(C.wait_for(d.queue))))
	}
}

// Sync implements engine.Device.
func (d *device) Sync() error {
	d.wait()
	return d.err
}

// Close implements engine.Device. What the card's context holds for the process
// stays: see cards.
func (d *device) Close() error {
	d.wait()
	var first error
	free := func(err error) {
		if err != nil && first == nil {
			first = fmt.Errorf("cuda: close: %w", err)
		}
	}
	for _, g := range d.graphs {
		free(g.destroy(d))
	}
	for _, blocks := range d.blocks {
		d.releaseHost(blocks)
	}
	if d.blas != nil {
		free(d.blas.close(d))
	}
	free(onThread(d.card.context, func() error {
		err := errors.Join(d.arenas[sharedArena].drop(0), d.arenas[separateArena].drop(0), d.freeScratch())
		if d.stream != cu.NoStream {
			err = errors.Join(err, d.stream.Destroy())
		}
		return err
	}))
	free(failed(C.close_lanes(&d.queue)))
	if d.staging != nil {
		free(failed(C.unpin(d.queue.context, C.uint64_t(uintptr(d.staging)))))
	}
	failure := d.err
	*d = device{card: d.card, replicas: d.replicas, err: errClosed}
	if failure != nil {
		// A failed context answers everything with the same failure, which Sync has told.
		return nil
	}
	return first
}

var errClosed = errors.New("cuda: the device is closed")
