// Package describe tells what a file or a folder of the user's own holds, as training would take it, and writes a
// configuration to start from.
package describe

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/strict"
)

// Description is what a file or a folder holds. Its fields are those of 'data info PATH --json'.
type Description struct {
	Path   string `json:"path"`
	Name   string `json:"name"`   // what data.name is for it
	Format string `json:"format"` // of the file, or of the files of a folder
	Rows   int    `json:"rows"`   // examples
	// What an example is: its values as an image, or 1, their number and 1.
	Height   int `json:"height"`
	Width    int `json:"width"`
	Channels int `json:"channels"`

	// Images that are a part of their own; 0: there is no such part.
	TestPart       int    `json:"test_images,omitempty"`
	ValidationPart int    `json:"validation_images,omitempty"`
	SizeWhy        string `json:"size_why,omitempty"` // why data.size is named; empty: it is not

	Columns []*Column `json:"columns,omitempty"` // of a table, in the file's order

	Label           string   `json:"label_column,omitempty"` // empty: there is none
	LabelWhy        string   `json:"label_why"`              // why it is the label, or why there is none
	LabelsPath      string   `json:"labels_path,omitempty"`  // the file of the labels, where they are apart
	Classes         []Count  `json:"classes,omitempty"`
	Unlabelled      int      `json:"unlabelled"`
	UnlabelledMarks string   `json:"unlabelled_marks,omitempty"` // what stands for no label
	Least           *float64 `json:"least,omitempty"`            // of the values that are used
	Most            *float64 `json:"most,omitempty"`

	Scale  string `json:"scale"`  // what data.scale = "auto" comes to
	Output string `json:"output"` // what m1.output = "auto" comes to

	Notes []string `json:"notes"` // what is surely a mistake, or may be one

	Dir   string          `json:"dir,omitempty"` // the folder that the path is in, where one is named
	asked data.OwnOptions // what the user has said of the file
}

// Count is how often something is there.
type Count struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// Options say how to look at a file or a folder.
type Options struct {
	Dir   string   // the folder that the path is in; empty: the working directory
	Label string   // the label's column, as data.label_column names it
	Sets  []string // keys of how files are read with their values, as in data.delimiter=;
}

// Help says what of a path is described.
const Help = `Describes a data set by its name. Of a file or a folder of your own it tells the format, what is in each column,
which one is the label and why, the classes, the values, and what is surely a mistake. It prints a configuration to
start from, which --toml prints alone:

    ssdgm data info patients.csv --toml > patients.toml
    ssdgm train patients.toml

Where it is wrong about a file, say so: --label-column outcome, --set data.delimiter=";" and other keys of [data].`

// IsName tells whether a word names a data set, and no file or folder, in a folder that is named or the working directory.
func IsName(word, dir string) bool {
	if _, known := data.Lookup(word); known {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, word))
	return err != nil && !strings.ContainsAny(word, `./\`)
}

// Path describes a file or a folder. It reads a table row after row, twice, and keeps some numbers for each column. Its
// errors are data.ErrInput or a *configs.Error unless the disk fails.
func Path(path string, o Options) (*Description, error) {
	asked, err := o.own(path)
	if err != nil {
		return nil, err
	}
	d := &Description{Path: path, Dir: o.Dir, Notes: []string{}, asked: asked}
	info, err := os.Stat(d.where(path))
	if d.holdsImages(err == nil && info.IsDir()) {
		err = d.images()
	} else {
		err = d.table()
	}
	if errors.Is(err, strict.ErrFormat) || errors.Is(err, strict.ErrPath) {
		err = data.InputErrorf("%w", err)
	}
	return d, err
}

// told are the keys of how files are read.
var told = []string{
	"columns", "drop_columns", "one_hot", "missing_labels", "delimiter", "decimal", "variable", "label_column",
	"labels_path", "unlabelled_path", "validation_path", "validation_labels_path", "test_path", "test_labels_path", "scale",
	"size", "channels", "resize",
}

// own is what the user says of a file.
func (o Options) own(path string) (data.OwnOptions, error) {
	for _, set := range o.Sets {
		key, _, _ := strings.Cut(set, "=")
		if name, found := strings.CutPrefix(strings.TrimSpace(key), "data."); !found || !slices.Contains(told, name) {
			return data.OwnOptions{}, data.InputErrorf("--set %.60q: wanted one of the keys of how files are read: data.%s",
				set, strings.Join(told, ", data."))
		}
	}
	text := fmt.Sprintf("model = \"m1\"\n[m1.train]\nsteps = 1\n[data]\nname = %q\npath = %s\n", tableName, configs.Format(path))
	c, _, err := configs.Parse(path, []byte(text), o.Sets)
	if err != nil {
		return data.OwnOptions{}, err
	}
	asked := train.OwnOptions(c)
	asked.LabelColumn = cmp.Or(o.Label, asked.LabelColumn)
	return asked, nil
}

// note keeps a line for the user.
func (d *Description) note(line string) {
	if line != "" {
		d.Notes = append(d.Notes, line)
	}
}

// Values is how many values an example has.
func (d *Description) Values() int { return d.Height * d.Width * d.Channels }

// Labelled is how many examples have a label.
func (d *Description) Labelled() (n int) {
	for _, class := range d.Classes {
		n += class.N
	}
	return n
}

// frameOptions are those of the reader of a table. A place in a table is no array's name.
func (d *Description) frameOptions() frame.Options {
	label := d.asked.LabelColumn
	switch label {
	case "first", "last", "none":
		label = ""
	}
	return frame.Options{
		Variable: d.asked.Variable, Label: label, Delimiter: d.asked.Delimiter, Decimal: d.asked.Decimal,
	}
}

// small is a word in small letters, for comparisons.
func small(word string) string { return strings.ToLower(strings.TrimSpace(word)) }
