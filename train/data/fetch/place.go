package fetch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"ssdgm/train/data"
	"ssdgm/train/data/folder"
	"ssdgm/train/data/strict"
)

// errChecksum marks a file whose content is not what it should be.
var errChecksum = errors.New("wrong checksum")

// verify compares the content at path, gzipped or not, with the file's checksum.
func (f file) verify(path string) error {
	_, err := f.check(path)
	return err
}

// check is verify, and tells whether the content is gzipped.
func (f file) check(path string) (zipped bool, err error) {
	in, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer in.Close()
	sums, n := folder.NewSums(data.File(f)), int64(0)
	content, zipped, err := strict.Unzip(sums.Tap(in))
	if err == nil {
		// One byte more than there should be tells a longer file from a sound one, and
		// no more are unpacked.
		n, err = io.Copy(io.Discard, io.LimitReader(content, f.Length+1))
	}
	var disk *os.PathError
	switch {
	case errors.As(err, &disk):
		return zipped, err
	case err != nil:
		return zipped, f.mismatch(path, err.Error())
	case n != f.Length:
		return zipped, f.mismatch(path, fmt.Sprintf("%d bytes or more", n))
	}
	if sums.Foreign() {
		return zipped, f.mismatch(path, "the content of "+f.OtherSet)
	}
	if _, wanted, found := sums.Differ(); wanted != found {
		return zipped, f.mismatch(path, "sha256 "+found)
	}
	return zipped, nil
}

func (f file) mismatch(path, found string) error {
	wanted := fmt.Sprintf("%d bytes of content with sha256 %s", f.Length, f.SHA256)
	if f.SHA256 == "" {
		wanted = fmt.Sprintf("%d bytes of content, or %s with sha256 %s", f.Length, f.remote(), f.Packed)
	}
	return fmt.Errorf("%s: %w: wanted %s, found %s", path, errChecksum, wanted, found)
}

// install verifies a part and gives it its name; a part that is wrong is removed.
func (f file) install(part, into string) error {
	zipped, err := f.check(part)
	if errors.Is(err, errChecksum) {
		if err := os.Remove(part); err != nil {
			return &localError{err}
		}
	}
	if err != nil {
		return err
	}
	path := filepath.Join(into, f.Name)
	if zipped {
		path += ".gz"
	}
	if err := os.Rename(part, path); err != nil {
		return &localError{err}
	}
	return syncFolder(into)
}

// syncFolder makes a rename last through a loss of power. Windows has no such call.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return &localError{err}
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return &localError{err}
	}
	return nil
}
