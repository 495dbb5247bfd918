package spool

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// File is rows in a file. Its methods may be called from several goroutines.
type File struct {
	file        *os.File
	path        string // empty where the file has no name
	folder, key string
	width, rows int
	offsets     []int64 // of each row, and of the end of the last
	size        int64
	made        bool // by this process

	buffers sync.Pool // of *[]byte
	fault   atomic.Pointer[error]
}

// Rows is how many there are.
func (f *File) Rows() int { return f.rows }

// Width is how many values a row has.
func (f *File) Width() int { return f.width }

// Size is that of the file, in bytes.
func (f *File) Size() int64 { return f.size }

// Where says in words where the rows are.
func (f *File) Where() string {
	if f.path == "" {
		return "a file without a name in " + f.folder
	}
	return f.path
}

// Row reads a row. Where that fails the row is 0, and Err tells.
func (f *File) Row(dst []float32, row int) {
	buffer, _ := f.buffers.Get().(*[]byte)
	if buffer == nil {
		buffer = new([]byte)
	}
	defer f.buffers.Put(buffer)
	at, end := f.offsets[row], f.offsets[row+1]
	if int64(cap(*buffer)) < end-at {
		*buffer = make([]byte, end-at)
	}
	text := (*buffer)[:end-at]
	_, err := f.file.ReadAt(text, at)
	if err == nil && !readRow(dst[:f.width], text) {
		err = errors.New("its content has changed")
	}
	if err != nil {
		clear(dst)
		err = fmt.Errorf("read row %d of %s: %w", row, f.Where(), bare(err))
		f.fault.CompareAndSwap(nil, &err)
	}
}

// Err is the first failure to read a row; nil where there was none.
func (f *File) Err() error {
	if err := f.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// errUnfit is why a file that was left cannot be taken.
var errUnfit = errors.New("not the rows that are wanted")

// openLeft opens a file that an earlier process has left, if it has the rows of a key, whole.
func openLeft(path, key string) (f *File, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = file.Close() // It is of no use.
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	const tail = 4 + len(magic)
	end := make([]byte, tail)
	size := info.Size()
	if size < int64(tail+len(magic)) {
		return nil, errUnfit
	}
	if _, err := file.ReadAt(end, size-int64(tail)); err != nil {
		return nil, err
	}
	length := int64(binary.LittleEndian.Uint32(end))
	at := size - int64(tail) - length
	if string(end[4:]) != magic || at < int64(len(magic)) {
		return nil, errUnfit
	}
	text := make([]byte, length)
	if _, err := file.ReadAt(text, at); err != nil {
		return nil, err
	}
	var t trailer
	if json.Unmarshal(text, &t) != nil || t.Key != key || t.Width < 1 || t.Rows < 0 || t.End+8*int64(t.Rows+1) != at {
		return nil, errUnfit
	}
	f = &File{
		file: file, path: path, folder: filepath.Dir(path), key: key, width: t.Width, rows: t.Rows, size: size,
		offsets: make([]int64, t.Rows+1),
	}
	return f, f.verify(t, text, at)
}

// verify reads the whole file before its trailer, which ends it: all must be as it was written.
func (f *File) verify(t trailer, text []byte, end int64) error {
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(f.file, 0, end)); err != nil {
		return err
	}
	if !bytes.Equal(t.after(hash), text) {
		return errUnfit
	}
	return binary.Read(io.NewSectionReader(f.file, t.End, end-t.End), binary.LittleEndian, f.offsets)
}
