package numpy

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/strict"
)

// has tells whether the archive has all of some arrays.
func (in *archive) has(names ...string) bool {
	for _, name := range names {
		if in.member(name) < 0 {
			return false
		}
	}
	return true
}

// member is the place of the array of a name; −1 where there is none.
func (in *archive) member(name string) int {
	return slices.IndexFunc(in.variables, func(v frame.Variable) bool { return v.Name == name })
}

// sparse tells whether the arrays are the parts of a matrix, as scipy.sparse.save_npz writes it.
func (in *archive) sparse() bool { return in.has("format", "shape", "data") }

// matrix is a sparse matrix of an archive.
type matrix struct {
	array.Matrix
	archive *archive
}

// openSparse prepares to read a sparse matrix.
func (in *archive) openSparse(o frame.Options) (frame.Reader, error) {
	format, err := in.small("format")
	if err != nil {
		return nil, err
	}
	shape, err := in.small("shape")
	if err != nil {
		return nil, err
	}
	if len(shape.numbers) != 2 {
		return nil, strict.Errorf("wanted a matrix of two dimensions, found one of %d", len(shape.numbers))
	}
	for i, most := range []float64{math.MaxInt32, frame.MaxColumns} {
		if n := shape.numbers[i]; !strict.Whole(n, 1, most) {
			return nil, strict.Errorf("array \"shape\": wanted 1 to %.0f %s, found %g", most, []string{"rows", "columns"}[i], n)
		}
	}
	m := &matrix{array.Matrix{Rows: int(shape.numbers[0]), Width: int(shape.numbers[1])}, in}
	switch format.text {
	case "csr":
		err = m.openRows()
	case "csc":
		err = m.openTurned(m.byColumns, "indptr", "indices")
	case "coo":
		err = m.openTurned(m.byEntries, "row", "col")
	default:
		err = strict.Errorf("wanted a sparse matrix in the format csr, csc or coo, found %.20q; save x.tocsr()", format.text)
	}
	if err != nil {
		return nil, err
	}
	return in.frame(m.Array("data"), in.member("data"), o)
}

// openRows prepares to read a matrix whose entries stand row by row.
func (m *matrix) openRows() error {
	ends, indices, data, err := m.compressed(m.Rows)
	if err != nil {
		return err
	}
	m.Element = data.Type
	m.Close = func() error { return errors.Join(ends.close(), indices.close(), data.close()) }
	m.End = func() error {
		if err := ends.last(); err != nil {
			return err
		}
		return atEnds(ends.elements, indices, data)
	}
	m.Entries = func(take func(column int, value float64)) error {
		n, err := ends.next()
		for ; err == nil && n > 0; n -= min(n, elementsAtOnce) {
			err = both(indices, data, min(n, elementsAtOnce), m.Width, func(column int, value float64) error {
				take(column, value)
				return nil
			})
		}
		return err
	}
	return nil
}

// both takes so many entries: their places along a dimension of a size, and their values.
func both(indices, data *elements, n, size int, take func(place int, value float64) error) error {
	places, err := indices.take(n)
	if err != nil {
		return err
	}
	values, err := data.take(n)
	if err != nil {
		return err
	}
	for i := range n {
		place, err := indices.place(places, i, size)
		if err != nil {
			return err
		}
		if err := take(place, data.Type.Value(values[i*data.Type.Size:])); err != nil {
			return err
		}
	}
	return nil
}

// compressed opens the three arrays of a matrix whose entries stand row by row, or column by column.
func (m *matrix) compressed(n int) (ends *ends, indices, data *elements, err error) {
	ends, err = m.openEnds(n)
	if err != nil {
		return nil, nil, nil, err
	}
	indices, data, err = m.openBoth("indices")
	if err != nil {
		return nil, nil, nil, errors.Join(err, ends.close())
	}
	ends.total = data.total
	return ends, indices, data, nil
}

// openBoth opens the array of the entries' places along one dimension, and that of their values.
func (m *matrix) openBoth(places string) (indices, data *elements, err error) {
	if indices, err = m.archive.elements(places); err != nil {
		return nil, nil, err
	}
	if data, err = m.archive.elements("data"); err != nil {
		return nil, nil, errors.Join(err, indices.close())
	}
	switch {
	case indices.Type.Fraction():
		err = strict.Errorf("array %.40q: wanted integers, found elements of type %s", places, indices.Type.Name)
	case indices.total != data.total:
		err = strict.Errorf("wanted as many %s as data, found %d and %d", places, indices.total, data.total)
	}
	if err != nil {
		return nil, nil, errors.Join(err, indices.close(), data.close())
	}
	return indices, data, nil
}

// ends are the places among the entries where those of a row, or column, end.
type ends struct {
	*elements
	at    int // where the last ended
	total int // entries
}

