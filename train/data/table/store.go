package table

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"ssdgm/train/data"
	"ssdgm/train/data/spool"
)

// The words of data.storage.
const (
	inMemory = "memory"
	onDisk   = "disk"
)

// keepIn prepares to keep the part's values: in memory, or in a file of the store.
func (t *loading) keepIn(store *spool.Store, p part) error {
	o := spool.Options{Width: t.plan.width, Rows: -1, Limit: store.Limit}
	switch {
	case t.o.Storage == onDisk:
		o.Limit = 0
	case t.o.Storage == inMemory, o.Limit == 0:
		o.Limit = math.MaxInt64
	}
	switch {
	case !p.test:
		o.Rows = len(t.trainPlaces)
	case t.o.TestPath == "":
		o.Rows = len(t.testPlaces)
	}
	var err error
	if o.Key, err = p.key(); err != nil {
		return err
	}
	t.rows = store.Builder(o)
	// A test part is compared with the training part while it is read.
	if !t.pixels && !p.test && o.Limit < math.MaxInt64 {
		t.left = store.Find(o.Key)
	}
	return nil
}

// keep makes the values that were read the set's, and says where they are.
func (t *loading) keep() error {
	s := t.set
	if t.pixels {
		if t.o.Storage == onDisk {
			s.Note(fmt.Sprintf("%s: data.storage = %q: pixels are kept in memory all the same, a byte each",
				t.main.path, onDisk))
		}
		return nil
	}
	if s.Spooled = t.left; s.Spooled == nil {
		var err error
		if s.Floats, s.Spooled, err = t.rows.Finish(); err != nil {
			return err
		}
	}
	switch {
	case s.Spooled == nil:
		return nil
	case s.Spooled.Rows() != s.N || s.Spooled.Width() != s.D():
		return data.InputErrorf("%s: wanted %d rows of %d values in %s, found %d of %d: the table has changed; remove that "+
			"file", t.main.path, s.N, s.D(), s.Spooled.Where(), s.Spooled.Rows(), s.Spooled.Width())
	}
	why := fmt.Sprintf("data.storage = %q", t.o.Storage)
	if t.o.Storage != onDisk {
		why = "they are more than a third of the memory that there is, and training holds up to two copies; " + why
	}
	what := "are kept in"
	if t.left != nil {
		what = "are in"
	}
	s.Note(fmt.Sprintf("%s: the values, %s, %s %s, %s, until the run ends (%s)", t.main.path,
		size(4*int64(s.N)*int64(s.D())), what, s.Spooled.Where(), size(s.Spooled.Size()), why))
	return nil
}

// size is a number of bytes in words.
func size(bytes int64) string {
	switch {
	case bytes < 1<<20:
		return fmt.Sprintf("%d kB", (bytes+1023)>>10)
	case bytes < 1<<30:
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
}

// key names what the part reads: its options, and of each file the path, the size and when it was last changed. What
// becomes of the values, and where they are kept, does not count: a run that goes on has another word for it.
func (p part) key() (string, error) {
	paths, err := p.Files()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	o := p.Options()
	o.Scale, o.Storage = "", ""
	fmt.Fprintf(hash, "%+v %v %d\n", o, p.test, p.first)
	add := func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := os.Stat(path) // of what a link leads to
		if err == nil {
			fmt.Fprintf(hash, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
		return err
	}
	for _, path := range paths {
		path, err := filepath.Abs(path)
		if err == nil {
			err = filepath.WalkDir(path, add)
		}
		if errors.Is(err, fs.ErrNotExist) { // It is a pattern of files.
			var files []string
			files, err = filepath.Glob(path)
			for _, file := range files {
				err = errors.Join(err, filepath.WalkDir(file, add))
			}
		}
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
