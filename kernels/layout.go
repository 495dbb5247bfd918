package kernels

import "math"

// layout is a kernel's arguments as the driver takes them.
type layout struct {
	words  []uint64
	params []uint8 // the first word of each parameter
}

// parameter begins the next parameter.
func (l *layout) parameter() *layout {
	l.params = append(l.params, uint8(len(l.words)))
	return l
}

// array of an absent array is zeros: a kernel may work a replica's address out before it
// looks whether the array is there.
func array[E any](l *layout, a Array[E]) {
	if a.IsNil() {
		a.Stride = 0
	}
	l.words = append(l.words, a.Ptr, uint64(a.Stride))
}

func integer[N ~int | ~uint32](l *layout, n N) { l.words = append(l.words, uint64(n)) }

func number(l *layout, v float64) { l.words = append(l.words, math.Float64bits(v)) }

func flag(l *layout, b bool) {
	n := 0
	if b {
		n = 1
	}
	integer(l, n)
}
