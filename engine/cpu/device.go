// Package cpu is the fast CPU device: the assembly kernels of package simd
// shared out over a pool of threads that lives as long as the device. Several
// replicas are a team of such devices, see team.go.
//
// The number of threads never changes a bit. Work is cut over rows, over
// columns or over elements, and every sum is taken by one thread in a fixed
// order, or over pieces whose size is fixed. A program allocates nothing once
// it has run.
package cpu

import (
	"fmt"

	"ssdgm/engine"
	"ssdgm/engine/cpu/pool"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/ref"
)

// Options say what the device uses of the machine. Threads and Level change
// the speed; of the two, only Level changes the last bits of results.
type Options struct {
	Replicas int
	Threads  int    // 0: DefaultThreads
	Level    string // "portable", "avx2" or "avx512"; empty: the best that the processor has
}

// New opens the device. It fails where the processor lacks the level asked for.
func New(o Options) (engine.Device, error) {
	level := simd.Best()
	if o.Level != "" {
		asked, err := simd.ParseLevel(o.Level)
		if err != nil {
			return nil, err
		}
		if asked > level {
			return nil, fmt.Errorf("instruction set %v is not supported by this processor; its best is %v", asked, level)
		}
		level = asked
	}
	if o.Replicas < 1 || o.Threads < 0 {
		return nil, fmt.Errorf("a device of %d replicas and %d threads is impossible; ask for at least 1 replica, and 0 threads for the default", o.Replicas, o.Threads)
	}
	if o.Threads == 0 {
		o.Threads = DefaultThreads()
	}
	open := func(threads int) single { return newSingle(level, threads) }
	if o.Replicas == 1 {
		return open(o.Threads), nil
	}
	return newTeam(o.Replicas, o.Threads, open), nil
}

// single is the device of one replica. It compiles a step to a function that takes it.
type single interface {
	engine.Device
	fuse(steps []engine.Step) []engine.Step
	compile(s engine.Step) func()
	memory() *ref.Device[float32]
}

func newSingle(level simd.Level, threads int) single {
	base := &portable{Device: ref.New[float32](1), kernels: simd.For(level), pool: pool.New(threads)}
	if level == simd.Portable {
		return base
	}
	return newFast(base)
}

// program is the steps of one replica.
type program []func()

func compile(d single, steps []engine.Step) program {
	steps = d.fuse(steps)
	p := make(program, len(steps))
	for i, s := range steps {
		p[i] = d.compile(s)
	}
	return p
}

// Ahead implements engine.Program.
func (program) Ahead() int { return 1 }

// Run implements engine.Program.
func (p program) Run(times int) {
	for range times {
		for _, take := range p {
			take()
		}
	}
}

// portable is the device of one replica for any processor: the reference with fast
// matrix products.
type portable struct {
	*ref.Device[float32]
	kernels   *simd.Kernels
	pool      *pool.Pool
	workspace simd.Workspace
	second    simd.Workspace // of a product beside another
}

func (d *portable) memory() *ref.Device[float32] { return d.Device }

// Compile implements engine.Device.
func (d *portable) Compile(steps []engine.Step) engine.Program { return compile(d, steps) }

// fuse leaves a program as it is.
func (d *portable) fuse(steps []engine.Step) []engine.Step { return steps }

// compile is the step's product, or the reference's step.
func (d *portable) compile(step engine.Step) func() {
	switch s := step.(type) {
	case engine.Dense:
		return d.dense(s)
	case engine.DenseGrad:
		return d.denseGrad(s)
	default:
		return func() { d.Take(step) }
	}
}

// Name implements engine.Device.
func (d *portable) Name() string { return "cpu " + d.kernels.Level().String() + " fp32" }

// Close implements engine.Device.
func (d *portable) Close() error {
	d.pool.Close()
	d.workspace, d.second = simd.Workspace{}, simd.Workspace{}
	return d.Device.Close()
}

// WriteFloats implements engine.Memory.
func (d *portable) WriteFloats(dst engine.Floats, replica int, src []float32) {
	mustMatch("WriteFloats", dst.Len, len(src))
	copy(d.Floats(dst, replica), src)
}

// ReadFloats implements engine.Memory.
func (d *portable) ReadFloats(dst []float32, src engine.Floats, replica int) {
	mustMatch("ReadFloats", src.Len, len(dst))
	copy(dst, d.Floats(src, replica))
}

func mustMatch(what string, want, got int) {
	if want != got {
		panic(fmt.Sprintf("engine: %s: %d elements, want %d", what, got, want))
	}
}

// The slices behind arrays, of the one replica.
func (d *portable) floats(a engine.Floats) []float32   { return d.Floats(a, 0) }
func (d *portable) doubles(a engine.Doubles) []float64 { return d.Doubles(a, 0) }
func (d *portable) ints(a engine.Ints) []int32         { return d.Ints(a, 0) }
func (d *portable) address(n engine.Noise) ref.Address { return d.At(n, 0) }
