package train

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"ssdgm/configs"
	"ssdgm/train/data"
	"ssdgm/train/run"
)

// Located are the parts of a data set, neither of them read yet.
type Located struct {
	Train, Test data.Part
	Folder      string // where they were looked for, absolute; empty where no file is read
}

// DataKeys are the keys that say where the data of a trained model lie now.
var DataKeys = []string{
	"data.name", "data.dir", "data.label_column", "data.path", "data.labels_path", "data.test_path", "data.test_labels_path",
	"data.unlabelled_path", "data.validation_path", "data.validation_labels_path",
}

// Whereabouts say where data sets may lie.
type Whereabouts struct {
	Given   string            // the folder that the user names for this command; empty: none
	Default string            // the folder where nothing else says one; empty: data
	Note    func(line string) // takes a line for the user; may be nil
}

// Locate opens a configuration's data set for the run in dir, which need not be there yet: in the folder that the user
// names; else where the configuration says so now and the run's own does not; else where they lay when the run was last
// trained, if they are still there; else in the configuration's data.dir or the default folder.
func (w Whereabouts) Locate(dir string, c *configs.Config) (Located, error) {
	otherwise := cmp.Or(w.Given, c.Data.Dir, w.Default, "data")
	if !readsFiles(c.Data.Name) {
		return located("", c)
	}
	if source, _ := data.Lookup(c.Data.Name); slices.Contains(source.Uses, data.ByPath) {
		// The user's paths say where the files are: those in the working directory, or in a folder that is named.
		if otherwise = cmp.Or(w.Given, c.Data.Dir, "."); filepath.IsAbs(c.Data.Path) {
			return located(otherwise, c)
		}
	}
	if w.Given != "" || dir == "" {
		return located(otherwise, c)
	}
	before := run.DataFolder(dir)
	if made, err := RunConfig(dir, nil); before == "" || err != nil || made != nil && made.Data.Dir != c.Data.Dir {
		return located(otherwise, c)
	}
	elsewhere := absolute(otherwise) != before
	if found, err := located(before, c); elsewhere && err == nil && missing(found) == nil {
		w.note("data of %s: taken from %s, where they were when it was trained; --data names another folder", dir, before)
		return found, nil
	}
	found, err := located(otherwise, c)
	if err == nil {
		err = missing(found)
	}
	if err != nil {
		advice := "name their folder with --data"
		if c.Data.Path != "" {
			advice += ", or them with --set data.path=…"
		}
		return found, data.InputErrorf("%w; the data of %s were in %s and are gone from there: %s", err, dir, before, advice)
	}
	if elsewhere {
		w.note("data of %s: gone from %s, where they were when it was trained; taken from %s", dir, before, otherwise)
	}
	return found, nil
}

// Holds refuses a folder for data sets that the user names where none of them is read from files, or where each is to be
// read from a folder of its own. Where it takes the place of the configuration's, it says so.
func (w Whereabouts) Holds(sets ...configs.Data) error {
	if w.Given == "" {
		return nil
	}
	for _, set := range sets {
		if set.Dir != sets[0].Dir {
			return data.InputErrorf("--data %s: the runs differ in data.dir (%q, %q), which it would override; leave --data out",
				w.Given, sets[0].Dir, set.Dir)
		}
	}
	if slices.ContainsFunc(sets, func(set configs.Data) bool { return readsFiles(set.Name) }) {
		if dir := sets[0].Dir; dir != "" && absolute(dir) != absolute(w.Given) {
			w.note("--data %s: taken in place of data.dir = %q", w.Given, dir)
		}
		return nil
	}
	return data.InputErrorf("--data %s: %s is drawn by the program and reads no file; leave --data out, or choose a data set "+
		"with --set data.name=…", w.Given, sets[0].Name)
}

func (w Whereabouts) note(format string, args ...any) {
	if w.Note != nil {
		w.Note(fmt.Sprintf(format, args...))
	}
}

// readsFiles tells whether a data set is read from files, not drawn by the program.
func readsFiles(name string) bool {
	source, known := data.Lookup(name)
	return !known || source.Kind != data.Drawn
}

// located opens a data set in a folder.
func located(folder string, c *configs.Config) (l Located, err error) {
	here := *c
	here.Data.Dir = folder
	l.Train, l.Test, err = Parts(&here)
	if folder != "" {
		l.Folder = absolute(folder)
	}
	return l, err
}

// missing says which files are not there.
func missing(l Located) error {
	if err := data.Find(l.Train); err != nil {
		return err
	}
	return data.Find(l.Test)
}

// absolute is a path from anywhere on this machine.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return filepath.Clean(path)
}
