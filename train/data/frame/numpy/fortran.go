package numpy

import (
	"errors"
	"io"
	"os"

	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/strict"
)

// turn makes an array give its rows although the elements of a column stand side by side. It is unpacked, or its checksum
// compared, when the first row is read.
func (s *source) turn(a *array.Array) error {
	total := int64(a.Type.Size)
	for _, n := range a.Shape {
		total *= int64(n) // It has been held that the file can hold it.
	}
	if s.at != nil && s.limit > total {
		return strict.Errorf("trailing bytes after the %d that the header claims", total)
	}
	var spooled *os.File
	a.Close = func() error {
		if spooled != nil {
			return errors.Join(spooled.Close(), s.close())
		}
		return s.close()
	}
	var next func() ([]byte, error)
	a.Next = func() ([]byte, error) {
		if next != nil {
			return next()
		}
		at, err := s.at, error(nil)
		switch {
		case at == nil:
			if spooled, err = array.Spool(); err == nil {
				at, err = spooled, s.copyTo(spooled, total)
			}
		case s.checksum:
			err = s.copyTo(io.Discard, total)
		}
		if err != nil {
			return nil, err
		}
		next = array.Columns(at, a.Shape, a.Type)
		return next()
	}
	return nil
}

// copyTo reads the elements to their end, where a checksum may be.
func (s *source) copyTo(to io.Writer, total int64) error {
	n, err := io.CopyN(to, s.content, total)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return strict.Errorf("truncated: wanted %d bytes of data, found %d", total, n)
	case err != nil:
		return strict.Describe(err)
	}
	return strict.AtEnd(s.content, total)
}
