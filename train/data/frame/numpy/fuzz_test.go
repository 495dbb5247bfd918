package numpy

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssdgm/train/allocated"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/frametest"
	"ssdgm/train/data/strict"
)

// FuzzArchive holds that any archive ends in rows or in one error of its content, and that nothing is allocated for what
// it claims alone.
func FuzzArchive(f *testing.F) {
	for _, name := range []string{
		"both.npz", "both-compressed.npz", "fortran.npz", "parts.npz", "csr-f4.npz", "csc-f8.npz", "coo-f4.npz",
		"csr-labels.npz",
		"objects.npz", "bsr.npz",
	} {
		content, err := os.ReadFile(filepath.Join("../testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}

	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "x.npz")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		used := allocated.Bytes(func() {
			r, err := OpenArchive(file, int64(len(content)), frame.Options{})
			if err == nil {
				err = frametest.Fault(r)
			}
			var word *frame.WordError
			if !errors.Is(err, io.EOF) && !errors.Is(err, strict.ErrFormat) && !errors.As(err, &word) {
				t.Errorf("error = %v, want one of the content", err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error = %q, want one line", err)
			}
		})
		// A row, or a column's heading, takes some bytes for each that deflate can make.
		if most := uint64(64<<20 + 64*strict.Limit(int64(len(content)), true)); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(content), used, most)
		}
	})
}
