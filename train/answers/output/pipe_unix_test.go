//go:build unix

package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// pipeOf begins a table in a named pipe.
func pipeOf(t *testing.T, format string, columns []Column) (*os.File, Writer) {
	t.Helper()
	signal.Ignore(syscall.SIGPIPE)
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	// Open for both, so that neither end waits for the other.
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Create(path, format, columns)
	if err != nil {
		t.Fatal(err)
	}
	return reader, w
}

// TestAPipeGetsEachWrite reads from a named pipe what was written, before the table is closed, and holds that a table
// whose reader is gone says so.
func TestAPipeGetsEachWrite(t *testing.T) {
	t.Parallel()
	reader, w := pipeOf(t, "csv", []Column{{Name: "z"}})
	buffer := make([]byte, 100)
	for i, want := range []string{"z\n1\n", "2\n"} {
		if err := w.Write(1, []Cells{{Numbers: []float32{float32(i + 1)}}}); err != nil {
			t.Fatal(err)
		}
		n, err := reader.Read(buffer)
		if err != nil || string(buffer[:n]) != want {
			t.Fatalf("found %q, %v", buffer[:n], err)
		}
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(1, []Cells{{Numbers: []float32{3}}}); !errors.Is(err, ErrUnread) {
		t.Errorf("want ErrUnread, found %v", err)
	}
}

// TestAPipeGetsBinaryFormats holds that npy and Parquet need no file to be patched.
func TestAPipeGetsBinaryFormats(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"npy", "parquet"} {
		path := filepath.Join(t.TempDir(), "a."+format)
		columns, cells := []Column{{Name: "z", Width: 2}}, []Cells{{Numbers: []float32{1, 2, 3, 4, 5, 6}}}
		write(t, path, "", columns, cells)
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		reader, w := pipeOf(t, format, columns)
		if err := errors.Join(w.Write(3, cells), w.Close()); err != nil {
			t.Fatal(err)
		}
		found, err := io.ReadAll(reader)
		if err != nil || !bytes.Equal(found, want) {
			t.Errorf("%s: found %d other bytes than those of a file, %v", format, len(found), err)
		}
	}
}
