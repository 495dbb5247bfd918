package parquet

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/strict"
)

// content is what the values of a leaf are.
type content int

const (
	integers content = iota
	unsigned         // integers of 64 bits without a sign
	bytes8           // integers from 0 to 255 by their type
	truths
	decimals
	halves
	floats
	doubles
	words
	binaries // bytes of which the file does not say what they are: words, or images
	nothing  // no value ever
	unread
)

// leaf is a column as the file stores it.
type leaf struct {
	*node
	name    string
	content content
	scale   int    // of decimals: how many digits are behind the point
	list    bool   // a row is a list of numbers
	width   int    // the length of the lists
	unfit   string // why it cannot be read, and what to do
}

// column is a column as the table shows it: a leaf, or one place in the lists of one.
type column struct {
	frame.Column
	leaf  int      // in file.leaves
	place int      // in the list
	names []string // of the classes that whole numbers stand for, as Hugging Face writes them
}

// describeColumns makes the leaves and the columns of the schema.
func (f *file) describeColumns() error {
	features := f.features()
	f.addLeaves(f.root)
	next := 0
	for _, top := range f.root.children {
		first := next
		next += countLeaves(top)
		if f.index(top.Name) || first == next {
			continue
		}
		feature := features[top.Name]
		l := f.leaves[first]
		l.name = top.Name
		c := column{Column: frame.Column{Name: top.Name, Kind: frame.Number}, leaf: first}
		switch {
		case top.leaf() && !top.repeated():
			describeLeaf(l)
			c.names = feature.Names
		case image(top) && (feature.Type == "" || feature.Type == "Image"):
			c.leaf = first + slices.IndexFunc(f.leaves[first:next], func(l *leaf) bool { return l.Name == "bytes" })
			l = f.leaves[c.leaf]
			l.name, l.content, c.Kind = top.Name, binaries, frame.Image
		case next == first+1 && l.repetition == 1:
			if describeLeaf(l); l.content < words {
				l.list = true
			} else {
				l.content, l.unfit = unread, "holds lists of what is no number"
			}
		default:
			l.content, l.unfit = unread, "holds structures or lists in lists"
		}
		if err := f.addColumns(c, l); err != nil {
			return err
		}
	}
	return nil
}

// addColumns adds what the table shows of a leaf.
func (f *file) addColumns(c column, l *leaf) error {
	switch {
	case l.list:
		return f.expand(c, l)
	case l.content == words:
		c.Kind = frame.Text
	case l.content == binaries && c.Kind != frame.Image:
		begins, err := f.firstBytes(l)
		if err != nil {
			return err
		}
		if c.Kind = frame.Text; pictured(begins) {
			c.Kind = frame.Image
		}
	}
	if l.content == unread {
		c.Kind = frame.Unread
	}
	f.columns = append(f.columns, c)
	return nil
}

// maxWidth is the longest list: as many numbers as an image of 1024×1024 has.
const maxWidth = 1 << 20

// expand adds a column for every place of the lists, whose length is that of the first.
func (f *file) expand(c column, l *leaf) error {
	width, err := f.firstWidth(l)
	if err != nil {
		return err
	}
	if width == 0 {
		l.content, l.unfit = unread, "holds lists without numbers"
		f.columns = append(f.columns, c)
		return nil
	}
	l.width = width
	for c.place = range width {
		c.Column.Name = fmt.Sprintf("%s[%d]", l.name, c.place)
		f.columns = append(f.columns, c)
	}
	return nil
}

// addLeaves adds the leaves below a node, in the order in which the groups of rows have them.
func (f *file) addLeaves(n *node) {
	if n.leaf() {
		f.leaves = append(f.leaves, &leaf{node: n, name: n.Name, content: unread})
	}
	for _, child := range n.children {
		f.addLeaves(child)
	}
}

// countLeaves is how many leaves are below a node.
func countLeaves(n *node) int {
	if n.leaf() {
		return 1
	}
	count := 0
	for _, child := range n.children {
		count += countLeaves(child)
	}
	return count
}

// unnamedIndex is what pandas calls the numbers of its rows where it stores them.
var unnamedIndex = regexp.MustCompile(`^__index_level_\d+__$`)

// index tells whether a column is an index of pandas without a name: it numbers the rows, and is no column of the
// table that was saved.
func (f *file) index(name string) bool {
	return unnamedIndex.MatchString(name) && f.note("pandas") != ""
}

// note is what the file has noted under a key.
func (f *file) note(key string) string {
	for _, pair := range f.meta.KeyValueMetadata {
		if pair.Key == key {
			return pair.Value
		}
	}
	return ""
}

