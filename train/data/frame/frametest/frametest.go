// Package frametest reads whole tables, for the tests of their formats.
package frametest

import (
	"errors"
	"fmt"
	"io"
	"math"
	"testing"

	"ssdgm/train/data/datatest"
	"ssdgm/train/data/frame"
)

// Names are the columns' names.
func Names(r frame.Reader) (names []string) {
	for _, column := range r.Columns() {
		names = append(names, column.Name)
	}
	return names
}

// all are the numbers of so many columns, from 0.
func all(columns int) []int {
	list := make([]int, columns)
	for i := range list {
		list[i] = i
	}
	return list
}

// Texts reads all cells as texts, and closes the reader.
func Texts(t testing.TB, r frame.Reader) (rows [][]string) {
	t.Helper()
	columns := len(r.Columns())
	r.Select(nil, all(columns))
	read(t, r, func() error {
		row := make([]string, columns)
		err := r.Next(nil, row)
		rows = append(rows, row)
		return err
	})
	return rows[:len(rows)-1]
}

// Numbers reads the cells of some columns as numbers, and closes the reader. One that is missing is nil.
func Numbers(t testing.TB, r frame.Reader, columns []int) (rows [][]*float32) {
	t.Helper()
	r.Select(columns, nil)
	read(t, r, func() error {
		values := make([]float32, len(columns))
		row := make([]*float32, len(columns))
		err := r.Next(values, nil)
		for i, value := range values {
			if !math.IsNaN(float64(value)) {
				row[i] = &values[i]
			}
		}
		rows = append(rows, row)
		return err
	})
	return rows[:len(rows)-1]
}

// read reads rows to the end.
func read(t testing.TB, r frame.Reader, next func() error) {
	t.Helper()
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	for n := 0; ; n++ {
		err := next()
		if errors.Is(err, io.EOF) {
			if r.Rows() >= 0 && r.Rows() != n {
				t.Errorf("%d rows were promised, %d came", r.Rows(), n)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Fault reads all columns, as numbers where they may be some, to the first error, and returns it.
func Fault(r frame.Reader) error {
	defer r.Close()
	var numbers, texts []int
	for i, column := range r.Columns() {
		if column.Kind == frame.Text || column.Kind == frame.Image {
			texts = append(texts, i)
		} else {
			numbers = append(numbers, i)
		}
	}
	r.Select(numbers, texts)
	row, words := make([]float32, len(numbers)), make([]string, len(texts))
	for {
		if err := r.Next(row, words); err != nil {
			return err
		}
	}
}

// Live reads a table, all columns as numbers, and returns how many rows there were and the most bytes that were live on
// the heap meanwhile, of some looks at it, beyond what was before.
func Live(open func() (frame.Reader, error)) (rows int, most int64, err error) {
	const looks = 8
	before := datatest.LiveBytes()
	r, err := open()
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	columns := len(r.Columns())
	r.Select(all(columns), nil)
	row := make([]float32, columns)
	every := 1
	for {
		err := r.Next(row, nil)
		if errors.Is(err, io.EOF) {
			return rows, most, nil
		}
		if err != nil {
			return rows, most, fmt.Errorf("row %d: %w", rows, err)
		}
		if rows++; rows == every {
			most, every = max(most, datatest.LiveBytes()-before), every*looks
		}
	}
}
