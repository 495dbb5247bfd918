// Package output writes answers as tables: CSV, TSV, JSON lines, npy and Parquet, to a file, whole or not at all, or to
// a pipe.
package output

// Kind is what the cells of a column hold.
type Kind int

// The kinds of columns.
const (
	Number Kind = iota // float32; NaN is an empty cell
	Text
	Whole // int64
	Truth // bool
)

// Column is a column, or of Width > 1 several numbers in a row, called Name.0 and so on unless Names tells.
type Column struct {
	Name  string
	Kind  Kind
	Width int      // of numbers alone; 0 is 1
	Names []string // of each of the numbers; nil: by their places
}

// Cells are those of a column in some rows: the slice that goes with its kind.
type Cells struct {
	Numbers []float32 // [rows, Width]
	Texts   []string
	Wholes  []int64
	Truths  []bool
}

// Writer writes a table, some rows at a time. Close makes it durable and gives a file its name; without it, Abort leaves
// nothing behind.
type Writer interface {
	Write(rows int, cells []Cells) error // one of each column, in their order
	Close() error
	Abort()
}
