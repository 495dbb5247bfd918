package numpy

import (
	"encoding/binary"
	"errors"
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

// entry is a value and its place.
type entry struct {
	row, column int32
	value       float64
}

// bucket is some rows' entries.
type bucket struct {
	end    int   // row behind the last
	place  int64 // of its first entry, in entries
	n      int
	buffer []entry // not written yet
	filled int     // entries that were written
}

// pass gives all entries of a matrix, in the order of the file.
type pass func(take func(e entry) error) error

// openTurned prepares to read a matrix that is not in the order of rows, and has some arrays. It is brought into that
// order when the first row is read.
func (m *matrix) openTurned(entries pass, arrays ...string) error {
	for _, name := range append(arrays, "data") {
		e, err := m.archive.elements(name)
		if err != nil {
			return err
		}
		m.element = e.Type // in the end that of the data
		if err := e.close(); err != nil {
			return err
		}
	}
	t := &turner{matrix: m}
	m.entries = func(take func(column int, value float64)) error {
		if t.buckets == nil {
			if err := t.turn(entries); err != nil {
				return err
			}
		}
		return t.row(take)
	}
	m.close, m.end = t.close, func() error { return nil } // All ends were held while the entries were counted.
	return nil
}

// turn brings the entries into the order of rows.
func (t *turner) turn(entries pass) error {
	if err := t.count(entries); err != nil {
		return err
	}
	if len(t.buckets) > 1 {
		var err error
		if t.file, err = spool(); err != nil {
			return err
		}
	}
	return t.fill(entries)
}

// turner brings entries into the order of rows.
type turner struct {
	*matrix
	cell    int // rows of a cell of the grid
	buckets []bucket
	file    *os.File // nil where there is one bucket only

	current int      // bucket that is being read
	entries []entry  // its entries
	order   []uint64 // their rows and places, in order
	next    int      // in the order
	at      int      // row
}

// count divides the rows among buckets.
func (t *turner) count(entries pass) error {
	t.cell = (t.rows + gridCells - 1) / gridCells
	counts := make([]int, (t.rows+t.cell-1)/t.cell)
	all := 0
	err := entries(func(e entry) error {
		counts[int(e.row)/t.cell]++
		all++
		return nil
	})
	if err != nil {
		return err
	}
	if t.rows > rowsFree+rowsPerEntry*all {
		return strict.Errorf("array \"shape\": the matrix claims %d rows, but has only %d entries", t.rows, all)
	}
	b := bucket{}
	place := int64(0)
	for cell, n := range counts {
		if n > maxCell {
			return strict.Errorf("wanted at most %d entries in rows %d to %d, found %d; save x.tocsr()",
				maxCell, cell*t.cell, min((cell+1)*t.cell, t.rows)-1, n)
		}
		if b.n > 0 && b.n+n > bucketEntries {
			t.buckets = append(t.buckets, b)
			place += int64(b.n)
			b = bucket{place: place}
		}
		b.n += n
		b.end = min((cell+1)*t.cell, t.rows)
	}
	t.buckets = append(t.buckets, b)
	return nil
}

// fill puts the entries into their buckets.
func (t *turner) fill(entries pass) error {
	ofCell := make([]int32, (t.rows+t.cell-1)/t.cell)
	b := 0
	for cell := range ofCell {
		if cell*t.cell >= t.buckets[b].end {
			b++
		}
		ofCell[cell] = int32(b)
	}
	err := entries(func(e entry) error {
		b := &t.buckets[ofCell[int(e.row)/t.cell]]
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
		bytes = binary.LittleEndian.AppendUint32(bytes, uint32(e.row))
		bytes = binary.LittleEndian.AppendUint32(bytes, uint32(e.column))
		bytes = binary.LittleEndian.AppendUint64(bytes, math.Float64bits(e.value))
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
		take(int(e.column), e.value)
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
			t.entries = append(t.entries, entry{
				int32(binary.LittleEndian.Uint32(bytes)), int32(binary.LittleEndian.Uint32(bytes[4:])),
				math.Float64frombits(binary.LittleEndian.Uint64(bytes[8:])),
			})
		}
	}
	t.order = slices.Grow(t.order[:0], b.n)
	for i, e := range t.entries {
		t.order = append(t.order, uint64(e.row)<<32|uint64(i))
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

// byColumns gives the entries of a matrix in the format csc.
func (m *matrix) byColumns(take func(e entry) error) (err error) {
	ends, rows, data, err := m.compressed(m.width)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ends.close(), rows.close(), data.close()) }()
	for column := range m.width {
		n, err := ends.next()
		for ; err == nil && n > 0; n -= min(n, elementsAtOnce) {
			err = both(rows, data, min(n, elementsAtOnce), m.rows, func(row int, value float64) error {
				return take(entry{int32(row), int32(column), value})
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
func (m *matrix) byEntries(take func(e entry) error) (err error) {
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
		err = both(rows, data, n, m.rows, func(row int, value float64) error {
			column, err := columns.place(bytes, i, m.width)
			if err != nil {
				return err
			}
			i++
			return take(entry{int32(row), int32(column), value})
		})
		if err != nil {
			return err
		}
	}
	return atEnds(columns, rows, data)
}
