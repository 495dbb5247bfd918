package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"ssdgm/train/data/strict"
)

// Magic is what a file begins and ends with.
const Magic = "PAR1"

// tail is how many bytes a file ends with after its description: the description's length, and Magic.
const tail = 8

// file is an open file: its description, and its content.
type file struct {
	path string // empty where there is no other file
	*os.File
	size    int64
	end     int64 // where the description begins, and the pages end
	meta    format.FileMetaData
	root    *node
	rows    int
	columns []column
	leaves  []*leaf
}

// openFile reads the description of a file. Errors of the content are strict.ErrFormat, and name the file.
func openFile(path string) (*file, error) {
	if err := strict.Dangling(path); err != nil {
		return nil, err
	}
	opened, err := os.Open(path)
	if err != nil {
		return nil, strict.Path(err)
	}
	info, err := opened.Stat()
	if err != nil {
		opened.Close()
		return nil, err
	}
	f := &file{path: path, File: opened, size: info.Size()}
	if err := guarded(f.describe); err != nil {
		opened.Close()
		return nil, f.named(err)
	}
	return f, nil
}

// named says in which file a fault lies, where there may be several.
func (f *file) named(err error) error {
	if f.path == "" {
		return err
	}
	return fmt.Errorf("%s: %w", f.path, err)
}

// guarded runs what may panic inside the library, on content that is not sound.
func guarded(do func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			line, _, _ := strings.Cut(fmt.Sprint(fault), "\n")
			err = strict.Errorf("the content is damaged: %s", line)
		}
	}()
	return do()
}

// describe reads the description.
func (f *file) describe() error {
	footer, err := f.footer()
	if err != nil {
		return err
	}
	n, err := structLength(footer)
	if errors.Is(err, errBreaksOff) {
		return strict.Errorf("truncated: the description of %d bytes at the end breaks off", len(footer))
	}
	if err != nil {
		return err
	}
	if n != len(footer) {
		return strict.Errorf("the description at the end is of %d bytes, but claims %d", n, len(footer))
	}
	if err := thrift.Unmarshal(&thrift.CompactProtocol{}, footer, &f.meta); err != nil {
		return strict.Errorf("the description at the end is damaged: %v", err)
	}
	if f.root, err = root(f.meta.Schema); err != nil {
		return err
	}
	if err := f.describeColumns(); err != nil {
		return err
	}
	return f.checkGroups()
}

// footer reads the bytes of the description.
func (f *file) footer() ([]byte, error) {
	size := f.size
	var head, end [tail]byte
	if size < int64(len(Magic)+tail) {
		least := len(Magic) + tail
		return nil, strict.Errorf("truncated: wanted a Parquet file of %d bytes at least, found %d", least, size)
	}
	if _, err := f.ReadAt(head[:len(Magic)], 0); err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(end[:], size-tail); err != nil {
		return nil, err
	}
	begins, ends := string(head[:len(Magic)]), string(end[4:])
	switch {
	case ends == "PARE":
		return nil, strict.Errorf("an encrypted Parquet file: write it again without encryption")
	case begins != Magic:
		return nil, strict.Errorf("wanted a Parquet file, which begins with %q, found %q", Magic, begins)
	case ends != Magic:
		return nil, strict.Errorf("truncated: wanted a Parquet file, which ends with %q, found %q; fetch it again",
			Magic, ends)
	}
	length := int64(binary.LittleEndian.Uint32(end[:]))
	f.end = size - tail - length
	if f.end < int64(len(Magic)) {
		return nil, strict.Errorf("claims a description of %d bytes, but the file is of %d", length, size)
	}
	footer, err := strict.Bytes(io.NewSectionReader(f, f.end, length), length)
	if err != nil {
		return nil, strict.Describe(err)
	}
	return footer, nil
}

// checkGroups holds that every group of rows has all columns, whose pages are in the file.
func (f *file) checkGroups() error {
	total := int64(0)
	for g := range f.meta.RowGroups {
		group := &f.meta.RowGroups[g]
		if group.NumRows < 0 || len(group.Columns) != len(f.leaves) {
			return strict.Errorf("row group %d claims %d rows of %d columns; the table has %d columns",
				g, group.NumRows, len(group.Columns), len(f.leaves))
		}
		total += group.NumRows
		for i := range group.Columns {
			if err := f.checkChunk(&group.Columns[i]); err != nil {
				return strict.Errorf("column %q, row group %d: %v", f.leaves[i].name, g, err)
			}
		}
	}
	if total != f.meta.NumRows || total > maxRows {
		return strict.Errorf("claims %d rows, its row groups %d; wanted the same number, at most %d",
			f.meta.NumRows, total, maxRows)
	}
	f.rows = int(total)
	return nil
}

// maxRows is the most rows: examples are numbered by int32.
const maxRows = 1<<31 - 1

func (f *file) checkChunk(chunk *format.ColumnChunk) error {
	meta := &chunk.MetaData
	start, length := chunkPlace(meta)
	switch {
	case chunk.FilePath != "":
		return strict.Errorf("the rows are in another file, %q: give that one", chunk.FilePath)
	case chunk.CryptoMetadata.Value != nil:
		return strict.Errorf("it is encrypted: write it again without encryption")
	case meta.NumValues < 0 || start < int64(len(Magic)) || length < 0 || length > f.end-start:
		return strict.Errorf("claims %d values in %d bytes from byte %d, but the file's pages end at byte %d",
			meta.NumValues, length, start, f.end)
	}
	return nil
}

// chunkPlace is where the pages of a column lie in a group of rows: its dictionary first, where it has one.
func chunkPlace(meta *format.ColumnMetaData) (start, length int64) {
	start = meta.DataPageOffset
	if first := meta.DictionaryPageOffset; first > 0 && first < start {
		start = first
	}
	return start, meta.TotalCompressedSize
}
