// Package kernels is the CUDA device code of ssdgm: one kernel for each named
// step of the engine's contract, its PTX, and for each a function that builds
// its launch. Nothing here calls CUDA, so all of it is tested without a GPU.
//
// A kernel's arguments follow from the contract's, in the same order and 8 bytes
// each: an array is its address and the elements from one replica to the next;
// Pairs is labelled, unlabelled, labels, samples; Noise is seed, clock, stream.
// The replica is blockIdx.z.
package kernels

import (
	"fmt"
	"math"

	"ssdgm/engine"
)

// Array is an array in device memory. A Ptr of 0 is an absent array.
type Array struct {
	Ptr    uint64 // address of replica 0
	Stride int64  // elements from one replica to the next
}

// IsNil tells an absent array from a present one.
func (a Array) IsNil() bool { return a.Ptr == 0 }

// Noise is engine.Noise with its arrays resolved.
type Noise struct {
	Seed, Clock Array
	Stream      uint32
}

// Launch is one kernel launch.
type Launch struct {
	Kernel      string
	Grid, Block [3]uint32
	Shared      uint32   // bytes of dynamic shared memory
	Args        []uint64 // every argument is 8 bytes
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

// launch builds a launch. args are the kernel's arguments in its order: Array,
// engine.Pairs, Noise, and numbers.
func launch(kernel string, grid, block size, args ...any) Launch {
	if grid.x > maxGridX || grid.y > maxGridYZ || grid.z > maxGridYZ {
		panic(fmt.Sprintf("kernels: %s: a grid of %d×%d×%d blocks is beyond CUDA's %d×%d×%d",
			kernel, grid.x, grid.y, grid.z, maxGridX, maxGridYZ, maxGridYZ))
	}
	return Launch{Kernel: kernel, Grid: grid.words(), Block: block.words(), Args: words(args)}
}

func (s size) words() [3]uint32 { return [3]uint32{uint32(s.x), uint32(s.y), uint32(s.z)} }

// words lays arguments out as the driver takes them.
func words(args []any) []uint64 {
	var w []uint64
	for _, arg := range args {
		switch v := arg.(type) {
		case Array:
			w = append(w, v.words()...)
		case engine.Pairs:
			w = append(w, uint64(v.Labelled), uint64(v.Unlabelled), uint64(v.Labels), uint64(v.Samples))
		case Noise:
			w = append(append(append(w, v.Seed.words()...), v.Clock.words()...), uint64(v.Stream))
		case int:
			w = append(w, uint64(v))
		case float64:
			w = append(w, math.Float64bits(v))
		default:
			panic(fmt.Sprintf("kernels: an argument of type %T", arg))
		}
	}
	return w
}

// words of an absent array are zeros: a kernel may add a replica's offset to the
// address before it looks whether the array is there.
func (a Array) words() []uint64 {
	if a.IsNil() {
		return []uint64{0, 0}
	}
	return []uint64{a.Ptr, uint64(a.Stride)}
}

// ceilDiv is how many parts of the given size cover n.
func ceilDiv(n, part int) int { return (n + part - 1) / part }
