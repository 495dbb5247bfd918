package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ssdgm/train/data/strict"
)

// wantFolder returns an error unless there is a folder for a data set's files.
func wantFolder(dir, set, advice string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return InputErrorf("open %s: no such directory; %s", dir, advice)
	case err != nil:
		return InputErrorf("%w; wanted a directory with %s's files", err, set)
	case !info.IsDir():
		return InputErrorf("open %s: wanted a directory, found a file; %s", dir, advice)
	}
	return nil
}

// wantFile returns the path of the first of some names under which there is a file.
func wantFile(dir string, names ...string) (string, error) {
	for _, name := range names {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", &fs.PathError{Op: "open", Path: dir, Err: absent(strings.Join(names, " or "))}
}

// absent is the names of a file that is under none of them.
type absent string

func (a absent) Error() string        { return fmt.Sprintf("wanted %s, found no such file", string(a)) }
func (a absent) Is(target error) bool { return target == fs.ErrNotExist }

// advise adds what to do to an error of the files that the user can mend, and leaves one of
// the disk as it is.
func advise(err error, advice string) error {
	if errors.Is(err, strict.ErrFormat) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return InputErrorf("%w; %s", err, advice)
	}
	return err
}

func tooFew(path string, first, n int) error {
	return InputErrorf("%s: wanted the first %d images, found %d; ask for fewer", path, first, n)
}

// TryGet names the command that puts sound files of a data set into a folder.
func TryGet(name, dir string) string {
	if clean := filepath.Clean(dir); clean != "data" {
		return fmt.Sprintf("try 'ssdgm data get %s --data %s'", name, dir)
	}
	return fmt.Sprintf("try 'ssdgm data get %s'", name)
}

// Place says which files of the user's make up a data set that is not fetched, and where they
// go; it is empty for the others.
func Place(name, dir string) string {
	files := map[string]string{
		"arrays": "{train,test}-{images,labels}.npy, or train.csv and test.csv,",
		"norb":   norbTrain + "-{dat,cat}.mat and " + norbTest + "-{dat,cat}.mat, each with .gz or without,",
	}[name]
	if files == "" {
		return ""
	}
	return fmt.Sprintf("put %s into %s", files, filepath.Join(dir, name))
}
