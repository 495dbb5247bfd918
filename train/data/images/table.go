package images

import (
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/formats"
	"ssdgm/train/data/own"
	"ssdgm/train/data/strict"
)

// fileHeadings are what the column of the files is called in a table of labels, in small letters.
var fileHeadings = []string{"file", "filename", "file_name", "path", "image", "img", "id", "name"}

// fromTable are the labels of images as a table has them, with a column of files and one of labels. An image that it
// does not name has none.
func (o folderOrigin) fromTable(images files) ([]string, error) {
	if err := own.Find(o.tableKey(), o.table); err != nil {
		return nil, err
	}
	r, err := formats.Open(o.table, frame.Options{Missing: []string{}})
	if err != nil {
		return nil, mend(err)
	}
	defer r.Close()
	columns := r.Columns()
	file, label, err := tableColumns(columns, o.column)
	if err != nil {
		return nil, data.InputErrorf("%s: %w", o.table, err)
	}
	r.Select(nil, []int{file, label})
	t := tableLabels{newFinder(images, o.path, o.dir), make([]string, len(images)), make([]bool, len(images))}
	row := []string{columns[file].Name, columns[label].Name}
	_, headed := t.found.find(row[0]) // nil: what looks like a heading is the first row.
	for n := 1; ; n++ {
		if n > 1 || headed != nil {
			if err := r.Next(nil, row); errors.Is(err, io.EOF) {
				return t.labels, nil
			} else if err != nil {
				return nil, mend(err)
			}
		}
		if err := t.take(row, o.labels); err != nil {
			return nil, data.InputErrorf("%s: row %d: %w", o.table, n, err)
		}
	}
}

// tableLabels are the labels of images, as far as they have been read.
type tableLabels struct {
	found  *finder
	labels []string
	given  []bool
}

// take takes up a row of a file and a label.
func (t tableLabels) take(row []string, names own.Labels) error {
	at, err := t.found.find(row[0])
	switch {
	case err != nil:
		return err
	case t.given[at]:
		return strict.Errorf("wanted each file once, found %.60q again", row[0])
	}
	t.given[at] = true
	t.labels[at], err = names.Name(row[1])
	return err
}

// mend makes what the user can mend an input error.
func mend(err error) error {
	if errors.Is(err, strict.ErrFormat) || errors.Is(err, strict.ErrPath) {
		return data.InputErrorf("%w", err)
	}
	return err
}

// tableColumns finds the columns of the files and of the labels. Where they have no headings, the file comes first.
func tableColumns(columns []frame.Column, named string) (file, label int, err error) {
	called := func(names []string) int {
		return slices.IndexFunc(columns, func(c frame.Column) bool {
			return slices.Contains(names, strings.ToLower(c.Name))
		})
	}
	file, label = called(fileHeadings), called(classes.Headings)
	if named != "" {
		label = labelColumn(columns, named)
	}
	if len(columns) == 2 && (named == "" || label >= 0) { // One of them says which the other is.
		switch {
		case file < 0 && label < 0:
			file, label = 0, 1
		case file < 0:
			file = 1 - label
		case label < 0:
			label = 1 - file
		}
	}
	if file < 0 || label < 0 || file == label {
		return 0, 0, strict.Errorf("wanted a column headed file and one headed label, found %s; "+
			"data.label_column names that of the label", headings(columns))
	}
	return file, label, nil
}

// labelColumn is the column that the user names, by its heading or its number from 1; −1: there is none.
func labelColumn(columns []frame.Column, named string) int {
	at := slices.IndexFunc(columns, func(c frame.Column) bool { return c.Name == named })
	if n, err := strconv.Atoi(named); at < 0 && err == nil && n >= 1 && n <= len(columns) {
		return n - 1
	}
	return at
}

// headings lists the names of columns.
func headings(columns []frame.Column) string {
	const most = 8
	var names []string
	for _, c := range columns[:min(most, len(columns))] {
		names = append(names, fmt.Sprintf("%.40q", c.Name))
	}
	if more := len(columns) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return "the columns " + strings.Join(names, ", ")
}

// finder finds images by what a table calls them: their names below the folder, else these alone or without an ending.
type finder struct {
	names, calls map[string]int
	root         string // the folder's own name: a table may lie above it, and name it too
}

// twice stands for the place of what several files are called.
const twice = -1

func newFinder(images files, place, dir string) *finder {
	f := &finder{map[string]int{}, map[string]int{}, filepath.Base(filepath.Join(place, filepath.FromSlash(dir)))}
	for at, file := range images {
		name := strings.TrimPrefix(file.name, prefix(dir))
		f.names[name] = at
		base, ending := path.Base(name), path.Ext(name)
		calls := []string{base, strings.TrimSuffix(name, ending), strings.TrimSuffix(base, ending)}
		slices.Sort(calls)
		for _, call := range slices.Compact(calls) {
			_, taken := f.calls[call]
			if f.calls[call] = at; taken {
				f.calls[call] = twice
			}
		}
	}
	return f
}

// find is the place of the image that a table calls so.
func (f *finder) find(call string) (int, error) {
	clean := path.Clean(strings.ReplaceAll(call, `\`, "/"))
	at, found := f.names[clean]
	if !found {
		at, found = f.calls[clean]
	}
	if _, below, above := strings.Cut("/"+clean, "/"+f.root+"/"); !found && above {
		at, found = f.names[below]
	}
	switch {
	case !found:
		return 0, strict.Errorf("wanted the name of an image, found %.60q, which is none in the folder; "+
			"put the image there, or take the row away", call)
	case at == twice:
		return 0, strict.Errorf("wanted the name of one image, found %.60q, as several are called; name its folder too", call)
	}
	return at, nil
}
