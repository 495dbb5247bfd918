// Package kernels is the CUDA device code of ssdgm: one kernel for each named
// step of the engine's contract, its PTX, and for each a function that builds
// its launch. Nothing here calls CUDA, so all of it is tested without a GPU.
//
// To add a kernel x:
//
//  1. x.cu declares it, after a header of four lines (equation, shapes, what a thread owns,
//     its reference). Destinations come first, as in the contract. Its parameters
//     are of 8 bytes, or structs of such: Array, Pairs, Noise (see types.cuh, philox.cuh).
//  2. go generate ./kernels writes the struct xArguments that its signature asks for.
//  3. The launch of its step, in the file of its kind (input.go, dense.go, latent.go, label.go,
//     optimiser.go), fills that struct from the step's fields.
//  4. scripts/build-kernels compiles it. The tests then ask for a launch of it: a step of the paper
//     belongs into stepLaunches, one with neither pairs nor a width into everyLaunch.
//  5. A line in predict/items.go, so that its time is foretold; without one it counts as an ordinary kernel.
//
// What both sides must know has one source: constants are package engine's (enums.cuh is
// generated), signatures and tiles are the device code's (arguments.go and tiles.go are). A kernel's
// replica is blockIdx.z.
package kernels

//go:generate go run ./internal/gen

import "fmt"

// Array is an array in device memory. A Ptr of 0 is an absent array.
type Array[E any] struct {
	Ptr    uint64 // address of replica 0
	Stride int64  // elements from one replica to the next
}

// The four kinds of arrays.
type (
	Floats  = Array[float32]
	Doubles = Array[float64]
	Ints    = Array[int32]
	Bytes   = Array[uint8]
)

// IsNil tells an absent array from a present one.
func (a Array[E]) IsNil() bool { return a.Ptr == 0 }

// Noise is engine.Noise with its arrays resolved.
type Noise struct {
	Seed, Clock Ints
	Stream      uint32
}

// Launch is one kernel launch.
type Launch struct {
	Kernel      string
	Grid, Block [3]uint32
	Shared      uint32   // bytes of dynamic shared memory
	Args        []uint64 // the parameters, one after another, in words
	Params      []uint8  // the first word of each parameter
	Scratch     bool     // it uses the memory that all launches share
	Shares      []Share  // of its blocks that compute matrix products
}

// Share is the blocks of a launch that compute one matrix product, for what foretells their time.
type Share struct {
	Units       int  // blocks, of one replica
	Side, Depth int  // of the tile of each, and columns of it that are in shared memory at a time
	K           int  // how much each of them adds up
	Split       bool // the last block of a tile adds up what others have left
	Narrow      bool // lines begin where four floats cannot be read at once
	TF32        bool
}

// Empty says that the launch has nothing to do. A driver refuses an empty grid,
// so a device leaves such a launch out.
func (l Launch) Empty() bool { return l.Grid[0] == 0 || l.Grid[1] == 0 || l.Grid[2] == 0 }

// Limits of a grid on every card.
const (
	maxGridX  = 1<<31 - 1
	maxGridYZ = 1<<16 - 1
)

// size is how many blocks, or threads, there are in each direction.
type size struct{ x, y, z int }

// arguments are a kernel's: one of the structs in arguments.go.
type arguments interface {
	kernel() string
	lay(l *layout)
}

// launch builds a launch.
func launch(grid, block size, args arguments) Launch {
	kernel := args.kernel()
	if grid.x > maxGridX || grid.y > maxGridYZ || grid.z > maxGridYZ {
		panic(fmt.Sprintf("kernels: %s: a grid of %d×%d×%d blocks is beyond CUDA's %d×%d×%d",
			kernel, grid.x, grid.y, grid.z, maxGridX, maxGridYZ, maxGridYZ))
	}
	var l layout
	args.lay(&l)
	return Launch{Kernel: kernel, Grid: grid.words(), Block: block.words(), Args: l.words, Params: l.params}
}

func (s size) words() [3]uint32 { return [3]uint32{uint32(s.x), uint32(s.y), uint32(s.z)} }

// ceilDiv is how many parts of the given size cover n.
func ceilDiv(n, part int) int { return (n + part - 1) / part }
