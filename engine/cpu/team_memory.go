package cpu

import "ssdgm/engine"

// Mark implements engine.Memory.
func (t *team) Mark() engine.Mark { return t.members[0].Mark() }

// Release implements engine.Memory.
func (t *team) Release(mark engine.Mark) {
	for _, m := range t.members {
		m.Release(mark)
	}
}

// NewFloats implements engine.Memory.
func (t *team) NewFloats(n int) (a engine.Floats) {
	for _, m := range t.members {
		a = m.NewFloats(n)
	}
	return a
}

// NewSharedFloats implements engine.Memory.
func (t *team) NewSharedFloats(n int) engine.Floats {
	a := t.members[0].NewSharedFloats(n)
	for _, m := range t.members[1:] {
		m.memory().ShareFloats(a, t.members[0].memory())
	}
	return a
}

// NewDoubles implements engine.Memory.
func (t *team) NewDoubles(n int) (a engine.Doubles) {
	for _, m := range t.members {
		a = m.NewDoubles(n)
	}
	return a
}

// NewInts implements engine.Memory.
func (t *team) NewInts(n int) (a engine.Ints) {
	for _, m := range t.members {
		a = m.NewInts(n)
	}
	return a
}

// NewSharedInts implements engine.Memory.
func (t *team) NewSharedInts(n int) (a engine.Ints) {
	for _, m := range t.members {
		a = m.NewSharedInts(n)
	}
	return a
}

// NewSharedBytes implements engine.Memory.
func (t *team) NewSharedBytes(n int) engine.Bytes {
	a := t.members[0].NewSharedBytes(n)
	for _, m := range t.members[1:] {
		m.memory().ShareBytes(a, t.members[0].memory())
	}
	return a
}

// WriteFloats implements engine.Memory.
func (t *team) WriteFloats(dst engine.Floats, replica int, src []float32) {
	t.members[replica].WriteFloats(dst, 0, src)
}

// WriteDoubles implements engine.Memory.
func (t *team) WriteDoubles(dst engine.Doubles, replica int, src []float64) {
	t.members[replica].WriteDoubles(dst, 0, src)
}

// WriteInts implements engine.Memory. Shared ints are written for every replica.
func (t *team) WriteInts(dst engine.Ints, replica int, src []int32) {
	if dst.Stride != 0 {
		t.members[replica].WriteInts(dst, 0, src)
		return
	}
	for _, m := range t.members {
		m.WriteInts(dst, 0, src)
	}
}

// WriteBytes implements engine.Memory.
func (t *team) WriteBytes(dst engine.Bytes, src []uint8) { t.members[0].WriteBytes(dst, src) }

// ReadFloats implements engine.Memory.
func (t *team) ReadFloats(dst []float32, src engine.Floats, replica int) {
	t.members[replica].ReadFloats(dst, src, 0)
}

// ReadDoubles implements engine.Memory.
func (t *team) ReadDoubles(dst []float64, src engine.Doubles, replica int) {
	t.members[replica].ReadDoubles(dst, src, 0)
}

// ReadInts implements engine.Memory.
func (t *team) ReadInts(dst []int32, src engine.Ints, replica int) {
	t.members[replica].ReadInts(dst, src, 0)
}
