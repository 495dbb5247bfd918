package input

import (
	"fmt"
	"slices"
	"strings"

	"ssdgm/configs"
	"ssdgm/train/data"
	"ssdgm/train/data/frame"
)

// settings are how an input is read: as the run read its training data, unless the user says otherwise.
type settings struct {
	configs.Data
	said map[string]bool // keys of the table [data] that the user has set for this input
}

// ofInput are the keys of how an input is read. The others say what a model is trained on.
var ofInput = []string{
	"label_column", "labels_path", "missing_labels", "variable", "delimiter", "decimal", "heading", "columns",
	"drop_columns", "resize",
}

// newSettings takes a run's table [data], and what the user says of this input.
func newSettings(c *configs.Config, sets []string) (*settings, error) {
	s := &settings{c.Data, map[string]bool{}}
	s.LabelsPath = "" // that of the training part
	if len(sets) == 0 {
		return s, nil
	}
	for _, set := range sets {
		key, _, _ := strings.Cut(set, "=")
		name, found := strings.CutPrefix(strings.TrimSpace(key), "data.")
		if !found || !slices.Contains(ofInput, name) {
			return nil, data.InputErrorf("--set %.60q: want one of the keys of how an input is read: data.%s",
				set, strings.Join(ofInput, ", data."))
		}
		s.said[name] = true
	}
	const text = "model = \"m1\"\n[m1.train]\nsteps = 1\n[data]\nname = \"table\"\npath = \"x\"\n"
	told, _, err := configs.Parse("--set", []byte(text), sets)
	if err != nil {
		return nil, err
	}
	s.take(&told.Data)
	return s, nil
}

// take takes up what the user says.
func (s *settings) take(told *configs.Data) {
	for name, take := range map[string]func(){
		"label_column":   func() { s.LabelColumn = told.LabelColumn },
		"labels_path":    func() { s.LabelsPath = told.LabelsPath },
		"missing_labels": func() { s.MissingLabels = told.MissingLabels },
		"variable":       func() { s.Variable = told.Variable },
		"delimiter":      func() { s.Delimiter = told.Delimiter },
		"decimal":        func() { s.Decimal = told.Decimal },
		"heading":        func() { s.Heading = told.Heading },
		"columns":        func() { s.Columns = told.Columns },
		"drop_columns":   func() { s.DropColumns = told.DropColumns },
		"resize":         func() { s.Resize = told.Resize },
	} {
		if s.said[name] {
			take()
		}
	}
}

// frameOptions are the ways to read a table, one after the other, of which the first is taken that gives what the model
// takes: as the run did, and, where the user says nothing of it, as the file itself tells.
func (s *settings) frameOptions() []frame.Options {
	own := frame.Options{
		Variable: s.Variable, Label: s.LabelColumn, Delimiter: s.Delimiter, Decimal: s.Decimal, Heading: s.Heading,
	}
	switch own.Label { // These are places in a table, and no array is called so.
	case "first", "last", "none":
		own.Label = ""
	}
	told := frame.Options{}
	for _, key := range []struct {
		name      string
		own, told *string
	}{
		{"variable", &own.Variable, &told.Variable}, {"label_column", &own.Label, &told.Label},
		{"delimiter", &own.Delimiter, &told.Delimiter}, {"decimal", &own.Decimal, &told.Decimal},
		{"heading", &own.Heading, &told.Heading},
	} {
		if s.said[key.name] {
			*key.told = *key.own
		}
	}
	if fmt.Sprint(own) == fmt.Sprint(told) {
		return []frame.Options{own}
	}
	return []frame.Options{own, told}
}

// own are the settings as the readers of the user's data take them.
func (s *settings) own() *data.OwnOptions {
	return &data.OwnOptions{LabelColumn: s.LabelColumn, Columns: s.Columns, DropColumns: s.DropColumns}
}
