package sanity

import (
	"fmt"
	"math"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
)

// Table is a training part of real-valued features.
type Table struct {
	Name     string              // in messages
	Features []transform.Feature // what the values of a row are, in order
	// Rows calls each with all rows in the order of the file, and their labels, which may be data.Unlabelled. The row is
	// the callee's only until it returns.
	Rows func(each func(row []float32, label uint8) error) error
}

// Features are those of a width of values without names.
func Features(width int) []transform.Feature {
	features := make([]transform.Feature, width)
	for i := range features {
		features[i].Name = fmt.Sprint(i)
	}
	return features
}

// Columns returns a line for the user on each kind of column of a table that is surely a mistake. It goes over the rows
// once, and keeps some numbers for each column. The error is that of the rows.
func Columns(t Table) (notes []string, err error) {
	found, err := Look(t)
	return found.Notes(), err
}

// Found are the columns of a table that are surely a mistake, by their names.
type Found struct {
	Twins     []string // two that hold the same values, as in "a and b"
	Numbering []string // that number the rows
	Leaks     []string // that tell the label
	Close     []string // whose values single precision does not tell apart, or hardly
	Marked    []string // with a negative number that is a usual mark of what is missing, as in "age (-999)"

	table string
}

// Look is Columns, and gives the names.
func Look(t Table) (Found, error) {
	l := newLook(t.Features)
	err := t.Rows(func(row []float32, label uint8) error { l.row(row, label); return nil })
	if err != nil {
		return Found{}, err
	}
	return Found{Twins: l.twins(), Numbering: l.numbering(), Leaks: l.leaks(), Close: l.close(), Marked: l.marks(),
		table: t.Name}, nil
}

// Notes are lines for the user, one for each kind of mistake.
func (f Found) Notes() (notes []string) {
	note := func(names []string, format string) {
		if names != nil {
			notes = append(notes, fmt.Sprintf(format, f.table, transform.Some(names)))
		}
	}
	note(f.Twins, "%s: the same values stand in two columns in every row (%s); leave one of each two out "+
		"(data.drop_columns)")
	note(f.Numbering, "%s: column %s numbers the rows: it tells nothing of new ones; leave it out (data.drop_columns)")
	note(f.Leaks, "%s: column %s tells the label of every labelled row: if it is not known where the label is not, leave "+
		"it out (data.drop_columns)")
	note(f.Close, "%s: column %s: the values are alike, or so close together for their size that single precision hardly "+
		"tells them apart; if they differ, subtract the least of them from each")
	note(f.Marked, "%s: nothing but this is below 0 in column %s: if it stands for a missing value, leave the cell empty "+
		"and choose data.missing")
	return notes
}

// look is what is known of a table after some of its rows. A feature has one value in a row: its number, or the place of
// its category.
type look struct {
	features []transform.Feature
	widths   []int // how many values of a row each has
	n        int
	values   []float32 // of the row
	before   []float32 // of the row before
	first    []float32
	varied   []bool
	constant []int // the features that have not varied

	hashes []uint64 // of all values so far of the features that may have a twin
	twin   []int    // which these are
	number []int    // the features that may number the rows
	sums   []uint64 // of these, see scrambled
	fallen []bool   // these have a value that is no larger than the one before
	least  []float32
	most   []float32
	leak   []int // the features that may tell the label
	says   []map[uint32]uint8
	near   []int     // the features whose values are all close to the first one
	signed []int     // the features that have no number below 0 but perhaps one mark
	mark   []float32 // of these; 0: none so far

	labelled int
	classes  map[uint8]bool
}

func newLook(features []transform.Feature) *look {
	d := len(features)
	l := &look{
		features: features, values: make([]float32, d), before: make([]float32, d), first: make([]float32, d),
		varied: make([]bool, d), hashes: make([]uint64, d), sums: make([]uint64, d), fallen: make([]bool, d),
		mark: make([]float32, d), least: make([]float32, d), most: make([]float32, d), says: make([]map[uint32]uint8, d), classes: map[uint8]bool{},
	}
	for f := range d {
		l.widths = append(l.widths, features[f].Width())
		l.constant = append(l.constant, f)
		l.twin = append(l.twin, f)
		l.leak = append(l.leak, f)
		if len(features[f].Categories) == 0 {
			l.number = append(l.number, f)
			l.near = append(l.near, f)
			l.signed = append(l.signed, f)
		}
	}
	return l
}

// row takes a row.
func (l *look) row(row []float32, label uint8) {
	l.before, l.values = l.values, l.before
	if len(row) == len(l.features) {
		copy(l.values, row)
	} else {
		for f, width := range l.widths {
			l.values[f] = one(row[:width])
			row = row[width:]
		}
	}
	if l.n == 0 {
		copy(l.first, l.values)
		copy(l.least, l.values)
		copy(l.most, l.values)
	}
	l.constant = keep(l.constant, func(f int) bool {
		l.varied[f] = transform.Bits(l.values[f]) != transform.Bits(l.first[f])
		return !l.varied[f]
	})
	for _, f := range l.twin {
		l.hashes[f] = scrambled(l.hashes[f] ^ uint64(transform.Bits(l.values[f])))
	}
	l.count()
	l.near = keep(l.near, func(f int) bool { return near(l.first[f], l.values[f]) })
	l.signed = keep(l.signed, l.mayMark)
	if label != data.Unlabelled {
		l.tell(label)
	}
	if l.n++; l.n >= pruneFirst && l.n&(l.n-1) == 0 {
		l.prune()
	}
}

// one is the value of a feature: a category's place, −1 where it is of none.
func one(values []float32) float32 {
	if len(values) == 1 {
		return values[0]
	}
	for place, v := range values {
		if v == 1 {
			return float32(place)
		}
	}
	return -1
}

