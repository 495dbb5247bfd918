package array

import (
	"encoding/binary"
	"io"
	"math"
	"os"
	"slices"

	"ssdgm/train/data/strict"
)

// A matrix that is not in the order of rows is brought into it: its entries are counted by row, the rows divided among
// buckets of at most so many entries, and the entries, in a second pass, written where their bucket has its place in a
// temporary file. A bucket is sorted when its first row is read. A single bucket stays in memory.
const (
	bucketEntries = 1 << 20
	entryBytes    = 16
	gridCells     = 1 << 16 // that rows are counted in
	maxCell       = 1 << 23 // entries of a cell, and so of a bucket
	bucketBuffer  = 1 << 10 // entries that are written at once
	// rowsPerEntry is how many rows a matrix may claim for each of its entries, beyond a few.
	rowsPerEntry, rowsFree = 100, 1 << 16
)

// BucketBytes is how many bytes a bucket has in the file.
const BucketBytes = bucketEntries * entryBytes

// Entry is a value and its place.
type Entry struct {
	Row, Column int32
	Value       float64
}

// bucket is some rows' entries.
type bucket struct {
	end    int   // row behind the last
	place  int64 // of its first Entry, in entries
	n      int
	buffer []Entry // not written yet
	filled int     // entries that were written
}

// Pass gives all entries of a matrix, in the order of the file.
type Pass func(take func(e Entry) error) error

// Turn prepares to read a matrix that is not in the order of rows. It is brought into that order when the first row is
// read.
func (m *Matrix) Turn(entries Pass) {
	t := &turner{Matrix: m}
	m.Entries = func(take func(column int, value float64)) error {
		if t.buckets == nil {
			if err := t.turn(entries); err != nil {
				return err
			}
		}
		return t.row(take)
	}
	m.Close, m.End = t.close, func() error { return nil } // All ends were held while the entries were counted.
}

// turn brings the entries into the order of rows.
func (t *turner) turn(entries Pass) error {
	if err := t.count(entries); err != nil {
		return err
	}
	if len(t.buckets) > 1 {
		var err error
		if t.file, err = Spool(); err != nil {
			return err
		}
	}
	return t.fill(entries)
}

// turner brings entries into the order of rows.
type turner struct {
	*Matrix
	cell    int // rows of a cell of the grid
	buckets []bucket
	file    *os.File // nil where there is one bucket only

	current int      // bucket that is being read
	entries []Entry  // its entries
	order   []uint64 // their rows and places, in order
	next    int      // in the order
	at      int      // row
}

// count divides the rows among buckets.
func (t *turner) count(entries Pass) error {
	t.cell = (t.Rows + gridCells - 1) / gridCells
	counts := make([]int, (t.Rows+t.cell-1)/t.cell)
	all := 0
	err := entries(func(e Entry) error {
		counts[int(e.Row)/t.cell]++
		all++
		return nil
	})
	if err != nil {
		return err
	}
	if t.Rows > rowsFree+rowsPerEntry*all {
		return strict.Errorf("the matrix claims %d rows, but has only %d entries", t.Rows, all)
	}
	b := bucket{}
	place := int64(0)
	for cell, n := range counts {
		if n > maxCell {
			return strict.Errorf("wanted at most %d entries in rows %d to %d, found %d; save x.tocsr()",
				maxCell, cell*t.cell, min((cell+1)*t.cell, t.Rows)-1, n)
		}
		if b.n > 0 && b.n+n > bucketEntries {
			t.buckets = append(t.buckets, b)
			place += int64(b.n)
			b = bucket{place: place}
		}
		b.n += n
		b.end = min((cell+1)*t.cell, t.Rows)
	}
	t.buckets = append(t.buckets, b)
	return nil
}

// fill puts the entries into their buckets.
func (t *turner) fill(entries Pass) error {
	ofCell := make([]int32, (t.Rows+t.cell-1)/t.cell)
	b := 0
	for cell := range ofCell {
		if cell*t.cell >= t.buckets[b].end {
			b++
		}
		ofCell[cell] = int32(b)
	}
	err := entries(func(e Entry) error {
		b := &t.buckets[ofCell[int(e.Row)/t.cell]]
		if b.filled+len(b.buffer) == b.n {
			return strict.Errorf("the file changes while it is read")
		}
		b.buffer = append(b.buffer, e)
		if t.file != nil && len(b.buffer) == bucketBuffer {
			return t.write(b)
		}
		return nil
	})
	if t.file == nil {
		return err
	}
	for i := 0; i < len(t.buckets) && err == nil; i++ {
		err = t.write(&t.buckets[i])
	}
	return err
}

// write appends what a bucket has to its place in the file.
func (t *turner) write(b *bucket) error {
	bytes := make([]byte, 0, bucketBuffer*entryBytes)
	for _, e := range b.buffer {
		bytes = binary.LittleEndian.AppendUint32(bytes, uint32(e.Row))
		bytes = binary.LittleEndian.AppendUint32(bytes, uint32(e.Column))
		bytes = binary.LittleEndian.AppendUint64(bytes, math.Float64bits(e.Value))
	}
	_, err := t.file.WriteAt(bytes, (b.place+int64(b.filled))*entryBytes)
	b.filled += len(b.buffer)
	b.buffer = b.buffer[:0]
	return err
}

// row gives the entries of the next row.
func (t *turner) row(take func(column int, value float64)) error {
	if t.at == 0 || t.at == t.buckets[t.current].end {
		if t.at > 0 {
			t.current++
		}
		if err := t.load(&t.buckets[t.current]); err != nil {
			return err
		}
	}
	for ; t.next < len(t.order) && int(t.order[t.next]>>32) == t.at; t.next++ {
		e := t.entries[uint32(t.order[t.next])]
		take(int(e.Column), e.Value)
	}
	t.at++
	return nil
}

// load reads a bucket, and sorts it by rows. Entries of one row stay in the order of the file, in which they are summed.
func (t *turner) load(b *bucket) error {
	t.next = 0
	if t.file == nil {
		t.entries, b.buffer = b.buffer, nil
	} else {
		total := int64(b.n) * entryBytes
		bytes, err := strict.Bytes(io.NewSectionReader(t.file, b.place*entryBytes, total), total)
		if err != nil {
			return err
		}
		t.entries = slices.Grow(t.entries[:0], b.n)
		for ; len(bytes) > 0; bytes = bytes[entryBytes:] {
			t.entries = append(t.entries, Entry{
				int32(binary.LittleEndian.Uint32(bytes)), int32(binary.LittleEndian.Uint32(bytes[4:])),
				math.Float64frombits(binary.LittleEndian.Uint64(bytes[8:])),
			})
		}
	}
	t.order = slices.Grow(t.order[:0], b.n)
	for i, e := range t.entries {
		t.order = append(t.order, uint64(e.Row)<<32|uint64(i))
	}
	slices.Sort(t.order)
	return nil
}

func (t *turner) close() error {
	if t.file == nil {
		return nil
	}
	return t.file.Close()
}
