package mat

import (
	"errors"
	"io"

	"ssdgm/train/data/strict"
)

// Sparse is a sparse matrix: of each entry that is not 0 the row, and its value, column by column. It is read in the
// order of its methods, each of them once.
type Sparse struct {
	parts *parts
	shape []int
	ends  []int
}

// openSparse is the sparse matrix that follows its name.
func openSparse(m *parts, shape []int) (*Sparse, error) {
	if len(shape) != 2 || shape[0] < 1 || shape[1] < 1 || shape[0] > maxPlaces || shape[1] > maxPlaces {
		return nil, strict.Errorf("wanted a sparse matrix of 1 to %d rows and columns, found %s", maxPlaces, strict.Join(shape))
	}
	return &Sparse{parts: m, shape: shape}, nil
}

// maxPlaces is the most rows and columns.
const maxPlaces = 1<<31 - 1

// Rows gives the row of each entry, and of the places behind them that the file keeps free.
func (s *Sparse) Rows(take func(row int) error) error {
	return s.parts.numbers("rows", func(value float64) error {
		if !strict.Whole(value, 0, float64(s.shape[0]-1)) {
			return strict.Errorf("wanted rows from 0 to %d, found %g", s.shape[0]-1, value)
		}
		return take(int(value))
	})
}

// Ends are the places among the entries where those of each column end.
func (s *Sparse) Ends() ([]int, error) {
	first := true
	err := s.parts.numbers("columns", func(value float64) error {
		last := 0
		if len(s.ends) > 0 {
			last = s.ends[len(s.ends)-1]
		}
		if !strict.Whole(value, float64(last), maxPlaces) || first && value != 0 || len(s.ends) == s.shape[1] {
			return strict.Errorf("wanted the ends of %d columns, rising from 0, found %g at place %d",
				s.shape[1], value, len(s.ends))
		}
		if !first {
			s.ends = append(s.ends, int(value))
		}
		first = false
		return nil
	})
	if err == nil && len(s.ends) != s.shape[1] {
		err = strict.Errorf("wanted the ends of %d columns, found %d", s.shape[1], len(s.ends))
	}
	return s.ends, err
}

// Values gives the value of each entry, of which there are as many as the last column's end says, or more.
func (s *Sparse) Values(take func(value float64) error) error { return s.parts.numbers("values", take) }

// numbersAtOnce is how many bytes of numbers are read at once, of the longest type.
const numbersAtOnce = 1 << 13

// numbers gives the numbers of the next element.
func (m *parts) numbers(what string, take func(value float64) error) error {
	kind, length, inTag, err := m.tag()
	if err != nil {
		return err
	}
	t, known := numbers[kind]
	if !known || length%int64(t.Size) != 0 {
		return strict.Errorf("wanted a sparse matrix's %s as numbers, found %d bytes of type %d", what, length, kind)
	}
	r := io.Reader(m.r)
	if inTag != nil {
		r = inTag
	} else if m.left -= (length + 7) &^ 7; m.left < 0 {
		m.left = 0 // Only the filling is missing, at the end.
	}
	buffer := make([]byte, numbersAtOnce)
	for left := length; left > 0; {
		bytes := buffer[:min(left, int64(len(buffer)))]
		if _, err := io.ReadFull(r, bytes); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return strict.Errorf("truncated: the matrix breaks off in its %s", what)
			}
			return strict.Describe(err)
		}
		left -= int64(len(bytes))
		for ; len(bytes) > 0; bytes = bytes[t.Size:] {
			if err := take(t.Value(bytes)); err != nil {
				return err
			}
		}
	}
	if inTag == nil {
		if _, err := io.CopyN(io.Discard, m.r, -length&7); err != nil && !errors.Is(err, io.EOF) {
			return strict.Describe(err)
		}
	}
	return nil
}
