package spool

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Options are of what a Builder takes.
type Options struct {
	Width int
	Rows  int // how many there will be, as far as that is known; −1: it is not
	// Limit is how many bytes of values may be in memory; where there are more all of them go to a file.
	Limit int64
	// Key names what is read and how: a file that was left with rows of the same key is taken in their stead.
	Key string
}

// Builder takes rows, one after another.
type Builder struct {
	store   *Store
	o       Options
	values  []float32 // until they become too many
	file    *os.File  // then
	out     *bufio.Writer
	hash    hash.Hash
	row     []byte
	offsets []int64
	at      int64
}

// Append takes a row.
func (b *Builder) Append(row []float32) error {
	if len(row) != b.o.Width {
		panic(fmt.Sprintf("spool: a row of %d values, want %d", len(row), b.o.Width))
	}
	if b.file == nil && b.tooMany() {
		if err := b.spill(); err != nil {
			return b.failed(err)
		}
	}
	if b.file == nil {
		if b.values == nil && b.o.Rows > 0 {
			b.values = make([]float32, 0, b.o.Rows*b.o.Width)
		}
		b.values = append(b.values, row...)
		return nil
	}
	return b.failed(b.write(row))
}

// tooMany tells whether memory has no room for another row, or for all that there will be.
func (b *Builder) tooMany() bool {
	bytes := func(rows int) int64 { return int64(rows) * int64(b.o.Width) * numberBytes }
	have := len(b.values) / b.o.Width
	return bytes(max(have+1, b.o.Rows)) > b.o.Limit
}

// spill leaves memory for a file.
func (b *Builder) spill() (err error) {
	if b.file, err = b.store.create(); err != nil {
		return err
	}
	b.hash = sha256.New()
	b.out = bufio.NewWriterSize(io.MultiWriter(b.file, b.hash), 1<<20)
	if _, err := b.out.WriteString(magic); err != nil {
		return err
	}
	b.at = int64(len(magic))
	b.offsets = append(b.offsets, b.at)
	for at := 0; at < len(b.values); at += b.o.Width {
		if err := b.write(b.values[at:][:b.o.Width]); err != nil {
			return err
		}
	}
	b.values = nil
	return nil
}

func (b *Builder) write(row []float32) error {
	b.row = appendRow(b.row[:0], row)
	_, err := b.out.Write(b.row)
	b.at += int64(len(b.row))
	b.offsets = append(b.offsets, b.at)
	return err
}

// Finish gives the rows: their values, [rows, Width], or the file that they are in.
func (b *Builder) Finish() ([]float32, *File, error) {
	if b.file == nil {
		return b.values, nil, nil
	}
	f, err := b.finish()
	if err != nil {
		return nil, nil, b.failed(err)
	}
	b.file = nil // It is the store's.
	return nil, f, nil
}

func (b *Builder) finish() (*File, error) {
	if err := binary.Write(b.out, binary.LittleEndian, b.offsets); err != nil {
		return nil, err
	}
	if err := b.out.Flush(); err != nil {
		return nil, err
	}
	text := trailer{Key: b.o.Key, Width: b.o.Width, Rows: len(b.offsets) - 1, End: b.at}.after(b.hash)
	end := append(binary.LittleEndian.AppendUint32(text, uint32(len(text))), magic...)
	if _, err := b.file.Write(end); err != nil {
		return nil, err
	}
	info, err := b.file.Stat()
	if err != nil {
		return nil, err
	}
	f := &File{
		file: b.file, folder: b.store.folder(), key: b.o.Key, width: b.o.Width, rows: len(b.offsets) - 1,
		offsets: b.offsets, size: info.Size(), made: true,
	}
	return f, b.store.keep(f)
}

// Abort leaves nothing of the rows, where they are not finished.
func (b *Builder) Abort() {
	if b.file != nil {
		b.store.discard(b.file)
		b.file = nil
	}
}

// failed says of a write that has failed what to do. Nothing is left of the file.
func (b *Builder) failed(err error) error {
	if err == nil {
		return nil
	}
	b.Abort()
	place, advice := "--out", ""
	if b.store.Dir == "" {
		place = "the environment's TMPDIR"
	}
	if errors.Is(err, syscall.ENOSPC) {
		advice = "; free some space, or choose a place that has more with " + place
	}
	return fmt.Errorf("keep the examples in %s, as data.storage says: %w%s", b.store.folder(), bare(err), advice)
}

// bare is the reason inside an error of package os.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}
