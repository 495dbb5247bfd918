package run

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
)

// tmpSuffix marks a file that is being written. One that is found later was left by a crash.
const tmpSuffix = ".tmp"

// WriteFile writes a file that belongs to no run as a run's are written: at every moment the
// name stands for the whole old file or for the whole new one.
func WriteFile(name string, write func(io.Writer) error) error {
	return writeAtomic(disk{}, name, write)
}

// writeAtomic writes a file under a temporary name, makes it durable, and gives it its name:
// at every moment the name stands for the whole old file or for the whole new one.
func writeAtomic(fsys FS, name string, write func(io.Writer) error) error {
	tmp := name + tmpSuffix
	err := writeDurably(fsys, tmp, write)
	if err == nil {
		err = fsys.Rename(tmp, name)
	}
	if err == nil {
		err = fsys.SyncDir(filepath.Dir(name))
	}
	if err != nil {
		// On a full disk the half-written file would take the room that others need. Where it
		// cannot be removed either, the next Open does it.
		_ = fsys.Remove(tmp)
		return writeError(name, err)
	}
	return nil
}

// writeDurably writes a file and waits until it is on the disk.
func writeDurably(fsys FS, name string, write func(io.Writer) error) error {
	f, err := fsys.Create(name)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// writeBytes is writeAtomic for what is in memory already.
func writeBytes(fsys FS, name string, b []byte) error {
	return writeAtomic(fsys, name, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// readBytes reads a whole file.
func readBytes(fsys FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// mkdirAll makes a folder and those above it, and makes each durable in the one above.
func mkdirAll(fsys FS, name string) error {
	if _, err := fsys.ReadDir(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if parent := filepath.Dir(name); parent != name {
		if err := mkdirAll(fsys, parent); err != nil {
			return err
		}
	}
	if err := fsys.Mkdir(name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return fsys.SyncDir(filepath.Dir(name))
}

// syncAbove makes a folder and those above it durable, as far as they may be read. One that
// was there already may have been made by a process that did not live to do so.
func syncAbove(fsys FS, name string) {
	for parent := filepath.Dir(name); parent != name; parent = filepath.Dir(parent) {
		_ = fsys.SyncDir(parent)
		name = parent
	}
}

// removeLeftovers removes what a crash left half-written in a folder.
func removeLeftovers(fsys FS, dir string) error {
	names, err := fsys.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !strings.HasSuffix(name, tmpSuffix) {
			continue
		}
		if err := fsys.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}
