package engine

// Array is a view of memory on a device: Len elements for each replica. The
// elements of replica r start r·Stride after those of replica 0; a Stride of 0
// means that all replicas share the same elements. An Array names memory, it
// does not hold it: only the device that made it can read it.
//
// Floats are the device's real numbers (float32, or float64 on the reference
// device), Doubles are always float64 and hold the few scalars that must not
// round: rates, weights, sums for the metrics.
type Array[E any] struct {
	Block  int // which allocation; 0 is no memory at all
	Offset int // first element of replica 0
	Len    int // elements per replica
	Stride int // elements from one replica to the next
}

// The four kinds of device memory.
type (
	Floats  = Array[float32]
	Doubles = Array[float64]
	Ints    = Array[int32]
	Bytes   = Array[uint8]
)

// IsNil tells an absent array from a present one. Steps say which of their
// arrays may be absent.
func (a Array[E]) IsNil() bool { return a.Block == 0 }

// Slice is the view of n elements from offset on, in every replica.
func (a Array[E]) Slice(offset, n int) Array[E] {
	if offset < 0 || n < 0 || offset+n > a.Len {
		panic("engine: slice outside of its array")
	}
	return Array[E]{Block: a.Block, Offset: a.Offset + offset, Len: n, Stride: a.Stride}
}

// At is the view of the single element i.
func (a Array[E]) At(i int) Array[E] { return a.Slice(i, 1) }

// View is the array without the type of its elements.
func (a Array[E]) View() View {
	var kind Kind
	switch any(a).(type) {
	case Doubles:
		kind = DoubleKind
	case Ints:
		kind = IntKind
	case Bytes:
		kind = ByteKind
	}
	return View{kind, a.Block, a.Offset, a.Len, a.Stride}
}

// Kind is a kind of memory, in the order of Mark.
type Kind int

// The kinds of memory.
const (
	FloatKind Kind = iota
	DoubleKind
	IntKind
	ByteKind
	KindCount
)

// Size is the bytes of an element; a float counts as a float32.
func (k Kind) Size() int { return [...]int{FloatKind: 4, DoubleKind: 8, IntKind: 4, ByteKind: 1}[k] }

// View is an array of any kind, for code that looks at all arrays of a step.
type View struct {
	Kind                       Kind
	Block, Offset, Len, Stride int
}

// IsNil tells an absent array from a present one.
func (v View) IsNil() bool { return v.Block == 0 }

// Slice is the view of n elements from offset on, in every replica.
func (v View) Slice(offset, n int) View {
	v.Offset, v.Len = v.Offset+offset, n
	return v
}

// Overlaps tells whether two views have an element in common.
func (v View) Overlaps(w View) bool {
	return v.Kind == w.Kind && v.Block == w.Block && v.Block != 0 && v.Len > 0 && w.Len > 0 &&
		v.Offset < w.Offset+w.Len && w.Offset < v.Offset+v.Len
}

// Floats, Doubles and Ints are the view as an array of its kind.
func (v View) Floats() Floats { return typed[float32](v, FloatKind) }

// Doubles is like Floats.
func (v View) Doubles() Doubles { return typed[float64](v, DoubleKind) }

// Ints is like Floats.
func (v View) Ints() Ints { return typed[int32](v, IntKind) }

func typed[E any](v View, kind Kind) Array[E] {
	if v.Kind != kind {
		panic("engine: a view of another kind")
	}
	return Array[E]{Block: v.Block, Offset: v.Offset, Len: v.Len, Stride: v.Stride}
}
