package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"strings"
)

// tmpSuffix marks a file that is being written. One that is found later was left by a crash.
const tmpSuffix = ".tmp"

// WriteFile writes a file that belongs to no run as a run's are written: at every moment the
// name stands for the whole old file or for the whole new one.
func WriteFile(name string, write func(io.Writer) error) error {
	p, err := Begin(name)
	if err != nil {
		return err
	}
	return p.finish(write)
}

// writeAtomic writes a file under a temporary name, makes it durable, and gives it its name:
// at every moment the name stands for the whole old file or for the whole new one.
func writeAtomic(fsys FS, name string, write func(io.Writer) error) error {
	p, err := begin(fsys, name, name+tmpSuffix)
	if err != nil {
		return err
	}
	return p.finish(write)
}

// Pending is a file that is being written under a temporary name. Its writer ends with Commit or with Abort.
type Pending struct {
	File
	fsys      FS
	name, tmp string
}

// Begin begins a file that belongs to no run. Several processes that write the same one do not meet before its name:
// the last one to commit gives the file.
func Begin(name string) (*Pending, error) {
	return begin(disk{}, name, fmt.Sprintf("%s.%08x%s", name, rand.Uint32(), tmpSuffix))
}

// begin creates the file.
func begin(fsys FS, name, tmp string) (*Pending, error) {
	p := &Pending{fsys: fsys, name: name, tmp: tmp}
	var err error
	if p.File, err = fsys.Create(tmp); err != nil {
		// On a full disk it may be there all the same.
		return nil, p.failed(err)
	}
	return p, nil
}

// finish writes all of a file, and commits it.
func (p *Pending) finish(write func(io.Writer) error) error {
	if err := write(p.File); err != nil {
		return p.Fail(err)
	}
	return p.Commit()
}

// Commit waits until the file is on the disk, and gives it its name. Where it cannot, it leaves nothing behind.
func (p *Pending) Commit() error {
	err := p.Sync()
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = p.fsys.Rename(p.tmp, p.name)
	}
	if err == nil {
		err = p.fsys.SyncDir(filepath.Dir(p.name))
	}
	if err != nil {
		return p.failed(err)
	}
	return nil
}

// Abort leaves nothing behind.
func (p *Pending) Abort() {
	_ = p.Close() // What it held is not wanted.
	_ = p.fsys.Remove(p.tmp)
}

// Fail is Abort after an error of a write. It says which file could not be written, and why.
func (p *Pending) Fail(err error) error {
	p.Abort()
	return writeError(p.name, err)
}

// failed is Fail once the file is closed.
func (p *Pending) failed(err error) error {
	// On a full disk the half-written file would take the room that others need. Where it
	// cannot be removed either, the next Open does it.
	_ = p.fsys.Remove(p.tmp)
	return writeError(p.name, err)
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
