package array

import (
	"encoding/binary"
	"io"
	"math"

	"ssdgm/train/data/strict"
)

// Matrix is a sparse matrix.
type Matrix struct {
	Rows, Width int
	Element     strict.Type // of its values
	// Entries gives the entries of the next row to take, in the order of the file.
	Entries func(take func(column int, value float64)) error
	End     func() error // holds that all is well behind the last row
	Close   func() error

	row     int
	values  []float64
	bytes   []byte // the values as the elements of an array
	columns []int  // those of the row's entries, up to one more than there are
}

// Array is the matrix as an array of rows.
func (m *Matrix) Array(name string) *Array {
	t := strict.Float64
	if m.single() {
		t = strict.Float32
	}
	m.values, m.bytes = make([]float64, m.Width), make([]byte, m.Width*t.Size)
	return &Array{
		Name: name, Shape: []int{m.Rows, m.Width}, Type: t, Sparse: true, Next: m.next, Close: m.Close,
	}
}

// single tells whether the values are floats that are summed in 32 bits, as SciPy sums them.
func (m *Matrix) single() bool { return m.Element.Fraction() && m.Element.Size < 8 }

// next returns the elements of the next row. Entries of one place are summed.
func (m *Matrix) next() ([]byte, error) {
	if m.row == m.Rows {
		if err := m.End(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	m.clear()
	single, truth := m.single(), m.Element.Name == strict.Bool.Name
	err := m.Entries(func(column int, value float64) {
		value += m.values[column]
		switch {
		case single:
			value = float64(float32(value))
		case truth:
			value = min(value, 1)
		}
		m.put(column, value)
		if len(m.columns) <= m.Width {
			m.columns = append(m.columns, column)
		}
	})
	if err != nil {
		return nil, err
	}
	m.row++
	return m.bytes, nil
}

// put makes a value that of a column.
func (m *Matrix) put(column int, value float64) {
	m.values[column] = value
	if m.single() {
		binary.LittleEndian.PutUint32(m.bytes[4*column:], math.Float32bits(float32(value)))
	} else {
		binary.LittleEndian.PutUint64(m.bytes[8*column:], math.Float64bits(value))
	}
}

// clear makes all values 0 that are not. Where entries were more than columns, as of places that stand twice, any may be.
func (m *Matrix) clear() {
	if len(m.columns) > m.Width {
		clear(m.values)
		clear(m.bytes)
	} else {
		for _, column := range m.columns {
			m.put(column, 0)
		}
	}
	m.columns = m.columns[:0]
}
