package images

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ssdgm/train/data"
	"ssdgm/train/data/strict"
)

// file is an image of a folder, or what may be one.
type file struct {
	root string // the folder, as the user gave it
	name string // below the folder, with slashes
}

func (f file) path() string { return filepath.Join(f.root, filepath.FromSlash(f.name)) }

// tree is a folder of images, and what lies in it.
type tree struct {
	root  string
	files files    // ordered by their names, bytewise
	dirs  []string // the folders in it at every depth, by their names as those of files
}

// walk lists a folder. Links are followed as far as they stay inside it.
func walk(root string) (*tree, error) {
	whole, err := unlinked(root)
	if err != nil {
		return nil, err
	}
	w := walker{tree: &tree{root: root}, whole: whole}
	if err := w.list("", []string{whole}); err != nil {
		return nil, err
	}
	slices.SortFunc(w.files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	slices.Sort(w.dirs)
	return w.tree, nil
}

// unlinked is a path without links, from the root of all.
func unlinked(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", pathError(err)
	}
	return filepath.Abs(real)
}

// pathError makes what another path would mend the user's.
func pathError(err error) error {
	if err = strict.Path(err); errors.Is(err, strict.ErrPath) {
		return data.InputErrorf("%w", err)
	}
	return err
}

// walker fills a folder.
type walker struct {
	*tree
	whole string // the folder without links
}

// list adds what lies in a folder below the root. within are the folders that it lies in, itself last, without links.
func (w *walker) list(name string, within []string) error {
	path := filepath.Join(w.root, filepath.FromSlash(name))
	entries, err := os.ReadDir(path)
	if err != nil {
		return pathError(err)
	}
	for _, entry := range entries {
		if ignored(entry.Name()) {
			continue
		}
		below := strings.TrimPrefix(name+"/"+entry.Name(), "/")
		at := filepath.Join(path, entry.Name())
		mode, real := entry.Type(), filepath.Join(within[len(within)-1], entry.Name())
		if mode&fs.ModeSymlink != 0 {
			if mode, real, err = w.follow(at, within); err != nil {
				return err
			}
		}
		switch {
		case mode.IsDir():
			w.dirs = append(w.dirs, below)
			if err := w.list(below, append(slices.Clip(within), real)); err != nil {
				return err
			}
		case mode.IsRegular():
			w.files = append(w.files, file{w.root, below})
		}
	}
	return nil
}

// follow returns what a link leads to, which must lie inside of the root and be no folder that the link lies in.
func (w *walker) follow(link string, within []string) (mode fs.FileMode, real string, err error) {
	if err := strict.Dangling(link); err != nil {
		return 0, "", data.InputErrorf("%w; mend the link or take it away", err)
	}
	info, err := os.Stat(link)
	if err != nil {
		return 0, "", pathError(err)
	}
	if real, err = unlinked(link); err != nil {
		return 0, "", err
	}
	switch rest, err := filepath.Rel(w.whole, real); {
	case err != nil, rest == "..", strings.HasPrefix(rest, ".."+string(filepath.Separator)):
		return 0, "", data.InputErrorf("open %s: it is a link to %s, outside of %s; put what it leads to there itself",
			link, real, w.root)
	case slices.Contains(within, real):
		return 0, "", data.InputErrorf("open %s: it is a link to %s, which it lies in itself; take it away", link, real)
	}
	return info.Mode().Type(), real, nil
}

// ignored tells whether a name is one that systems and archives leave behind beside what is meant.
func ignored(name string) bool {
	switch strings.ToLower(name) {
	case "__macosx", "thumbs.db", "desktop.ini":
		return true
	}
	return strings.HasPrefix(name, ".")
}
