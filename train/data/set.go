package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data/spool"
)

// Set is a data set, or one part of it, on the host. Its examples are pixels or real-valued
// features: exactly one of Images, Floats and Spooled is set.
type Set struct {
	Name   string
	Images []uint8   // N × D, row-major, D = Height·Width·Channels, 0 is paper or black
	Floats []float32 // N × D, row-major, raw, as the files have them; NaN where a value is missing
	Labels []uint8   // N, each below Classes, or Unlabelled
	N      int

	// Spooled are the real values where memory has no room for them. Example i is the row Order[i]; nil: i.
	Spooled *spool.File
	Order   []int32

	Height, Width, Channels int // of features 1, D and 1
	Classes                 int
	ClassNames              []string // of every class, where the source knows them

	// Unsplit says that the order of the examples tells nothing of what to use them for: see Arranged.
	Unsplit bool
	// Places are where the examples stand in the files, where that is another order; nil: where they stand here.
	Places []int32

	// Columns are the names of an example's values; nil where they have none.
	Columns []string
	// Features are what the values stand for, where some of them are the categories of one; nil: each is a number.
	Features []transform.Feature
	// Held is how many examples, the last ones, are given as those for validation.
	Held int
	// SplitSeed is the seed of what is drawn, see Arranged: 0 for all runs alike.
	SplitSeed uint64

	// Notes are lines for the user: what was found in the files that is no fault and may be a mistake.
	Notes []string
}

// Unlabelled stands for the label of a training example that has none.
const Unlabelled = 255

// Note keeps a line for the user, unless it is empty.
func (s *Set) Note(line string) {
	if line != "" {
		s.Notes = append(s.Notes, line)
	}
}

// D returns the number of values in one example.
func (s *Set) D() int { return s.Height * s.Width * s.Channels }

// Sides are the height and the width of an image of d values of which nothing else is known: a square where d is
// one.
func Sides(d int) (height, width int) {
	if side := int(math.Sqrt(float64(d))); side*side == d {
		return side, side
	}
	return 1, d
}

// Real tells whether the examples are real-valued features, not pixels.
func (s *Set) Real() bool { return s.Floats != nil || s.Spooled != nil }

// ClassName returns what a class is called: its number, where nothing else is known.
func (s *Set) ClassName(class int) string {
	if s.ClassNames == nil {
		return strconv.Itoa(class)
	}
	return s.ClassNames[class]
}

// Class is the number of the class of a name; −1 where there is none.
func (s *Set) Class(name string) int {
	for class := range s.Classes {
		if s.ClassName(class) == name {
			return class
		}
	}
	return -1
}

// Labelled is how many examples have a label.
func (s *Set) Labelled() (n int) {
	for _, label := range s.Labels {
		if label != Unlabelled {
			n++
		}
	}
	return n
}

