package strict

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Find returns the path of the first of some names in a folder under which there is a file. Where there is none, the
// error tells what was wanted. An error that the user can mend is ErrPath.
func Find(dir, wanted string, names ...string) (string, error) {
	for _, name := range names {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		switch {
		case err == nil && info.Mode().IsRegular():
			return path, nil
		case err == nil:
			return "", fmt.Errorf("open %s: %w", path, NoFile(info.Mode()))
		case !errors.Is(err, fs.ErrNotExist):
			return "", Path(err)
		}
		if err := Dangling(path); err != nil {
			return "", err
		}
	}
	return "", &pathError{fmt.Sprintf("open %s: wanted %s, found no such file", dir, wanted), fs.ErrNotExist}
}

// Dangling is the error of a path that is a link to nothing; nil of every other.
func Dangling(path string) error {
	target, err := os.Readlink(path)
	if err != nil {
		return nil
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return &pathError{fmt.Sprintf("open %s: it is a link to %q, where there is nothing", path, target), fs.ErrNotExist}
}

// ErrPath marks an error of a path that another path would mend: it is not there, it is no file, it may not be read.
var ErrPath = errors.New("not a file that can be read")

// pathError is an ErrPath in words of its own.
type pathError struct {
	message string
	cause   error
}

func (e *pathError) Error() string        { return e.message }
func (e *pathError) Is(target error) bool { return target == ErrPath }
func (e *pathError) Unwrap() error        { return e.cause }

// Pathf formats an ErrPath.
func Pathf(format string, args ...any) error {
	return &pathError{fmt.Sprintf(format, args...), nil}
}

// mendable are the reasons for which a path cannot be read where another one could.
var mendable = []error{
	fs.ErrNotExist, fs.ErrPermission, syscall.ENOTDIR, syscall.EISDIR, syscall.ENAMETOOLONG, syscall.ELOOP, syscall.EINVAL,
}

// Path makes an error that says that a path cannot be read an ErrPath. Every other one, such as a fault of the disk, it
// leaves alone.
func Path(err error) error {
	if slices.ContainsFunc(mendable, func(reason error) bool { return errors.Is(err, reason) }) {
		return &pathError{err.Error(), err}
	}
	return err
}

// NoFile is the error of a path under which there is something else than a file.
func NoFile(mode fs.FileMode) error {
	return &pathError{"wanted a file, found " + kindOf(mode), nil}
}

// kindOf names what is no file.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