// openEnds opens those of n rows.
func (m *matrix) openEnds(n int) (*ends, error) {
	e, err := m.archive.elements("indptr")
	if err != nil {
		return nil, err
	}
	switch {
	case e.Type.Fraction():
		err = strict.Errorf("array \"indptr\": wanted integers, found elements of type %s", e.Type.Name)
	case e.total != n+1:
		err = strict.Errorf("array \"indptr\": wanted %d elements, one more than the shape has, found %d", n+1, e.total)
	default:
		var first []byte
		if first, err = e.take(1); err == nil && e.Type.Value(first) != 0 {
			err = strict.Errorf("array \"indptr\": wanted 0 first, found %g", e.Type.Value(first))
		}
	}
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	return &ends{elements: e}, nil
}

// next is how many entries the next row has.
func (e *ends) next() (int, error) {
	element, err := e.take(1)
	if err != nil {
		return 0, err
	}
	end := e.Type.Value(element)
	if !strict.Whole(end, float64(e.at), float64(e.total)) {
		return 0, strict.Errorf("array \"indptr\", place %d: wanted at least the number before, %d, and at most that of all "+
			"entries, %d, found %.0f", e.total-e.left-1, e.at, e.total, end)
	}
	n := int(end) - e.at
	e.at = int(end)
	return n, nil
}

// last returns an error unless the last row has ended with all entries.
func (e *ends) last() error {
	if e.at != e.total {
		return strict.Errorf("array \"indptr\": wanted the number of all entries, %d, last, found %d", e.total, e.at)
	}
	return nil
}

// elementsAtOnce is the most elements that are taken at once.
const elementsAtOnce = 1 << 12

// elements reads an array of one dimension some elements at a time.
type elements struct {
	*source
	Type        strict.Type
	total, left int
	buffer      []byte
}

// elements opens an array of one dimension of numbers.
func (in *archive) elements(name string) (*elements, error) {
	at := in.member(name)
	if at < 0 {
		return nil, strict.Errorf("wanted an array %q beside the others of a sparse matrix, found none", name)
	}
	s, err := in.source(in.members[at], name)
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	e := &elements{source: s, Type: s.head.Type}
	total, ok := strict.Product(append(slices.Clone(s.head.Shape), e.Type.Size), s.limit)
	switch {
	case s.head.Text != nil:
		err = strict.Errorf("array %q: wanted numbers, found text", name)
	case len(s.head.Shape) != 1:
		err = strict.Errorf("array %q: wanted one dimension, found %d", name, len(s.head.Shape))
	case !ok || total != s.limit:
		err = strict.Errorf("array %q: the header claims %d elements of type %s, but %d bytes follow",
			name, s.head.Shape[0], e.Type.Name, s.limit)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	e.total = s.head.Shape[0]
	e.left = e.total
	return e, nil
}

// take returns the bytes of some elements, which are good until the next call.
func (e *elements) take(n int) ([]byte, error) {
	if e.buffer == nil {
		e.buffer = make([]byte, elementsAtOnce*e.Type.Size)
	}
	bytes := e.buffer[:n*e.Type.Size]
	_, err := io.ReadFull(e.content, bytes)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, strict.Errorf("array %q: truncated: it breaks off among its %d elements", e.name, e.total)
	case err != nil:
		return nil, fmt.Errorf("array %q: %w", e.name, err)
	}
	e.left -= n
	return bytes, nil
}

// place is an element as a place along a dimension of a size.
func (e *elements) place(bytes []byte, i, size int) (int, error) {
	value := e.Type.Value(bytes[i*e.Type.Size:])
	if !strict.Whole(value, 0, float64(size-1)) {
		return 0, strict.Errorf("array %q: wanted places from 0 to %d, as the shape says, found %.0f", e.name, size-1, value)
	}
	return int(value), nil
}

// atEnds holds that nothing follows behind some arrays, and that their checksums are right.
func atEnds(all ...*elements) error {
	for _, e := range all {
		if err := strict.AtEnd(e.content, int64(e.total)*int64(e.Type.Size)); err != nil {
			return fmt.Errorf("array %q: %w", e.name, err)
		}
	}
	return nil
}

// small is what an array of a few elements holds.
type small struct {
	numbers []float64
	text    string
}

// small reads an array of a few elements.
func (in *archive) small(name string) (small, error) {
	const most = 1 << 10 // bytes
	s, err := in.source(in.members[in.member(name)], name)
	if err != nil {
		return small{}, fmt.Errorf("array %q: %w", name, err)
	}
	defer s.close()
	total, ok := strict.Product(append(slices.Clone(s.head.Shape), s.head.Type.Size), min(most, s.limit))
	if !ok {
		return small{}, strict.Errorf("array %q: wanted a few elements, found %s", name, strict.Join(s.head.Shape))
	}
	bytes, err := strict.Bytes(s.content, total)
	if err != nil {
		return small{}, strict.Errorf("array %q: truncated", name)
	}
	var found small
	for ; len(bytes) > 0; bytes = bytes[s.head.Type.Size:] {
		if s.head.Text != nil {
			found.text += strings.TrimSpace(s.head.Text(bytes[:s.head.Type.Size]))
		} else {
			found.numbers = append(found.numbers, s.head.Type.Value(bytes))
		}
	}
	return found, nil
}