// ClassList quotes the first names of the classes.
func (s *Set) ClassList() string {
	const most = 10
	var names []string
	for class := range min(s.Classes, most) {
		names = append(names, Shown(s.ClassName(class)))
	}
	if more := s.Classes - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// Shown is a name of a class as a terminal and a table take it: quoted where it is not plain.
func Shown(name string) string {
	odd := func(r rune) bool { return !unicode.IsPrint(r) || r == '"' || r == ',' || r == '\\' }
	if name == "" || len(name) > shownMost || strings.TrimSpace(name) != name || strings.ContainsFunc(name, odd) {
		return fmt.Sprintf("%.*q", shownMost, name)
	}
	return name
}

// shownMost is how many characters of a name are shown.
const shownMost = 40

// Check holds that a set is whole: examples of one kind, as many as it says, of finite numbers or missing ones, with a
// label each.
func (s *Set) Check() error {
	values := len(s.Images) + len(s.Floats)
	if s.Spooled != nil {
		values += len(s.order()) * s.Spooled.Width()
	}
	switch {
	case s.Images != nil && s.Real():
		return InputErrorf("%s: wanted pixels or real values, found both", s.Name)
	case values != s.N*s.D() || len(s.Labels) != s.N:
		return InputErrorf("%s: wanted %d examples of %d values with a label each, found %d values and %d labels",
			s.Name, s.N, s.D(), values, len(s.Labels))
	case s.ClassNames != nil && len(s.ClassNames) != s.Classes:
		return InputErrorf("%s: wanted a name for each of %d classes, found %d", s.Name, s.Classes, len(s.ClassNames))
	}
	infinite := func(x float32) bool { return x-x != 0 && x == x } // NaN is a missing value
	for example, row := range s.Rows() {
		at := slices.IndexFunc(row, infinite)
		switch {
		case at < 0:
		case s.Columns != nil:
			return InputErrorf("%s: wanted finite numbers, below 3.4e38, found others in column %s, first %g in row %d; "+
				"mend them, or leave the column out (data.drop_columns)", s.Name, transform.Some(s.columnsWith(infinite)), row[at], s.Place(example)+1)
		default:
			return InputErrorf("%s: wanted finite numbers, found %g in example %d, value %d", s.Name, row[at], example, at)
		}
	}
	return s.Fault()
}

// columnsWith names the columns with a value of which something is true.
func (s *Set) columnsWith(holds func(x float32) bool) (names []string) {
	found := make([]bool, s.D())
	for _, row := range s.Rows() {
		for j, x := range row {
			found[j] = found[j] || holds(x)
		}
	}
	for column, has := range found {
		if has {
			names = append(names, Shown(s.Columns[column]))
		}
	}
	return names
}

// Transform is how the values that a set holds become a model's input: x = value / Divisor. It belongs to
// the training part, and what a trained model is given later goes through the same one.
type Transform struct{ Divisor float32 }

// Pixels are divided by their largest value. Features are taken as they are.
var (
	ScalePixels = Transform{255}
	Identity    = Transform{1}
)

// Apply returns the model's input of a value.
func (t Transform) Apply(value float32) float32 { return value / t.Divisor }

// Transform returns what the set's values go through.
func (s *Set) Transform() Transform {
	if s.Real() {
		return Identity
	}
	return ScalePixels
}

// Inputs returns the examples as a model takes them, N × D. It is a copy.
func (s *Set) Inputs() []float32 {
	t := s.Transform()
	inputs := make([]float32, 0, s.N*s.D())
	for _, v := range s.Images {
		inputs = append(inputs, t.Apply(float32(v)))
	}
	for _, row := range s.Rows() {
		for _, v := range row {
			inputs = append(inputs, t.Apply(v))
		}
	}
	return inputs
}

// Digest returns the SHA-256 of the examples followed by the labels, in hexadecimal. Features count as
// their bits, least byte first. It tells a checkpoint on which data it was trained.
func (s *Set) Digest() string {
	hash := sha256.New()
	hash.Write(s.Images)
	var words []byte
	for _, row := range s.Rows() {
		words = words[:0]
		for _, v := range row {
			words = binary.LittleEndian.AppendUint32(words, math.Float32bits(v))
		}
		hash.Write(words)
	}
	hash.Write(s.Labels)
	return hex.EncodeToString(hash.Sum(nil))
}

// Shared returns how many of the set's examples are another's too, whatever their labels. Both hold values of one kind
// and shape. all tells whether every example was compared, or a share of them as large as Seen keeps.
func (s *Set) Shared(other *Set) (n int, all bool) {
	seen, d := NewSeen(), s.D()
	for at := 0; at < len(other.Images); at += d {
		seen.AddPixels(other.Images[at : at+d])
	}
	for _, row := range other.Rows() {
		seen.AddFloats(row)
	}
	for at := 0; at < len(s.Images); at += d {
		if seen.HasPixels(s.Images[at : at+d]) {
			n++
		}
	}
	for _, row := range s.Rows() {
		if seen.HasFloats(row) {
			n++
		}
	}
	return n, seen.Whole()
}
