package parquet

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/strict"
)

// cursor goes through a leaf of a group of rows, row after row.
type cursor struct {
	pages *pages
	*page
	place int // in the page, of the next
	value int // among those that are there, of the next

	ahead []int32 // places in the dictionary of the next values
	room  []int32 // that ahead lies in
}

// cursor begins with a group of rows.
func (f *file) cursor(l *leaf, group int) (*cursor, error) {
	rows, values := f.meta.RowGroups[group].NumRows, f.meta.RowGroups[group].Columns[l.index].MetaData.NumValues
	if !l.list && rows != values {
		return nil, strict.Errorf("claims %d values for %d rows", values, rows)
	}
	return &cursor{pages: f.pages(l, group), page: &page{}}, nil
}

// more makes sure of a next place; io.EOF after the last.
func (c *cursor) more() error {
	for c.place == c.places {
		next, err := c.pages.next()
		if err != nil {
			return err
		}
		c.page, c.place, c.value, c.ahead = next, 0, 0, nil
	}
	return nil
}

// next is the next place: how much of it is there, and where its value lies, which is −1 where there is none.
func (c *cursor) next() (definition int, values *vector, at int, err error) {
	most := c.pages.leaf.definition
	definition = most
	if c.definitions != nil {
		definition = int(c.definitions[c.place])
	}
	c.place++
	if definition < most {
		return definition, nil, -1, nil
	}
	at = c.value
	if c.indices != nil {
		indices, err := c.look(1)
		if err != nil {
			return 0, nil, 0, err
		}
		at, c.ahead = int(indices[0]), c.ahead[1:]
		if at < 0 || at >= c.values.len() {
			return 0, nil, 0, c.beyond(at)
		}
	}
	c.value++
	return definition, c.values, at, nil
}

// indicesAhead is how many places in a dictionary are decoded at once.
const indicesAhead = 256

// look decodes places in the dictionary of the next values: n at most, and one at least, where there is one.
func (c *cursor) look(n int) ([]int32, error) {
	if len(c.ahead) == 0 {
		if c.room == nil {
			c.room = make([]int32, indicesAhead)
		}
		c.ahead = c.room[:min(indicesAhead, c.indices.n-c.indices.read)]
		if len(c.ahead) == 0 {
			return nil, strict.Errorf("truncated: a page has fewer values than it claims")
		}
		if err := take(c.indices, c.ahead); err != nil {
			return nil, err
		}
	}
	return c.ahead[:min(n, len(c.ahead))], nil
}

// beyond is the error of a place that a dictionary has not.
func (c *cursor) beyond(at int) error {
	return strict.Errorf("a page wants place %d of a dictionary of %d values", at, c.values.len())
}

// cell reads a row of a leaf that is no list.
func (c *cursor) cell() (values *vector, at int, err error) {
	if err := c.more(); err != nil {
		return nil, 0, err
	}
	_, values, at, err = c.next()
	return values, at, err
}

// errNull is a row without a list.
var errNull = errors.New("no list")

// list appends a row's list to dst: NaN where a number is missing. It is errNull where the list is.
func (c *cursor) list(dst []float32) ([]float32, error) {
	l := c.pages.leaf
	for first := true; ; first = false {
		err := c.more()
		if errors.Is(err, io.EOF) && !first {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
		if goesOn := c.repetitions[c.place] > 0; first == goesOn {
			if first {
				return dst, strict.Errorf("a list goes on where a row should begin")
			}
			return dst, nil
		}
		if c.definitions == nil {
			n := bytes.IndexByte(c.repetitions[c.place+1:], 0) + 1
			if n == 0 {
				n = c.places - c.place
			}
			if len(dst)+n > maxWidth {
				return dst, tooLong()
			}
			dst = slices.Grow(dst, n)[:len(dst)+n]
			if err := c.fillAll(dst[len(dst)-n:], unmarked); err != nil {
				return dst, err
			}
			continue
		}
		definition, values, at, err := c.next()
		switch {
		case err != nil:
			return dst, err
		case definition < l.inside-1:
			return dst, errNull
		case definition < l.inside: // of no numbers
			continue
		case len(dst) == maxWidth:
			return dst, tooLong()
		case at < 0:
			dst = append(dst, float32(math.NaN()))
		default:
			dst = append(dst, float32(l.number(values, at)))
		}
	}
}

// unmarked are marks of nothing: those of a list are looked at when it becomes a row.
var unmarked = &frame.Marks{}

func tooLong() error { return strict.Errorf("a list of more than %d numbers", maxWidth) }

// firstWidth is the length of a leaf's first list.
func (f *file) firstWidth(l *leaf) (int, error) {
	width := 0
	err := f.first(l, func(c *cursor) error {
		list, err := c.list(nil)
		width = len(list)
		return err
	})
	return width, err
}

// firstBytes is the first value of a leaf of bytes; nil where there is none.
func (f *file) firstBytes(l *leaf) (value []byte, err error) {
	err = f.first(l, func(c *cursor) error {
		values, at, err := c.cell()
		if err == nil && at < 0 {
			return errNull
		}
		if err == nil {
			value = values.bytes(at)
		}
		return err
	})
	return value, err
}

// first reads rows of a leaf until one is there.
func (f *file) first(l *leaf, read func(*cursor) error) error {
	for group := range f.meta.RowGroups {
		c, err := f.cursor(l, group)
		for err == nil {
			if err = read(c); err == nil {
				return nil
			}
			if errors.Is(err, errNull) {
				err = nil
			}
		}
		if !errors.Is(err, io.EOF) {
			return strict.Errorf("column %q, row group %d: %v", l.name, group, err)
		}
	}
	return nil
}

// pictured tells whether a file's bytes are an image's.
func pictured(content []byte) bool {
	return bytes.HasPrefix(content, []byte("\x89PNG\r\n")) || bytes.HasPrefix(content, []byte("\xff\xd8\xff"))
}
