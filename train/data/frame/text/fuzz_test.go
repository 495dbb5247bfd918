package text

import (
	"errors"
	"io"
	"testing"

	"ssdgm/train/allocated"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/frametest"
	"ssdgm/train/data/strict"
)

// FuzzRead holds that any text ends in rows or in one error of its content, and that it takes no more memory than its
// size accounts for.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"", "a,b\n1,2\n", ",a,kind\n0,0.5,cat\n1,NA,dog\n", "1;0,5\n2;1\n", "\ufeffa\tb\r\n1\t?\r\n", "label\ncat\n\n\ndog\n",
		"1,\"2\n", "\x1f\x8b", "# c\n\"a\" \"b\"\n\"1\" 2 3\n", "0,1,2\n0.5,1.5,2.5\n", "a,b,\n1,2\n", "m\xe2le,1\n",
		"1;2.5\n0,5;1\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		used := allocated.Bytes(func() {
			r, err := openText(text, frame.Options{})
			if err == nil {
				err = frametest.Fault(r)
			}
			var word *frame.WordError
			if !errors.Is(err, io.EOF) && !errors.Is(err, strict.ErrFormat) && !errors.As(err, &word) {
				t.Errorf("error = %v, want one of the content", err)
			}
		})
		size := int64(len(text))
		if size > 1 && text[:2] == "\x1f\x8b" {
			size = strict.Limit(size, true)
		}
		// The reader of lines takes about 40 bytes for a field, in lists that double; the rows ahead are kept besides.
		if most := uint64(1<<20 + 512*size); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(text), used, most)
		}
	})
}
