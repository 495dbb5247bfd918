package numpy

import (
	"errors"
	"io"
	"os"

	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/strict"
)

// blockBytes is how much of an array in Fortran's order is read at once, at least a row.
const blockBytes = 16 << 20

// turn makes an array give its rows although the elements of a column stand side by side. It is unpacked, or its checksum
// compared, when the first row is read.
func (s *source) turn(a *array.Array) error {
	width, total := 1, int64(a.Type.Size)
	for d, n := range a.Shape {
		total *= int64(n) // It has been held that the file can hold it.
		if d > 0 {
			width *= n
		}
	}
	if s.at != nil && s.limit > total {
		return strict.Errorf("trailing bytes after the %d that the header claims", total)
	}
	b := &blocks{
		at: s.at, rows: a.Shape[0], width: width, size: a.Type.Size, from: turned(a.Shape[1:], width),
		most: max(1, blockBytes/(width*a.Type.Size)),
	}
	var spooled *os.File
	a.Close = func() error {
		if spooled != nil {
			return errors.Join(spooled.Close(), s.close())
		}
		return s.close()
	}
	a.Next = func() ([]byte, error) {
		var err error
		switch {
		case b.row > 0:
		case s.at == nil:
			if spooled, err = spool(); err == nil {
				b.at, err = spooled, s.copyTo(spooled, total)
			}
		case s.checksum:
			err = s.copyTo(io.Discard, total)
		}
		if err != nil {
			return nil, err
		}
		return b.next()
	}
	return nil
}

// copyTo reads the elements to their end, where a checksum may be.
func (s *source) copyTo(to io.Writer, total int64) error {
	n, err := io.CopyN(to, s.content, total)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return strict.Errorf("truncated: wanted %d bytes of data, found %d", total, n)
	case err != nil:
		return strict.Describe(err)
	}
	return strict.AtEnd(s.content, total)
}

// spool makes a temporary file that is gone when it is closed, also where the program does not come to that.
func spool() (*os.File, error) {
	file, err := os.CreateTemp("", "ssdgm-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// turned is where the elements of a row stand among its columns, of which the first dimension varies fastest: in the
// order in which the last one does.
func turned(shape []int, width int) []int {
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
