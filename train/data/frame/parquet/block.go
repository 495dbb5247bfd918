package parquet

import (
	"errors"
	"io"
	"math"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/strict"
)

// Several rows at once are read leaf by leaf, as they lie in the file: some columns' values are decoded one column after
// the other into a block that a cache holds, and go from there into their places in the rows.

// blockColumns is how many columns a block has: the values of a row in one are a line of a cache.
const blockColumns = 16

// uses are the places, among the numbers and the texts that are selected, that a leaf fills.
type uses struct{ numbers, texts []int }

// NextRows implements frame.Block.
func (t *table) NextRows(numbers []float32, texts []string, most int) (n int, err error) {
	for t.file != nil {
		err := guarded(func() (err error) { n, err = t.readRows(numbers, texts, most); return err })
		if err == nil {
			return n, nil
		}
		if !errors.Is(err, io.EOF) {
			return 0, t.file.named(err)
		}
		if err := t.nextFile(); err != nil {
			return 0, err
		}
	}
	return 0, io.EOF
}

// readRows reads rows of one group of the open file; io.EOF after its last.
func (t *table) readRows(numbers []float32, texts []string, most int) (n int, err error) {
	if err := t.enter(); err != nil {
		return 0, err
	}
	if left := t.file.meta.RowGroups[t.group].NumRows - int64(t.row); int64(most) > left {
		most = int(left)
	}
	first := t.line
	var flat []*cell
	for i, c := range t.cells {
		if t.flat(c, t.uses[i]) {
			flat = append(flat, c)
			if len(flat) < blockColumns {
				continue
			}
		} else if err := t.oneByOne(c, t.uses[i], numbers, texts, most); err != nil {
			return 0, err
		}
		if len(flat) == blockColumns {
			if err := t.flatBlock(flat, numbers, most); err != nil {
				return 0, err
			}
			flat = flat[:0]
		}
	}
	if err := t.flatBlock(flat, numbers, most); err != nil {
		return 0, err
	}
	t.row, t.line = t.row+most, first+most
	return most, nil
}

// flat tells whether a leaf fills one place of numbers, from numbers.
func (t *table) flat(c *cell, u uses) bool {
	l := c.pages.leaf
	return !l.list && l.content < words && len(u.numbers) == 1 && len(u.texts) == 0
}

// oneByOne reads rows of a leaf, one after the other.
func (t *table) oneByOne(c *cell, u uses, numbers []float32, texts []string, rows int) error {
	first := t.line
	defer func() { t.line = first }()
	for row := range rows {
		t.line = first + row + 1
		if err := t.advance(c); err != nil {
			return t.where(c.leaf, ended(err))
		}
		if t.leaves[c.leaf].list && !t.marks.HasNumbers() {
			for _, k := range u.numbers {
				numbers[row*len(t.numbers)+k] = c.list[t.columns[t.numbers[k]].place]
			}
		} else if err := t.numbersOf(u.numbers, numbers[row*len(t.numbers):]); err != nil {
			return err
		}
		for _, k := range u.texts {
			var err error
			if texts[row*len(t.texts)+k], err = t.textOf(t.texts[k], t.marksOf(k)); err != nil {
				return t.where(c.leaf, err)
			}
		}
	}
	return nil
}

// numbersOf fills some places of a row of numbers.
func (t *table) numbersOf(places []int, row []float32) (err error) {
	for _, k := range places {
		if row[k], err = t.numberOf(t.numbers[k]); err != nil {
			return err
		}
	}
	return nil
}

// ended is the error of a column that has fewer values than rows.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return strict.Errorf("truncated: the column has ended")
	}
	return err
}

// flatBlock reads rows of some leaves into their places.
func (t *table) flatBlock(cells []*cell, numbers []float32, rows int) error {
	if need := len(cells) * rows; len(t.block) < need {
		t.block = make([]float32, blockColumns*rows)
	}
	var to [blockColumns]int
	for i, c := range cells {
		to[i] = t.uses[t.place[c.leaf]-1].numbers[0]
		if row, err := c.fill(t.block[i*rows:][:rows], t.marks); err != nil {
			t.line += row + 1
			return t.where(c.leaf, ended(err))
		}
	}
	width := len(t.numbers)
	side := len(cells) > 0 && to[len(cells)-1] == to[0]+len(cells)-1
	for i := range cells {
		side = side && to[i] == to[0]+i
	}
	for row := range rows {
		dst := numbers[row*width:][:width]
		if side {
			dst = dst[to[0]:][:len(cells)]
			for i := range dst {
				dst[i] = t.block[i*rows+row]
			}
			continue
		}
		for i := range cells {
			dst[to[i]] = t.block[i*rows+row]
		}
	}
	return nil
}

// fill reads the numbers of so many rows of a leaf that is no list. An error comes with the row.
func (c *cursor) fill(dst []float32, marks *frame.Marks) (row int, err error) {
	for row < len(dst) {
		if err := c.more(); err != nil {
			return row, err
		}
		n := min(len(dst)-row, c.places-c.place)
		if c.definitions != nil {
			if err := c.fillSome(dst[row:][:n], marks); err != nil {
				return row, err
			}
		} else if err := c.fillAll(dst[row:][:n], marks); err != nil {
			return row, err
		}
		row += n
	}
	return row, nil
}

// fillSome reads places of a page of which some have no value.
func (c *cursor) fillSome(dst []float32, marks *frame.Marks) error {
	l := c.pages.leaf
	for i := range dst {
		_, values, at, err := c.next()
		switch {
		case err != nil:
			return err
		case at < 0:
			dst[i] = float32(math.NaN())
		default:
			dst[i] = marks.Number(l.number(values, at))
		}
	}
	return nil
}

// fillAll reads places of a page that all have a value.
func (c *cursor) fillAll(dst []float32, marks *frame.Marks) error {
	c.place += len(dst)
	if c.indices == nil {
		if c.value+len(dst) > c.values.len() {
			return strict.Errorf("truncated: a page has fewer values than it claims")
		}
		c.pages.leaf.numbers(dst, c.values, c.value, marks)
		c.value += len(dst)
		return nil
	}
	numbers := c.pages.dictionaryNumbers(marks)
	for len(dst) > 0 {
		indices, err := c.look(len(dst))
		if err != nil {
			return err
		}
		for i, at := range indices {
			if uint32(at) >= uint32(len(numbers)) {
				return c.beyond(int(at))
			}
			dst[i] = numbers[at]
		}
		c.value += len(indices)
		dst, c.ahead = dst[len(indices):], c.ahead[len(indices):]
	}
	return nil
}

// dictionaryNumbers are the numbers of the dictionary.
func (p *pages) dictionaryNumbers(marks *frame.Marks) []float32 {
	if p.numbers == nil {
		p.numbers = make([]float32, p.dictionary.len())
		p.leaf.numbers(p.numbers, p.dictionary, 0, marks)
	}
	return p.numbers
}

// numbers are values of a leaf, from one place on.
func (l *leaf) numbers(dst []float32, v *vector, from int, marks *frame.Marks) {
	switch {
	case marks.HasNumbers():
		for i := range dst {
			dst[i] = marks.Number(l.number(v, from+i))
		}
	case l.content == floats:
		copy(dst, v.floats[from:])
	case l.content == doubles:
		for i, x := range v.doubles[from:][:len(dst)] {
			dst[i] = float32(x)
		}
	case v.int32s != nil && (l.content == integers || l.content == bytes8):
		for i, x := range v.int32s[from:][:len(dst)] {
			dst[i] = float32(x)
		}
	default:
		for i := range dst {
			dst[i] = float32(l.number(v, from+i))
		}
	}
}
