package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"ssdgm/train/data"
	"ssdgm/train/data/strict"
)

// Sums are what tells a file from the published one. They are taken while it is read.
type Sums struct {
	published       data.File
	packed, content hash.Hash
	length          int64 // of the content
}

// NewSums prepares to compare a file with a published one.
func NewSums(published data.File) *Sums {
	return &Sums{published: published, packed: sha256.New(), content: sha256.New()}
}

// Tap is the file, for a reader of its content.
func (s *Sums) Tap(file io.Reader) strict.Tap {
	if s.published.SHA256 == "" {
		file = io.TeeReader(file, s.packed)
	}
	return strict.Tap{Reader: file, Into: s}
}

// Write takes content. It implements io.Writer.
func (s *Sums) Write(p []byte) (int, error) {
	s.length += int64(len(p))
	return s.content.Write(p)
}

// Differ returns the SHA-256 that was published and the one that was found, where they differ, and of what they are:
// the content, or the file as the mirrors have it. It knows none of an unpacked file, where none was published of its
// content.
func (s *Sums) Differ() (of, wanted, found string) {
	content, packed := sum(s.content), sum(s.packed)
	switch {
	case s.published.SHA256 != "":
		of, wanted, found = "content", s.published.SHA256, content
	case s.published.Packed != "" && packed != content:
		of, wanted, found = s.published.Name+".gz", s.published.Packed, packed
	}
	if wanted == found {
		return "", "", ""
	}
	return of, wanted, found
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// Foreign tells whether the content is that of another data set's file that is called alike.
func (s *Sums) Foreign() bool { return s.published.Other != "" && s.published.Other == sum(s.content) }

// note is a line for the user on a file that is not the published one; empty where it is, as far as that is known.
func (s *Sums) note(path, advice string) string {
	line := func(format string, args ...any) string {
		return fmt.Sprintf("%s: this is not %s as it is published: %s; %s",
			path, s.published.Name, fmt.Sprintf(format, args...), advice)
	}
	of, wanted, found := s.Differ()
	switch {
	case s.Foreign():
		return line("its content is that of %s", s.published.OtherSet)
	case wanted != found:
		return line("wanted %s with sha256 %.12s…, found %.12s…", of, wanted, found)
	case s.published.SHA256 == "" && s.published.Length != 0 && s.published.Length != s.length:
		return line("wanted %d bytes of content, found %d", s.published.Length, s.length)
	}
	return ""
}

// Read opens one of a data set's published files for a reader, as strict.File does, and compares what the reader takes
// with what was published. Where the two differ it returns a line for the user: the file may be another data set's,
// or damaged in a way that its format does not show.
func Read(
	path string, published data.File, advice string, read func(r io.Reader, size int64) error,
) (note string, err error) {
	sums := NewSums(published)
	err = strict.File(path, func(r io.Reader, size int64) error { return read(sums.Tap(r), size) })
	if err != nil {
		return "", err
	}
	return sums.note(path, advice), nil
}

// Compare is Read of a file that is read in another way.
func Compare(path string, published data.File, advice string) (note string, err error) {
	return Read(path, published, advice, func(r io.Reader, _ int64) error {
		content, _, err := strict.Unzip(r)
		if err == nil {
			_, err = io.Copy(io.Discard, content)
		}
		return strict.Describe(err)
	})
}
