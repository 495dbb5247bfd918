package matlab

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/mat"
	"ssdgm/train/data/strict"
)

// entries are those of a sparse matrix, in temporary files: of each the row and the value, column by column.
type entries struct {
	rows, values *os.File
	ends         []int // of the columns
	last         bool  // the columns are the examples
}

// openSparse prepares to read a sparse matrix.
func (in *archive) openSparse(i int, v *mat.Variable, last bool) (*array.Array, error) {
	m := &array.Matrix{Rows: v.Shape[0], Width: v.Shape[1], Element: strict.Float64}
	if last {
		m.Rows, m.Width = m.Width, m.Rows
	}
	if m.Width > frame.MaxColumns {
		return nil, strict.Errorf("wanted at most %d columns, found %d", frame.MaxColumns, m.Width)
	}
	e := &entries{last: last}
	m.Turn(func(take func(array.Entry) error) error {
		if e.ends == nil {
			if err := e.spool(v.Sparse); err != nil {
				return in.named(i, err)
			}
		}
		return in.named(i, e.all(take))
	})
	a := m.Array(v.Name)
	a.Close = func() error { return errors.Join(e.close(), m.Close()) }
	return a, nil
}

func (e *entries) close() (err error) {
	for _, file := range []*os.File{e.rows, e.values} {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
	}
	return err
}

// spool writes the entries into the temporary files.
func (e *entries) spool(s *mat.Sparse) (err error) {
	if e.rows, err = array.Spool(); err != nil {
		return err
	}
	if e.values, err = array.Spool(); err != nil {
		return err
	}
	rows, values := bufio.NewWriter(e.rows), bufio.NewWriter(e.values)
	places, found := 0, 0
	err = s.Rows(func(row int) error {
		places++
		_, err := rows.Write(binary.LittleEndian.AppendUint32(nil, uint32(row)))
		return err
	})
	if err != nil {
		return err
	}
	if e.ends, err = s.Ends(); err != nil {
		return err
	}
	err = s.Values(func(value float64) error {
		found++
		_, err := values.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(value)))
		return err
	})
	if err != nil {
		return err
	}
	if n := e.ends[len(e.ends)-1]; n > places || n > found {
		return strict.Errorf("wanted %d entries, as the columns' ends say, found %d rows and %d values", n, places, found)
	}
	return errors.Join(rows.Flush(), values.Flush())
}

// all gives all entries.
func (e *entries) all(take func(array.Entry) error) error {
	if _, err := e.rows.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := e.values.Seek(0, io.SeekStart); err != nil {
		return err
	}
	rows, values := bufio.NewReader(e.rows), bufio.NewReader(e.values)
	var place [4]byte
	var value [8]byte
	done := 0
	for column, end := range e.ends {
		for ; done < end; done++ {
			if _, err := io.ReadFull(rows, place[:]); err != nil {
				return err
			}
			if _, err := io.ReadFull(values, value[:]); err != nil {
				return err
			}
			one := array.Entry{
				Row: int32(binary.LittleEndian.Uint32(place[:])), Column: int32(column),
				Value: math.Float64frombits(binary.LittleEndian.Uint64(value[:])),
			}
			if e.last {
				one.Row, one.Column = one.Column, one.Row
			}
			if err := take(one); err != nil {
				return err
			}
		}
	}
	return nil
}
