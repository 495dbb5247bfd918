package parquet

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/parquet-go/parquet-go"
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
	*parquet.Column
	name    string
	logical format.LogicalTypeValue // what the schema says of the values
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
	leaves := f.leaves
	for i := range f.meta.Schema {
		if element := &f.meta.Schema[i]; element.Type.Valid {
			leaves[0].logical, leaves = element.LogicalType.Value, leaves[1:]
		}
	}
	next := 0
	for _, top := range f.root.Columns() {
		first := next
		next += countLeaves(top)
		if f.index(top.Name()) || first == next {
			continue
		}
		feature := features[top.Name()]
		l := f.leaves[first]
		l.name = top.Name()
		c := column{Column: frame.Column{Name: top.Name(), Kind: frame.Number}, leaf: first}
		switch {
		case top.Leaf() && !top.Repeated():
			describeLeaf(l)
			c.names = feature.Names
		case image(top) && (feature.Type == "" || feature.Type == "Image"):
			c.leaf = first + slices.IndexFunc(f.leaves[first:next], func(l *leaf) bool { return l.Name() == "bytes" })
			l = f.leaves[c.leaf]
			l.name, l.content, c.Kind = top.Name(), binaries, frame.Image
		case next == first+1 && l.MaxRepetitionLevel() == 1:
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
func (f *file) addLeaves(node *parquet.Column) {
	if node.Leaf() {
		f.leaves = append(f.leaves, &leaf{Column: node, name: node.Name(), content: unread})
	}
	for _, child := range node.Columns() {
		f.addLeaves(child)
	}
}

// countLeaves is how many leaves are below a node.
func countLeaves(node *parquet.Column) int {
	if node.Leaf() {
		return 1
	}
	n := 0
	for _, child := range node.Columns() {
		n += countLeaves(child)
	}
	return n
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
func image(top *parquet.Column) bool {
	inside := top.Column("bytes")
	if top.Leaf() || top.Repeated() || inside == nil || !inside.Leaf() || inside.Type().Kind() != parquet.ByteArray {
		return false
	}
	for _, child := range top.Columns() {
		if child.Repeated() || !child.Leaf() || child.Name() != "bytes" && child.Name() != "path" {
			return false
		}
	}
	return true
}

// describeLeaf says what the values of a leaf are.
func describeLeaf(l *leaf) {
	physical := l.Type().Kind()
	if physical < 0 {
		l.content = nothing
		return
	}
	if l.describeLogical() {
		return
	}
	switch physical {
	case parquet.Boolean:
		l.content = truths
	case parquet.Int32, parquet.Int64:
		l.content = integers
	case parquet.Float:
		l.content = floats
	case parquet.Double:
		l.content = doubles
	case parquet.ByteArray:
		l.content = binaries
	case parquet.Int96:
		l.content, l.unfit = unread, "holds dates or times"
	default:
		l.content, l.unfit = unread, "holds bytes of a fixed length"
	}
}

// describeLogical reads the file's own word for the values, and reports whether there is one.
func (l *leaf) describeLogical() bool {
	if _, half := l.logical.(*format.Float16Type); half { // which the library does not tell
		l.content = halves
		return l.Type().Kind() == parquet.FixedLenByteArray && l.Type().Length() == strict.Float16.Size
	}
	if logical := l.Type().LogicalType(); logical != nil {
		switch kind := logical.Value.(type) {
		case *format.StringType, *format.EnumType, *format.JsonType:
			l.content = words
		case *format.IntType:
			switch {
			case !kind.IsSigned && kind.BitWidth == 8:
				l.content = bytes8
			case !kind.IsSigned:
				l.content = unsigned
			default:
				l.content = integers
			}
		case *format.DecimalType:
			l.content, l.scale = decimals, int(kind.Scale)
		case *format.DateType, *format.TimeType, *format.TimestampType:
			l.content, l.unfit = unread, "holds dates or times"
		case *format.NullType:
			l.content = nothing
		default:
			l.content, l.unfit = unread, fmt.Sprintf("holds values of type %s", logical)
		}
		return true
	}
	if old := l.Type().ConvertedType(); old != nil && *old == deprecated.Interval {
		l.content, l.unfit = unread, "holds dates or times"
		return true
	}
	return false
}
