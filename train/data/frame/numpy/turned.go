package numpy

import (
	"errors"

	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/strict"
)

// openTurned prepares to read a matrix that is not in the order of rows, and has some arrays.
func (m *matrix) openTurned(entries array.Pass, arrays ...string) error {
	for _, name := range append(arrays, "data") {
		e, err := m.archive.elements(name)
		if err != nil {
			return err
		}
		m.Element = e.Type // in the end that of the data
		if err := e.close(); err != nil {
			return err
		}
	}
	m.Turn(entries)
	return nil
}

// byColumns gives the entries of a matrix in the format csc.
func (m *matrix) byColumns(take func(e array.Entry) error) (err error) {
	ends, rows, data, err := m.compressed(m.Width)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ends.close(), rows.close(), data.close()) }()
	for column := range m.Width {
		n, err := ends.next()
		for ; err == nil && n > 0; n -= min(n, elementsAtOnce) {
			err = both(rows, data, min(n, elementsAtOnce), m.Rows, func(row int, value float64) error {
				return take(array.Entry{Row: int32(row), Column: int32(column), Value: value})
			})
		}
		if err != nil {
			return err
		}
	}
	if err := ends.last(); err != nil {
		return err
	}
	return atEnds(ends.elements, rows, data)
}

// byEntries gives the entries of a matrix in the format coo.
func (m *matrix) byEntries(take func(e array.Entry) error) (err error) {
	columns, err := m.archive.elements("col")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, columns.close()) }()
	rows, data, err := m.openBoth("row")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.close(), data.close()) }()
	if columns.total != data.total || columns.Type.Fraction() {
		return strict.Errorf("wanted as many integers col as data, found %d of type %s and %d",
			columns.total, columns.Type.Name, data.total)
	}
	for left := data.total; left > 0; left -= min(left, elementsAtOnce) {
		n := min(left, elementsAtOnce)
		bytes, err := columns.take(n)
		if err != nil {
			return err
		}
		i := 0
		err = both(rows, data, n, m.Rows, func(row int, value float64) error {
			column, err := columns.place(bytes, i, m.Width)
			if err != nil {
				return err
			}
			i++
			return take(array.Entry{Row: int32(row), Column: int32(column), Value: value})
		})
		if err != nil {
			return err
		}
	}
	return atEnds(columns, rows, data)
}
