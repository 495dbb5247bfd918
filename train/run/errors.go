package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// ErrUser is what errors.Is finds in an error that the user can mend by giving other input:
// a folder that is no run, one that another process trains in, a checkpoint of a newer
// ssdgm. Every other error is a fault of the machine or of the files.
var ErrUser = errors.New("a mistake that the user can mend")

// userError is an error for which errors.Is finds ErrUser, and its cause where it has one; its
// text is its own.
type userError struct {
	text  string
	cause error
}

func (e *userError) Error() string { return e.text }

func (e *userError) Is(target error) bool { return target == ErrUser }

func (e *userError) Unwrap() error { return e.cause }

func userErrorf(format string, args ...any) error {
	return &userError{text: fmt.Sprintf(format, args...)}
}

// writeError says in one line which file could not be written and why. The temporary name in
// err would only puzzle the reader, so it is left out.
func writeError(name string, err error) error {
	reason := bare(err)
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("write %s: %w; free some space and run the same command again", name, reason)
	}
	return fmt.Errorf("write %s: %w", name, reason)
}

// bare returns the reason inside an error of package os, without operation and path.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

// refused are the reasons for which a folder or file cannot be written where another one could.
var refused = []error{
	fs.ErrPermission, fs.ErrExist, syscall.EROFS, syscall.ENOTDIR, syscall.EISDIR, syscall.ENAMETOOLONG,
}

// unwritable makes an error that says that a run may not be written to one of the user's. In another folder it would
// begin anew.
func (r *Run) unwritable(err error) error {
	names, _ := r.fsys.ReadDir(r.dir) // What cannot be read tells of no run.
	advice := "in a copy of the run elsewhere"
	switch {
	case errors.Is(err, ErrUser), !slices.Contains(names, configName):
		return err
	case errors.Is(err, fs.ErrPermission):
		advice = "as the owner of the run, or in a copy of it elsewhere"
	case !errors.Is(err, syscall.EROFS):
		return err
	}
	return &userError{text: err.Error() + "; do it " + advice, cause: err}
}

// Unwritable makes an error that says that a place may not be written to one of the user's, who can choose
// another. Every other error it leaves alone.
func Unwritable(err error) error {
	if errors.Is(err, ErrLocked) {
		return &userError{text: err.Error() + "; wait for it, or choose another folder with --out", cause: err}
	}
	if errors.Is(err, ErrUser) {
		return err
	}
	if slices.ContainsFunc(refused, func(reason error) bool { return errors.Is(err, reason) }) {
		return &userError{text: err.Error() + "; choose another folder with --out", cause: err}
	}
	return err
}