// feature is what Hugging Face notes of a column.
type feature struct {
	Type  string   `json:"_type"`
	Names []string `json:"names"`
}

// features are Hugging Face's notes, by the column. Notes that cannot be read say nothing.
func (f *file) features() map[string]feature {
	var notes struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	all := map[string]feature{}
	if json.Unmarshal([]byte(f.note("huggingface")), &notes) != nil {
		return all
	}
	for name, raw := range notes.Info.Features {
		var one feature
		if json.Unmarshal(raw, &one) == nil {
			all[name] = one
		}
	}
	return all
}

// image tells whether a node is a structure of a file's bytes and its path, as Hugging Face stores images.
func image(top *node) bool {
	inside := top.child("bytes")
	if top.leaf() || top.repeated() || inside == nil || !inside.leaf() || inside.physical() != format.ByteArray {
		return false
	}
	return !slices.ContainsFunc(top.children, func(child *node) bool {
		return child.repeated() || !child.leaf() || child.Name != "bytes" && child.Name != "path"
	})
}

// What is said of columns that cannot be read.
const (
	holdsTimes = "holds dates or times"
	holdsFixed = "holds bytes of a fixed length"
)

// describeLeaf says what the values of a leaf are.
func describeLeaf(l *leaf) {
	if l.describeLogical() || l.describeConverted() {
		return
	}
	switch l.physical() {
	case format.Boolean:
		l.content = truths
	case format.Int32, format.Int64:
		l.content = integers
	case format.Float:
		l.content = floats
	case format.Double:
		l.content = doubles
	case format.ByteArray:
		l.content = binaries
	case format.Int96:
		l.unfit = holdsTimes
	default:
		l.unfit = holdsFixed
	}
}

// describeLogical reads the file's own word for the values, and reports whether there is one.
func (l *leaf) describeLogical() bool {
	switch kind := l.LogicalType.Value.(type) {
	case nil:
		return false
	case *format.StringType, *format.EnumType, *format.JsonType:
		l.store(words, format.ByteArray)
	case *format.IntType:
		l.whole(kind.BitWidth, kind.IsSigned)
	case *format.DecimalType:
		l.fixedPoint(kind.Scale)
	case *format.DateType, *format.TimeType, *format.TimestampType:
		l.unfit = holdsTimes
	case *format.Float16Type:
		if l.store(halves, format.FixedLenByteArray); int(l.TypeLength.V) != strict.Float16.Size {
			l.content, l.unfit = unread, holdsFixed
		}
	case *format.NullType:
		l.content = nothing
	default:
		l.unfit = fmt.Sprintf("holds values of type %s", &l.LogicalType)
	}
	return true
}

// describeConverted reads the same as writers wrote it before there were logical types.
func (l *leaf) describeConverted() bool {
	if !l.ConvertedType.Valid {
		return false
	}
	switch kind := l.ConvertedType.V; kind {
	case deprecated.UTF8, deprecated.Enum, deprecated.Json:
		l.store(words, format.ByteArray)
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		l.whole(8<<(kind-deprecated.Uint8), false)
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		l.whole(8<<(kind-deprecated.Int8), true)
	case deprecated.Decimal:
		l.fixedPoint(l.Scale.V)
	default:
		l.unfit = holdsTimes
		if kind == deprecated.Bson {
			l.unfit = "holds values of type BSON"
		}
	}
	return true
}

// store says what the values are, where they are stored as such values can be.
func (l *leaf) store(c content, physical ...format.Type) {
	if slices.Contains(physical, l.physical()) {
		l.content = c
		return
	}
	l.unfit = fmt.Sprintf("holds values that are stored as %v", l.physical())
}

// whole says that the values are whole numbers of so many bits.
func (l *leaf) whole(bits int8, signed bool) {
	kind := unsigned
	switch {
	case signed:
		kind = integers
	case bits == 8:
		kind = bytes8
	}
	l.store(kind, format.Int32, format.Int64)
}

// maxScale is the most digits behind the point that are read.
const maxScale = 1000

// fixedPoint says that the values are decimals.
func (l *leaf) fixedPoint(scale int32) {
	if l.scale = int(scale); l.scale < 0 || l.scale > maxScale {
		l.unfit = fmt.Sprintf("holds decimals of %d digits behind the point", l.scale)
		return
	}
	l.store(decimals, format.Int32, format.Int64, format.FixedLenByteArray, format.ByteArray)
}
