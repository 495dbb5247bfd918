// Package counting has a device that has no memory and takes no steps: it counts the bytes of the arrays that
// are made on it. What a model takes is known by building it there.
package counting

import "ssdgm/engine"

// Device implements engine.Device. What is written to it is gone; what is read from it is zero.
type Device struct {
	replicas int
	blocks   [engine.KindCount][]int64 // the bytes of each
	bytes    int64
}

// New is a device of so many replicas.
func New(replicas int) *Device { return &Device{replicas: replicas} }

// Bytes is how many bytes the arrays take that there are, of all replicas.
func (d *Device) Bytes() int64 { return d.bytes }

// Name implements engine.Device.
func (d *Device) Name() string { return "counting" }

// Replicas implements engine.Device.
func (d *Device) Replicas() int { return d.replicas }

// Mark implements engine.Memory.
func (d *Device) Mark() (m engine.Mark) {
	for kind, blocks := range d.blocks {
		m[kind] = len(blocks)
	}
	return m
}

// Release implements engine.Memory.
func (d *Device) Release(m engine.Mark) {
	for kind, blocks := range d.blocks {
		for _, bytes := range blocks[m[kind]:] {
			d.bytes -= bytes
		}
		d.blocks[kind] = blocks[:m[kind]]
	}
}

// add counts an array of n elements for each of so many replicas.
func add[E any](d *Device, n, copies int) engine.Array[E] {
	a := engine.Array[E]{Len: n}
	if copies > 1 {
		a.Stride = n
	}
	kind := a.View().Kind
	bytes := int64(kind.Size()) * int64(n) * int64(copies)
	d.blocks[kind] = append(d.blocks[kind], bytes)
	d.bytes += bytes
	a.Block = len(d.blocks[kind])
	return a
}

// NewFloats implements engine.Memory.
func (d *Device) NewFloats(n int) engine.Floats { return add[float32](d, n, d.replicas) }

// NewSharedFloats implements engine.Memory.
func (d *Device) NewSharedFloats(n int) engine.Floats { return add[float32](d, n, 1) }

// NewDoubles implements engine.Memory.
func (d *Device) NewDoubles(n int) engine.Doubles { return add[float64](d, n, d.replicas) }

// NewInts implements engine.Memory.
func (d *Device) NewInts(n int) engine.Ints { return add[int32](d, n, d.replicas) }

// NewSharedInts implements engine.Memory.
func (d *Device) NewSharedInts(n int) engine.Ints { return add[int32](d, n, 1) }

// NewSharedBytes implements engine.Memory.
func (d *Device) NewSharedBytes(n int) engine.Bytes { return add[uint8](d, n, 1) }

// WriteFloats implements engine.Memory.
func (d *Device) WriteFloats(engine.Floats, int, []float32) {}

// WriteDoubles implements engine.Memory.
func (d *Device) WriteDoubles(engine.Doubles, int, []float64) {}

// WriteInts implements engine.Memory.
func (d *Device) WriteInts(engine.Ints, int, []int32) {}

// WriteBytes implements engine.Memory.
func (d *Device) WriteBytes(engine.Bytes, []uint8) {}

// ReadFloats implements engine.Memory.
func (d *Device) ReadFloats(dst []float32, _ engine.Floats, _ int) { clear(dst) }

// ReadDoubles implements engine.Memory.
func (d *Device) ReadDoubles(dst []float64, _ engine.Doubles, _ int) { clear(dst) }

// ReadInts implements engine.Memory.
func (d *Device) ReadInts(dst []int32, _ engine.Ints, _ int) { clear(dst) }

// Compile implements engine.Device.
func (d *Device) Compile([]engine.Step) engine.Program { return nothing{} }

// Sync implements engine.Device.
func (d *Device) Sync() error { return nil }

// Close implements engine.Device.
func (d *Device) Close() error { return nil }

// nothing is a program that does nothing.
type nothing struct{}

// Run implements engine.Program.
func (nothing) Run(int) {}

// Ahead implements engine.Program.
func (nothing) Ahead() int { return 1 }
