// Package strict is what the readers of data files share: errors that name a fault of a
// file, and reads that allocate as the bytes arrive, never as a header claims.
package strict

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// ErrFormat marks a file whose content is not what it should be. Errors of the disk are not
// marked.
var ErrFormat = errors.New("not a sound file")

// Errorf formats an ErrFormat.
func Errorf(format string, args ...any) error {
	return &problem{fmt.Sprintf(format, args...)}
}

// problem is an ErrFormat that tells only what is wrong.
type problem struct{ message string }

func (p *problem) Error() string        { return p.message }
func (p *problem) Is(target error) bool { return target == ErrFormat }

// DeflateRatio is the most that deflate can expand: 258 bytes from two bits.
const DeflateRatio = 1032

// Limit returns how many bytes of content a file of so many bytes can hold.
func Limit(size int64, zipped bool) int64 {
	switch {
	case !zipped:
		return size
	case size > math.MaxInt64/DeflateRatio:
		return math.MaxInt64
	}
	return size * DeflateRatio
}

// File opens a file for one of the readers, which takes its content and its size, and names
// the file in the error.
func File(path string, read func(r io.Reader, size int64) error) error {
	file, err := os.Open(path)
	if err != nil {
		return Path(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := read(file, info.Size()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Header fills p with the beginning of a file.
func Header(r io.Reader, p []byte) error {
	n, err := io.ReadFull(r, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Errorf("truncated: wanted a header of %d bytes, found %d", len(p), n)
	}
	return Describe(err)
}

// Product multiplies dimensions and reports false above the limit.
func Product(shape []int, limit int64) (int64, bool) {
	total := int64(1)
	for _, n := range shape {
		if n == 0 {
			return 0, true
		}
		if total > limit/int64(n) {
			return 0, false
		}
		total *= int64(n)
	}
	return total, total <= limit
}

// Join writes a shape as in 3×4.
func Join(shape []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", "×"), "[]")
}

// AtEnd returns an error unless r is used up and, if zipped, its checksum is right.
func AtEnd(r io.Reader, total int64) error {
	var one [1]byte
	n, err := io.ReadFull(r, one[:])
	switch {
	case n > 0:
		return Errorf("trailing bytes after the %d that the header claims", total)
	case errors.Is(err, io.EOF):
		return nil
	}
	return Describe(err)
}

// Describe puts what the readers of gzip and zlib say into words that tell what is wrong.
func Describe(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return Errorf("the gzip stream is damaged")
	case errors.Is(err, gzip.ErrHeader):
		return Errorf("bytes that are not gzip where a gzip stream should begin or the file should end")
	case errors.Is(err, zlib.ErrChecksum), errors.Is(err, zlib.ErrHeader), errors.Is(err, zlib.ErrDictionary):
		return Errorf("the zlib stream is damaged")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return Errorf("truncated: the gzip stream breaks off")
	}
	return err
}

// firstRoom is how many bytes are allocated before any has arrived.
const firstRoom = 1 << 16

// Grow returns s with room for more bytes of a total that a header claims. The room at most
// doubles, so a claim without bytes behind it costs nothing.
func Grow(s []byte, more int, total int64) []byte {
	if cap(s)-len(s) >= more {
		return s
	}
	room := max(min(int64(max(2*cap(s), firstRoom)), total), int64(len(s)+more))
	return append(make([]byte, 0, room), s...)
}

// Bytes reads n bytes and returns what there was of them.
func Bytes(r io.Reader, n int64) ([]byte, error) {
	var s []byte
	for int64(len(s)) < n {
		s = Grow(s, 1, n)
		found, err := io.ReadFull(r, s[len(s):cap(s)])
		s = s[:len(s)+found]
		if err != nil {
			return s, err
		}
	}
	return s, nil
}
