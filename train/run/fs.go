package run

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// FS is everything that a run folder asks of a disk. It is an interface so that a test can
// make each operation fail and see that nothing is lost. Names are paths as package os takes
// them, and errors are what package os would return.
type FS interface {
	Mkdir(name string) error
	ReadDir(name string) ([]string, error)        // the names in a folder, sorted
	Open(name string) (File, error)               // an existing file, to read
	Create(name string) (File, error)             // an empty file, to write
	OpenOrCreate(name string) (File, error)       // to write, with what stands in it
	Rename(from, to string) error                 // replaces to
	Remove(name string) error                     // a file
	SyncDir(name string) error                    // makes creations and renames in a folder durable
	Lock(name string) (unlock io.Closer, _ error) // ErrLocked where another process holds it
	Locked(name string) (bool, error)             // whether a process holds it
}

// File is an open file of an FS.
type File interface {
	io.ReadWriteCloser
	io.WriterAt
	Size() (int64, error)
	Sync() error
	Truncate(size int64) error
}

// ErrLocked is returned by FS.Lock, and by Open, where the lock is held already.
var ErrLocked = errors.New("locked")

// disk is the FS of the machine.
type disk struct{}

type diskFile struct{ *os.File }

func (f diskFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (disk) Mkdir(name string) error { return os.Mkdir(name, 0o777) }

func (disk) ReadDir(name string) ([]string, error) {
	entries, err := os.ReadDir(name)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

func (disk) Open(name string) (File, error) { return open(name, os.O_RDONLY) }

func (disk) Create(name string) (File, error) { return open(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC) }

func (disk) OpenOrCreate(name string) (File, error) { return open(name, os.O_RDWR|os.O_CREATE) }

func open(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, flag, 0o666)
	if err != nil {
		return nil, err // Not diskFile{nil}: that would be a File that is not nil.
	}
	return diskFile{f}, nil
}

func (disk) Rename(from, to string) error { return os.Rename(from, to) }

func (disk) Remove(name string) error { return os.Remove(name) }

// SyncDir does nothing on Windows, where a folder cannot be synced and the file system's
// journal keeps the order of renames. Some network file systems refuse it as well; they have
// nothing better to offer, so that is no error.
func (disk) SyncDir(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// A probe holds the lock for a moment (see Locked), so whoever wants it asks again for a while.
const (
	lockPatience = 200 * time.Millisecond
	lockInterval = 20 * time.Millisecond
)

func (disk) Lock(name string) (io.Closer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	lock := flock.New(name)
	held, err := lock.TryLockContext(ctx, lockInterval)
	if err != nil && ctx.Err() == nil {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: err}
	}
	if !held {
		return nil, ErrLocked
	}
	return lock, nil
}

// Locked takes the lock together with others that only ask. It makes no file, and needs no leave to write.
func (disk) Locked(name string) (bool, error) {
	lock := flock.New(name, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if err != nil || !free {
		return err == nil, err
	}
	return false, lock.Close()
}
