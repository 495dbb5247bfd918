package strict

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
)

// Tap is a reader whose content, as Unzip gives it, is written to another place too.
type Tap struct {
	io.Reader
	Into io.Writer
}

// Unzip returns a reader of r's content, decompressed where it begins as a gzip
// stream does: names are no guide, since some tools unpack a .gz and keep its name.
func Unzip(r io.Reader) (content *bufio.Reader, zipped bool, err error) {
	tap, tapped := r.(Tap)
	if tapped {
		r = tap.Reader
	}
	buffered := bufio.NewReaderSize(r, room)
	magic, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	zipped = string(magic) == gzipMagic
	if !zipped && !tapped {
		return buffered, false, nil
	}
	plain := io.Reader(buffered)
	if zipped {
		if plain, err = newMembers(buffered); err != nil {
			return nil, true, err
		}
	}
	if tapped {
		plain = io.TeeReader(plain, tap.Into)
	}
	return bufio.NewReaderSize(plain, room), zipped, nil
}

// room is how many bytes are read at once, and how far a reader can look ahead.
const room = 1 << 16

const gzipMagic = "\x1f\x8b"

// members reads the members of a gzip stream, one after the other. Zeros after the last one are padding, which tools
// that write whole blocks leave there, as gzip itself takes them.
type members struct {
	r    *bufio.Reader
	gzip *gzip.Reader
	err  error // what the stream has ended with, again and again: a look ahead may have met it first
}

func newMembers(r *bufio.Reader) (*members, error) {
	unzip, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	unzip.Multistream(false)
	return &members{r: r, gzip: unzip}, nil
}

// Read implements io.Reader.
func (m *members) Read(p []byte) (int, error) {
	n := 0
	for n == 0 && m.err == nil {
		n, m.err = m.gzip.Read(p)
		if errors.Is(m.err, io.EOF) {
			m.err = m.next()
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, m.err
}

// next goes on to the next member, or returns io.EOF where there is none.
func (m *members) next() error {
	for {
		b, err := m.r.ReadByte()
		switch {
		case err != nil:
			return err
		case b == gzipMagic[0]:
			if err := m.r.UnreadByte(); err != nil {
				return err
			}
			if err := m.gzip.Reset(m.r); err != nil {
				return err
			}
			m.gzip.Multistream(false)
			return nil
		case b != 0:
			return gzip.ErrHeader
		}
	}
}
