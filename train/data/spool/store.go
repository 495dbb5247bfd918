package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Name is what a file is called in the folder of a run.
const Name = "examples.rows"

// Store is where files of rows are made. The zero Store is the system's folder for temporary files: they have no name
// there, and end with the process however it ends.
type Store struct {
	// Dir is a run's folder, which has one file of the name Name. Empty: see above.
	Dir string
	// Limit is how many bytes of values memory has room for, where nothing else is asked for; 0: any.
	Limit int64

	// Held says that nobody else trains in Dir: what an earlier process has left there goes, too.
	Held bool

	files []*File
	made  []string // folders, the outermost first
}

// Builder makes a Builder whose file is made in the store.
func (s *Store) Builder(o Options) *Builder { return &Builder{store: s, o: o} }

// Find is the file of a key's rows that the store has, or that an earlier process has left in it; nil where there is
// none.
func (s *Store) Find(key string) *File {
	for _, f := range s.files {
		if f.key == key {
			return f
		}
	}
	if s.Dir == "" {
		return nil
	}
	f, err := openLeft(filepath.Join(s.Dir, Name), key)
	if err != nil {
		return nil // Whatever it is: the rows are read again.
	}
	s.files = append(s.files, f)
	return f
}

// folder is where files are made.
func (s *Store) folder() string {
	if s.Dir == "" {
		return os.TempDir()
	}
	return s.Dir
}

// create makes an empty file, which has a name of its own until keep gives it its name.
func (s *Store) create() (*os.File, error) {
	if err := s.makeFolders(s.folder()); err != nil {
		return nil, err
	}
	if s.Dir != "" {
		s.sweep()
	}
	f, err := os.CreateTemp(s.folder(), Name+half)
	if err == nil && s.Dir == "" {
		_ = os.Remove(f.Name()) // On Windows an open file keeps its name: Close removes it.
	}
	return f, err
}

// half is the pattern of how the name of a file goes on that is not whole.
const half = ".*.tmp"

// sweep removes what processes that were killed have left: files that are not whole.
func (s *Store) sweep() {
	left, _ := filepath.Glob(filepath.Join(s.Dir, Name+half)) // No name of ours makes it fail.
	for _, name := range left {
		_ = os.Remove(name) // What stays is in nobody's way.
	}
}

// makeFolders makes a folder and those above it, and remembers which.
func (s *Store) makeFolders(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.makeFolders(filepath.Dir(dir)); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o777)
	if err == nil {
		s.made = append(s.made, dir)
	}
	return err
}

// keep gives a file that is whole its name.
func (s *Store) keep(f *File) error {
	if s.Dir != "" {
		half := f.file.Name()
		f.path = filepath.Join(s.Dir, Name)
		err := f.file.Close() // Windows gives no other name to an open file.
		if err == nil {
			err = os.Rename(half, f.path)
		}
		if err == nil {
			f.file, err = os.Open(f.path)
		}
		if err != nil {
			_ = os.Remove(half)
			return err
		}
	}
	s.files = append(s.files, f)
	return nil
}

// discard removes a file that is not whole, and the folders that were made for it.
func (s *Store) discard(f *os.File) {
	_ = f.Close() // It is of no use.
	_ = os.Remove(f.Name())
	s.removeFolders()
}

// removeFolders removes those that were made and that nothing else has come into.
func (s *Store) removeFolders() {
	for i := len(s.made) - 1; i >= 0; i-- {
		if os.Remove(s.made[i]) != nil {
			break
		}
	}
	s.made = nil
}

// Close lets go of the files. They are removed, unless somebody is to go on with them.
func (s *Store) Close(keep bool) error {
	var errs []error
	mine := s.Held
	for _, f := range s.files {
		mine = mine || f.made
		errs = append(errs, f.file.Close())
		if s.Dir == "" {
			_ = os.Remove(f.file.Name()) // It has gone already, but on Windows.
		}
	}
	s.files = nil
	if s.Dir != "" && mine && !keep {
		s.sweep()
		if err := os.Remove(filepath.Join(s.Dir, Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		s.removeFolders()
	}
	return errors.Join(errs...)
}
