package output

import (
	"math"
	"reflect"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// columnar writes Parquet, in row groups of bounded size, packed by zstd. Words are strings of a dictionary, numbers
// float, whole numbers int64, truth values boolean; empty cells are null.
type columnar struct {
	columns []Column
	writer  *parquet.GenericWriter[any]
	values  []parquet.Value
	rows    int // in this row group
	most    int
}

// A row group has at most so many rows, and at most so many cells or one row: its pages wait in memory for it.
const (
	groupRows  = 1 << 16
	groupCells = 1 << 23
)

func newParquet(to sink, columns []Column) encoder {
	root := &ordered{}
	for j := range columns {
		for _, name := range columns[j].names() {
			node := leaves[columns[j].Kind]
			if columns[j].Byte {
				node = octets
			}
			root.fields = append(root.fields, &leaf{node, name})
		}
	}
	return &columnar{
		columns: columns, most: min(groupRows, max(1, groupCells/len(root.fields))),
		writer: parquet.NewGenericWriter[any](to, parquet.NewSchema("answers", root),
			parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest})),
	}
}

// leaves are the columns of a file by what they hold.
var leaves = map[Kind]parquet.Node{
	Number: parquet.Optional(parquet.Leaf(parquet.FloatType)),
	Text:   parquet.Encoded(parquet.Optional(parquet.String()), &parquet.RLEDictionary),
	Whole:  parquet.Int(64),
	Truth:  parquet.Leaf(parquet.BooleanType),
	Double: parquet.Optional(parquet.Leaf(parquet.DoubleType)),
}

// octets are numbers that are bytes.
var octets = parquet.Optional(parquet.Uint(8))

// ordered is a table whose columns keep their order: parquet.Group sorts them.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

func (o *ordered) Fields() []parquet.Field { return o.fields }

// leaf is a column.
type leaf struct {
	parquet.Node
	name string
}

func (l *leaf) Name() string { return l.name }

// Value is never asked for: rows come as values.
func (l *leaf) Value(reflect.Value) reflect.Value {
	panic("output: a column of Parquet is no part of a Go value")
}

func (c *columnar) begin() error { return nil }

func (c *columnar) write(rows int, cells []Cells) error {
	for at := 0; at < rows; {
		n := min(rows-at, c.most-c.rows)
		if err := c.some(at, n, cells); err != nil {
			return err
		}
		at += n
		if c.rows += n; c.rows == c.most {
			c.rows = 0
			if err := c.writer.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// some writes n rows from the given one on, column after column.
func (c *columnar) some(first, n int, cells []Cells) error {
	all := c.writer.ColumnWriters()
	at := 0
	for j := range c.columns {
		for k := range c.columns[j].places() {
			c.values = c.values[:0]
			for i := first; i < first+n; i++ {
				c.values = append(c.values, c.value(j, i, k, &cells[j], at))
			}
			if _, err := all[at].WriteRowValues(c.values); err != nil {
				return err
			}
			at++
		}
	}
	return nil
}

// value is that of row i and place k of column j, with what the file knows of it: whether an optional cell is there.
func (c *columnar) value(j, i, k int, cells *Cells, at int) parquet.Value {
	column := &c.columns[j]
	there := 1
	var v parquet.Value
	switch column.Kind {
	case Number:
		switch x := cells.Numbers[i*column.places()+k]; {
		case isNone(x):
			there = 0
		case column.Byte:
			v = parquet.Int32Value(int32(x))
		default:
			v = parquet.FloatValue(x)
		}
	case Text:
		if s := cells.Texts[i]; s == "" {
			there = 0
		} else {
			v = parquet.ByteArrayValue(unsafe.Slice(unsafe.StringData(s), len(s)))
		}
	case Whole:
		v, there = parquet.Int64Value(cells.Wholes[i]), 0
	case Truth:
		v, there = parquet.BooleanValue(cells.Truths[i]), 0
	case Double:
		if x := cells.Doubles[i]; math.IsNaN(x) {
			there = 0
		} else {
			v = parquet.DoubleValue(x)
		}
	}
	return v.Level(0, there, at)
}

func (c *columnar) end() error { return c.writer.Close() }

func (c *columnar) drop() {}
