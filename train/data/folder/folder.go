// Package folder is what the sources share whose data lie in the user's files: it looks for them, and
// says in one clear line what to do where they are not as they should be.
package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ssdgm/train/data"
	"ssdgm/train/data/strict"
	"ssdgm/train/message"
)

// Want returns an error unless there is a folder for a data set's files.
func Want(dir, set, advice string) error {
	info, err := os.Stat(dir)
	above := filepath.Dir(dir)
	switch {
	case strict.Dangling(dir) != nil:
		return data.InputErrorf("%w; mend the link, or give another folder with --data", strict.Dangling(dir))
	case errors.Is(err, fs.ErrNotExist) && filepath.Base(above) == filepath.Base(dir):
		return data.InputErrorf("open %s: no such directory; --data names the folder that %s/ lies in: give --data %s",
			dir, filepath.Base(dir), message.Word(filepath.Dir(above)))
	case errors.Is(err, fs.ErrNotExist) && message.Unexpanded(filepath.ToSlash(dir)) != "":
		return data.InputErrorf("open %s: no such directory; %s", dir, message.Unexpanded(filepath.ToSlash(dir)))
	case errors.Is(err, fs.ErrNotExist):
		return data.InputErrorf("open %s: no such directory; %s", dir, advice)
	case err != nil:
		return data.InputErrorf("%w; wanted a directory with %s's files", err, set)
	case !info.IsDir():
		return data.InputErrorf("open %s: wanted a directory with %s's files, found a file; give a folder with --data", dir, set)
	}
	return nil
}

// File returns the path of the first of some names under which there is a file.
func File(dir string, names ...string) (string, error) {
	return strict.Find(dir, strings.Join(names, " or "), names...)
}

// Advise adds what to do to an error of the files that the user can mend, and leaves one of
// the disk as it is.
func Advise(err error, advice string) error {
	if errors.Is(err, strict.ErrFormat) || errors.Is(err, strict.ErrPath) {
		return data.InputErrorf("%w; %s", err, advice)
	}
	return err
}

// TooFew is the error of a test part that holds fewer images than are to be used.
func TooFew(path string, first, n int) error {
	return data.InputErrorf("%s: wanted the first %d examples, found %d; lower data.test", path, first, n)
}