// pruneFirst is the row after which columns that have no twin so far are looked at no more; so it is after twice as many,
// and so on.
const pruneFirst = 64

// prune forgets the columns whose hash no other has.
func (l *look) prune() {
	groups := l.groups()
	l.twin = keep(l.twin, func(f int) bool { return len(groups[l.hashes[f]]) > 1 })
}

// groups are the columns of each hash.
func (l *look) groups() map[uint64][]int {
	groups := map[uint64][]int{}
	for _, f := range l.twin {
		groups[l.hashes[f]] = append(groups[l.hashes[f]], f)
	}
	return groups
}

// keep keeps the elements of which something is true, in place.
func keep(all []int, wanted func(f int) bool) []int {
	kept := all[:0]
	for _, f := range all {
		if wanted(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

// twins names the columns that are another's copy, and the other. Those of one value only are none: the fit of a
// transformation tells of them.
func (l *look) twins() (names []string) {
	groups := l.groups()
	for _, f := range l.twin {
		if first := groups[l.hashes[f]][0]; first != f && l.varied[f] {
			names = append(names, fmt.Sprintf("%s and %s", l.features[first].Name, l.features[f].Name))
		}
	}
	return names
}

// count follows the columns that may number the rows: whole numbers, of which none comes twice as far as is seen at once.
func (l *look) count() {
	l.number = keep(l.number, func(f int) bool {
		v := l.values[f]
		whole := float32(math.Trunc(float64(v))) == v && -wholeMost <= v && v <= wholeMost
		if !whole || l.n > 0 && (v == l.first[f] || v == l.before[f]) {
			return false
		}
		l.least[f], l.most[f] = min(l.least[f], v), max(l.most[f], v)
		l.fallen[f] = l.fallen[f] || l.n > 0 && v < l.before[f]
		l.sums[f] += scrambled(uint64(int64(v)))
		return true
	})
}

// numbering names the columns that hold each of as many whole numbers in a row as there are rows, in any order, or whole
// numbers that rise from row to row where some are left out, as a test part is.
func (l *look) numbering() (names []string) {
	for _, f := range l.number {
		least, most := int64(l.least[f]), int64(l.most[f])
		if l.n < rowsLeast || most-least >= gapsMost*int64(l.n) {
			continue
		}
		if !l.fallen[f] {
			names = append(names, l.features[f].Name)
			continue
		}
		if most-least != int64(l.n)-1 {
			continue
		}
		sum := uint64(0)
		for v := least; v <= most; v++ {
			sum += scrambled(uint64(v))
		}
		if sum == l.sums[f] {
			names = append(names, l.features[f].Name)
		}
	}
	return names
}

// near tells whether single precision has few numbers between two.
func near(a, b float32) bool {
	most := max(math.Abs(float64(a)), math.Abs(float64(b)))
	return a == b || b != b || math.Abs(float64(a)-float64(b)) < nearMost*most
}

// close names the columns of which all values are near each other, or which are large and alike.
func (l *look) close() (names []string) {
	for _, f := range l.near {
		if l.n >= rowsLeast && l.first[f]-l.first[f] == 0 && (l.varied[f] || math.Abs(float64(l.first[f])) > wholeMost) {
			names = append(names, l.features[f].Name)
		}
	}
	return names
}

// mayMark tells whether a column has no number below 0 but one mark.
func (l *look) mayMark(f int) bool {
	v := l.values[f]
	if !(v < 0) || v == l.mark[f] {
		return true
	}
	usual := v == -99 || v == -999 || v == -9999 || v == -99999
	if l.mark[f] != 0 || !usual {
		return false
	}
	l.mark[f] = v
	return true
}

// marks names the columns with a mark, and others.
func (l *look) marks() (names []string) {
	for _, f := range l.signed {
		if l.mark[f] != 0 && l.varied[f] && l.n >= rowsLeast {
			names = append(names, fmt.Sprintf("%s (%g)", l.features[f].Name, l.mark[f]))
		}
	}
	return names
}

// tell follows the columns of few values each of which stands with one label.
func (l *look) tell(label uint8) {
	l.labelled++
	l.classes[label] = true
	l.leak = keep(l.leak, func(f int) bool {
		if l.says[f] == nil {
			l.says[f] = map[uint32]uint8{}
		}
		says, bits := l.says[f], transform.Bits(l.values[f])
		told, found := says[bits]
		if !found {
			says[bits], told = label, label
		}
		if told != label || len(says) > valuesFirst+l.labelled/valuesShare {
			l.says[f] = nil
			return false
		}
		return true
	})
}

// leaks names the columns whose value tells the label: each stands in some rows, so that it is no accident.
func (l *look) leaks() (names []string) {
	for _, f := range l.leak {
		if len(l.classes) > 1 && l.labelled >= max(rowsLeast, rowsEach*len(l.says[f])) {
			names = append(names, l.features[f].Name)
		}
	}
	return names
}

const (
	wholeMost = 1 << 24         // beyond which a float32 does not tell a whole number from the next
	gapsMost  = 2               // of so many numbers one is a row's, where the others are left out
	rowsLeast = 20              // of fewer rows nothing is said
	nearMost  = 1.0 / (1 << 18) // of values that are less apart for their size, single precision tells few
	rowsEach  = 5               // for each value of a column that tells the label

	// A column that may tell the label has at most so many values, and one more for each so many labelled rows.
	valuesFirst = 16
	valuesShare = rowsEach
)

// scrambled mixes a number's bits, as the finaliser of SplitMix64 does.
func scrambled(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
