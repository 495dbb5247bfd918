package ref

import (
	"fmt"

	"ssdgm/engine"
)

// add makes a block of copies·n elements and names it.
func add[E, S any](blocks *[][]S, n, copies, stride int) engine.Array[E] {
	*blocks = append(*blocks, make([]S, n*copies))
	return engine.Array[E]{Block: len(*blocks), Len: n, Stride: stride}
}

// view resolves an array for one replica; a nil array gives a nil slice.
func view[E, S any](blocks [][]S, a engine.Array[E], replica int) []S {
	if a.Block == 0 {
		return nil
	}
	start := a.Offset + replica*a.Stride
	return blocks[a.Block-1][start : start+a.Len : start+a.Len]
}

// NewFloats implements engine.Memory.
func (d *Device[T]) NewFloats(n int) engine.Floats {
	return add[float32](&d.floats, n, d.replicas, n)
}

// NewSharedFloats implements engine.Memory.
func (d *Device[T]) NewSharedFloats(n int) engine.Floats { return add[float32](&d.floats, n, 1, 0) }

// NewDoubles implements engine.Memory.
func (d *Device[T]) NewDoubles(n int) engine.Doubles {
	return add[float64](&d.doubles, n, d.replicas, n)
}

// NewInts implements engine.Memory.
func (d *Device[T]) NewInts(n int) engine.Ints { return add[int32](&d.ints, n, d.replicas, n) }

// NewSharedInts implements engine.Memory.
func (d *Device[T]) NewSharedInts(n int) engine.Ints { return add[int32](&d.ints, n, 1, 0) }

// NewSharedBytes implements engine.Memory.
func (d *Device[T]) NewSharedBytes(n int) engine.Bytes { return add[uint8](&d.bytes, n, 1, 0) }

// ShareFloats takes an array of another device as the next of its own. Its
// elements are then the same for both.
func (d *Device[T]) ShareFloats(a engine.Floats, owner *Device[T]) {
	d.floats = append(d.floats, owner.floats[a.Block-1])
}

// ShareBytes is like ShareFloats.
func (d *Device[T]) ShareBytes(a engine.Bytes, owner *Device[T]) {
	d.bytes = append(d.bytes, owner.bytes[a.Block-1])
}

// Mark implements engine.Memory.
func (d *Device[T]) Mark() engine.Mark {
	return engine.Mark{len(d.floats), len(d.doubles), len(d.ints), len(d.bytes)}
}

// Release implements engine.Memory.
func (d *Device[T]) Release(m engine.Mark) {
	d.floats, d.doubles = cut(d.floats, m[0]), cut(d.doubles, m[1])
	d.ints, d.bytes = cut(d.ints, m[2]), cut(d.bytes, m[3])
}

// cut drops the blocks from n on, so that the garbage collector can have them.
func cut[S any](blocks [][]S, n int) [][]S {
	clear(blocks[n:])
	return blocks[:n]
}

// Floats is the host slice behind an array.
func (d *Device[T]) Floats(a engine.Floats, replica int) []T { return view(d.floats, a, replica) }

// Doubles is the host slice behind an array.
func (d *Device[T]) Doubles(a engine.Doubles, replica int) []float64 {
	return view(d.doubles, a, replica)
}

// Ints is the host slice behind an array.
func (d *Device[T]) Ints(a engine.Ints, replica int) []int32 { return view(d.ints, a, replica) }

// Bytes is the host slice behind an array.
func (d *Device[T]) Bytes(a engine.Bytes) []uint8 { return view(d.bytes, a, 0) }

// Scalar is the value of a one-element array.
func (d *Device[T]) Scalar(a engine.Doubles, replica int) float64 {
	return d.Doubles(a, replica)[0]
}

// At resolves the shared part of a noise address. A step that draws nothing may
// leave its noise empty.
func (d *Device[T]) At(n engine.Noise, replica int) Address {
	if n.Seed.IsNil() {
		return Address{Stream: n.Stream}
	}
	seed := d.Ints(n.Seed, replica)
	return Address{
		Seed:   uint64(uint32(seed[0])) | uint64(uint32(seed[1]))<<32,
		Step:   uint32(d.Ints(n.Clock, replica)[0]),
		Stream: n.Stream,
	}
}

// WriteFloats implements engine.Memory.
func (d *Device[T]) WriteFloats(dst engine.Floats, replica int, src []float32) {
	to := d.Floats(dst, replica)
	mustMatch("WriteFloats", len(to), len(src))
	for i, v := range src {
		to[i] = T(v)
	}
}

// ReadFloats implements engine.Memory.
func (d *Device[T]) ReadFloats(dst []float32, src engine.Floats, replica int) {
	from := d.Floats(src, replica)
	mustMatch("ReadFloats", len(dst), len(from))
	for i, v := range from {
		dst[i] = float32(v)
	}
}

// WriteDoubles implements engine.Memory.
func (d *Device[T]) WriteDoubles(dst engine.Doubles, replica int, src []float64) {
	to := d.Doubles(dst, replica)
	mustMatch("WriteDoubles", len(to), len(src))
	copy(to, src)
}

// ReadDoubles implements engine.Memory.
func (d *Device[T]) ReadDoubles(dst []float64, src engine.Doubles, replica int) {
	from := d.Doubles(src, replica)
	mustMatch("ReadDoubles", len(dst), len(from))
	copy(dst, from)
}

// WriteInts implements engine.Memory.
func (d *Device[T]) WriteInts(dst engine.Ints, replica int, src []int32) {
	to := d.Ints(dst, replica)
	mustMatch("WriteInts", len(to), len(src))
	copy(to, src)
}

// ReadInts implements engine.Memory.
func (d *Device[T]) ReadInts(dst []int32, src engine.Ints, replica int) {
	from := d.Ints(src, replica)
	mustMatch("ReadInts", len(dst), len(from))
	copy(dst, from)
}

// WriteBytes implements engine.Memory.
func (d *Device[T]) WriteBytes(dst engine.Bytes, src []uint8) {
	to := d.Bytes(dst)
	mustMatch("WriteBytes", len(to), len(src))
	copy(to, src)
}

func mustMatch(what string, want, got int) {
	if want != got {
		panic(fmt.Sprintf("engine: %s: %d elements, want %d", what, got, want))
	}
}
