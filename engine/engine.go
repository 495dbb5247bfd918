// Package engine is the contract between the models and the devices that run
// them. The named steps of the paper (Kingma et al. 2014, "Semi-supervised
// Learning with Deep Generative Models") are values; a model appends them to a
// list and never names a device; a device compiles a list into a program.
//
// Laws that every device keeps:
//
//   - Every step works on all R replicas. A replica is known by its seed, never
//     by its place, so it gives to the bit what it would give alone.
//   - Noise is a function of (seed, stream, step, row, label, sample, element):
//     see package noise. It is recomputed, never stored.
//   - Outputs come first in a step's arguments. Activation and parameter
//     gradients are overwritten (=); only what says += accumulates.
//   - Steps return nothing. The first failure is kept and every later step does
//     nothing; Sync reports it.
//   - What changes from step to step (the step number, rates, weights) lives on
//     the device, so that a compiled program can be replayed unchanged.
//   - A device allocates memory for arrays in its New… methods, and what else a
//     program needs in Compile. A running program allocates nothing.
//   - A program gives what its steps give one by one, whatever the device makes
//     of neighbouring steps.
//   - Of the arrays that replicas share, a step writes none but the clock.
//   - An array may be longer than a step's shape asks for: what is beyond is
//     neither read nor written. Where no shape is given (CheckFinite,
//     GradientNorm, Update, AddSum, and the index of a minibatch) the array's
//     length is the shape.
//
// A step says once what its arrays are (Step.Args). From one visit of them come
// the checks (Check), the cost (Step.Cost), the dependencies between the steps
// of a program (engine/cuda), and what the suite's mutants and planted faults
// bend (engine/enginetest).
//
// To add a step, in this order: its type (here, in the file of its kind: input.go, layer.go, latent.go,
// label.go, optimiser.go), its maths and its line in the switch of its kind (engine/ref/), its fast form
// (engine/cpu/, if it is worth one: a line in the switch of its kind, and a job; otherwise the step is the
// reference's), its kernel (kernels/NAME.cu, go generate ./kernels), its launch (kernels/, in the file of its
// kind), its cases (engine/enginetest/cases/). Then scripts/build-kernels. The suite fails until each device
// has it. A bound or a density also wants a line in checkNaNReachesTheBound (engine/enginetest/fault.go).
//
// To add an activation: its name (activation.go), its maths (engine/ref/activation.go), its vector code
// (engine/cpu/simd/internal/gen/activations.go and the name in engine/cpu/simd/elementwise.go), its device
// code (kernels/activation.cuh), its word (configs/config.go), its graphs (model/trained/onnx/activation.go,
// model/oracle/activation.go). Then go generate ./engine/cpu/simd ./kernels and scripts/build-kernels.
//
// To add a gradient rule: its name, states, Blends and Corrections (optimiser.go; BeginStep needs no more), its
// recurrence (engine/ref/optimiser.go, engine/cpu/simd/internal/gen/optimiser.go, kernels/update.cu), its word
// (configs/config.go). Then the same commands, and in the suite its case (cases.Rules) and once more its
// recurrence, as its paper has it (engine/enginetest/optimiser.go). NaN must pass through: see TestNaNShows of
// engine/cpu/simd, to which a rule is added by hand.
package engine

import "errors"

// ErrOutOfMemory is wrapped by the error that Sync returns when an allocation
// did not fit.
var ErrOutOfMemory = errors.New("out of device memory")

// ErrDeviceFault is wrapped by the error that Sync returns when the device itself may be at
// fault: the same steps may go well on another.
var ErrDeviceFault = errors.New("device fault")

// Device is what a model trains on. It is not safe for concurrent use.
type Device interface {
	// Name says what results depend on: back end, instruction set or card, precision.
	Name() string
	// Replicas is R, the number of models that every step works on.
	Replicas() int

	Memory

	// Compile makes a program of steps that Check has passed; List and Do see to that. It
	// takes none of them. It panics at a step that the device lacks.
	Compile(steps []Step) Program
	// Sync waits for all steps and returns the first failure, if any.
	Sync() error
	// Close frees everything. The device is of no use afterwards.
	Close() error
}

// Memory allocates arrays and moves them between host and device. New arrays are
// zero. Reads wait for the steps before them.
type Memory interface {
	// Mark names the present state of the memory; Release frees every array that
	// was made since, and with it the programs that use them.
	Mark() Mark
	Release(mark Mark)

	NewFloats(n int) Floats       // n elements per replica
	NewSharedFloats(n int) Floats // n elements that all replicas share
	NewDoubles(n int) Doubles
	NewInts(n int) Ints
	NewSharedInts(n int) Ints
	NewSharedBytes(n int) Bytes

	// The host slice holds the Len elements of one replica.
	WriteFloats(dst Floats, replica int, src []float32)
	WriteDoubles(dst Doubles, replica int, src []float64)
	WriteInts(dst Ints, replica int, src []int32)
	WriteBytes(dst Bytes, src []uint8)
	ReadFloats(dst []float32, src Floats, replica int)
	ReadDoubles(dst []float64, src Doubles, replica int)
	ReadInts(dst []int32, src Ints, replica int)
}

// Mark is how many blocks of each kind of memory there were, by Kind.
type Mark [KindCount]int

// Program is a compiled list of steps.
type Program interface {
	// Run queues the program the given number of times.
	Run(times int)
	// Ahead is how many times are best asked for at once: 1 where Run returns when
	// the steps are done, more where it queues them.
	Ahead() int
}
