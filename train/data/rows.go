package data

import (
	"iter"
	"slices"

	"ssdgm/train/data/spool"
)

// Storing is a Part whose real values may be kept in a file where memory has no room for them.
type Storing interface {
	Part
	// LoadIn is Load; such a file is made in the store, and is there until that is closed.
	LoadIn(store *spool.Store) (*Set, error)
}

// LoadIn reads or makes a part, whose real values may be kept in a store.
func LoadIn(part Part, store *spool.Store) (*Set, error) {
	if storing, ok := part.(Storing); ok {
		return storing.LoadIn(store)
	}
	return part.Load()
}

// Rows gives the real values of every example, in order; of pixels, none. A row is good until the next one, and not to
// be changed. Where the rows are in a file, Spooled.Err tells afterwards whether they were read.
func (s *Set) Rows() iter.Seq2[int, []float32] {
	return func(yield func(int, []float32) bool) {
		if !s.Real() {
			return
		}
		d := s.D()
		var buffer []float32
		if s.Spooled != nil {
			buffer = make([]float32, d)
		}
		for i := range s.N {
			row := buffer
			if s.Spooled == nil {
				row = s.Floats[i*d:][:d:d]
			} else {
				s.Row(row, i)
			}
			if !yield(i, row) {
				return
			}
		}
	}
}

// Row writes an example's real values to dst, [D]. Several goroutines may call it.
func (s *Set) Row(dst []float32, example int) {
	switch {
	case s.Spooled == nil:
		copy(dst, s.Floats[example*len(dst):][:len(dst)])
	case s.Order == nil:
		s.Spooled.Row(dst, example)
	default:
		s.Spooled.Row(dst, int(s.Order[example]))
	}
}

// Fault is why real values could not be read from the file that they are in; nil where there was no such failure.
func (s *Set) Fault() error {
	if s.Spooled == nil {
		return nil
	}
	return s.Spooled.Err()
}

// Ends is a set of the first n examples and of the last ones, from tail on. Of what is in memory it is a copy.
func (s *Set) Ends(n, tail int) *Set {
	d, cut := s.D(), *s
	cut.N, cut.Labels = n+s.N-tail, ends(s.Labels, n, tail)
	if s.Places != nil {
		cut.Places = ends(s.Places, n, tail)
	}
	switch {
	case s.Spooled != nil:
		cut.Order = ends(s.order(), n, tail)
	case s.Real():
		cut.Floats = ends(s.Floats, n*d, tail*d)
	default:
		cut.Images = ends(s.Images, n*d, tail*d)
	}
	return &cut
}

// ends copies the first n elements and those from tail on.
func ends[E any](all []E, n, tail int) []E { return slices.Concat(all[:n], all[tail:]) }

// order are the rows of the file that the examples are.
func (s *Set) order() []int32 {
	if s.Order == nil {
		return sequence(s.N)
	}
	return s.Order
}
