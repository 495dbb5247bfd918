package output

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
)

// npy writes an array of float32 or of bytes, [rows, width], or of more dimensions where a column has them, as NumPy does (its format, version 1.0). How many rows there are stands
// at the beginning and is known at the end: a file is patched; what goes to a pipe waits in a temporary file.
type npy struct {
	to      sink
	columns []Column
	bytes   bool   // all of it
	shape   string // of a row
	rows    int
	spooled *spool // nil: to can be patched
	row     []byte
}

func newNPY(to sink, columns []Column) encoder {
	n := &npy{to: to, columns: columns, bytes: true}
	width := 0
	for j := range columns {
		width += columns[j].places()
		n.bytes = n.bytes && columns[j].Byte
	}
	shape := []int{width}
	if len(columns) == 1 && columns[0].Shape != nil {
		shape = columns[0].Shape
	}
	n.shape = strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ", "), "[]")
	return n
}

// npyHeader is how long the beginning is: room for any number of rows, and a multiple of 64 as the format wants it.
const npyHeader = 128

func (n *npy) header() []byte {
	kind := "<f4"
	if n.bytes {
		kind = "|u1"
	}
	about := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d, %s), }", kind, n.rows, n.shape)
	begin := []byte("\x93NUMPY\x01\x00")
	begin = binary.LittleEndian.AppendUint16(begin, uint16(npyHeader-len(begin)-2))
	return append(begin, about+strings.Repeat(" ", npyHeader-len(begin)-len(about)-1)+"\n"...)
}

func (n *npy) begin() (err error) {
	if _, patched := n.to.(io.WriterAt); patched {
		_, err = n.to.Write(n.header())
		return err
	}
	n.spooled, err = newSpool()
	return err
}

func (n *npy) write(rows int, cells []Cells) error {
	n.row = n.row[:0]
	for i := range rows {
		for j := range n.columns {
			width := n.columns[j].places()
			for _, v := range cells[j].Numbers[i*width:][:width] {
				if n.bytes {
					n.row = append(n.row, byte(v))
					continue
				}
				n.row = binary.LittleEndian.AppendUint32(n.row, math.Float32bits(v))
			}
		}
	}
	n.rows += rows
	var to io.Writer = n.to
	if n.spooled != nil {
		to = n.spooled
	}
	_, err := to.Write(n.row)
	return err
}

func (n *npy) drop() {
	if n.spooled != nil {
		_ = n.spooled.close()
	}
}

func (n *npy) end() error {
	if n.spooled == nil {
		_, err := n.to.(io.WriterAt).WriteAt(n.header(), 0)
		return err
	}
	_, err := n.to.Write(n.header())
	if err == nil {
		_, err = n.spooled.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(n.to, n.spooled.File)
	}
	if err == nil {
		err = n.spooled.close()
	}
	return err
}
