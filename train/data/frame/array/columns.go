package array

import (
	"errors"
	"io"
	"os"

	"ssdgm/train/data/strict"
)

// Spool makes a temporary file that is gone when it is closed, also where the program does not come to that.
func Spool() (*os.File, error) {
	file, err := os.CreateTemp("", "ssdgm-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Turned is where the elements of a row stand among its columns, of which the first dimension varies fastest: in the
// order in which the last one does.
func Turned(shape []int, width int) []int {
	from := make([]int, 0, width)
	index := make([]int, len(shape))
	for range width {
		at, stride := 0, 1
		for d, n := range shape {
			at += index[d] * stride
			stride *= n
		}
		from = append(from, at)
		for d := len(shape) - 1; d >= 0; d-- {
			if index[d]++; index[d] < shape[d] {
				break
			}
			index[d] = 0
		}
	}
	return from
}

// BlockBytes is how much of an array is read at once, at least a row.
const BlockBytes = 16 << 20

// Columns gives the rows of an array whose first dimension varies fastest: the elements of a column stand side by side,
// from the beginning on. It reads blocks of rows, of 16 MiB.
func Columns(at io.ReaderAt, shape []int, t strict.Type) (next func() ([]byte, error)) {
	width := 1
	for _, n := range shape[1:] {
		width *= n
	}
	b := &blocks{
		at: at, rows: shape[0], width: width, size: t.Size, from: Turned(shape[1:], width),
		most: max(1, BlockBytes/(width*t.Size)),
	}
	return b.next
}

// blocks reads an array whose first dimension varies fastest, some rows of all columns at once.
type blocks struct {
	at                io.ReaderAt
	rows, width, size int
	from              []int // the column of an element
	most              int   // rows of a block

	row, first, end int    // the next row, and those of the block
	columns, block  []byte // the block as it is read, column by column, and row by row
}

// next returns the elements of the next row.
func (b *blocks) next() ([]byte, error) {
	if b.row == b.rows {
		return nil, io.EOF
	}
	if b.row == b.end {
		if err := b.read(); err != nil {
			return nil, err
		}
	}
	bytes := b.width * b.size
	row := b.block[(b.row-b.first)*bytes:][:bytes]
	b.row++
	return row, nil
}

// read reads the next block.
func (b *blocks) read() error {
	b.first, b.end = b.end, min(b.end+b.most, b.rows)
	n := b.end - b.first
	if b.block == nil {
		b.columns, b.block = make([]byte, n*b.size), make([]byte, n*b.width*b.size)
	}
	column := b.columns[:n*b.size]
	for to, from := range b.from {
		at := (int64(from)*int64(b.rows) + int64(b.first)) * int64(b.size)
		if _, err := b.at.ReadAt(column, at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for i := range n {
			copy(b.block[(i*b.width+to)*b.size:][:b.size], column[i*b.size:])
		}
	}
	return nil
}
