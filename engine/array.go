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
