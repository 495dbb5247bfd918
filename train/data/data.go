// Package data opens the data sets that the models train on, splits them into
// labelled, unlabelled and validation examples, and tells what is in them.
//
// A data set is a Source that a package of its own registers. To add one, in this order: its package
// below this one, whose init calls Register (mnist is one whose files are fetched, norb one whose files
// the user brings, glyphs one that is drawn), and its line in train/data/all.
package data

import (
	"errors"
	"fmt"
)

// ErrInput marks every error that the user can mend: a name, a number or a file
// that is not as it should be.
var ErrInput = errors.New("input")

// Part is one part of a data set, training or test. It cannot reach the other
// part, so that code which is handed the training part never sees a test label. It is comparable: the parts of the same
// options are equal, and are read once for all members of a run.
type Part interface {
	// Load reads or makes the part. Its errors are ErrInput unless the disk fails.
	Load() (*Set, error)
}

// Stored is a Part whose examples lie in files. Files looks for them, not into them.
type Stored interface {
	Part
	Files() ([]string, error)
}

// Files returns the files of a part, none of one that is drawn. It opens none of them.
func Files(part Part) ([]string, error) {
	if stored, ok := part.(Stored); ok {
		return stored.Files()
	}
	return nil, nil
}

// Load reads or makes a part, and tells the user's notes of it.
func Load(part Part, note func(line string)) (*Set, error) {
	var set *Set
	var err error
	Patiently(part, note, func() { set, err = part.Load() })
	if err != nil {
		return nil, err
	}
	for _, line := range set.Notes {
		note(line)
	}
	return set, nil
}

// Find tells whether a part's files are there, without opening one: a run that needs the
// test part at its end should not learn then that there is none.
func Find(part Part) error {
	_, err := Files(part)
	return err
}

// Headed is a Part that tells before the training whether it goes with the training part, by the heads of its files; of a
// table also whether its values are such as a model takes. Nothing of them is kept.
type Headed interface {
	Part
	Head() error
}

// Fit is Find, and tells whether a part goes with the training part as far as the heads of its files say.
func Fit(part Part) error {
	if err := Find(part); err != nil {
		return err
	}
	if headed, ok := part.(Headed); ok {
		return headed.Head()
	}
	return nil
}

// Options choose a data set.
type Options struct {
	Name string // one of Names
	Dir  string // the folder that holds NAME/; a drawn one needs none, the user's own files may lie in it
	Seed uint64 // what a drawn one is drawn from
	// LabelColumn is the column of the label in a table of the user's own; empty: the table tells.
	LabelColumn string
	Train       int        // use the first so many training examples; 0: all
	Test        int        // use the first so many test examples; 0: all
	Own         OwnOptions // of data that are named by their paths
}

// OwnOptions say where data of the user's own lie and how they are read, see configs.Data, whose keys have the same names.
type OwnOptions struct {
	Path, LabelsPath, UnlabelledPath     string `json:",omitempty"`
	ValidationPath, ValidationLabelsPath string `json:",omitempty"`
	TestPath, TestLabelsPath             string `json:",omitempty"`
	Variable, LabelColumn                string `json:",omitempty"`

	Columns, DropColumns, OneHot, MissingLabels []string `json:",omitempty"`
	Heading, Delimiter, Decimal                 string   `json:",omitempty"`

	Size             []int  `json:",omitempty"`
	Channels, Resize string `json:",omitempty"`

	Scale   string `json:",omitempty"` // pixels are kept as bytes
	Missing string `json:",omitempty"` // of a test part: values that a model will not take are found before the training
	Storage string `json:",omitempty"`

	TestFraction float64 `json:",omitempty"`
	// Seed is that of what is drawn: the test part by its fraction, the validation examples. It is 0 where nothing is.
	Seed uint64 `json:",omitempty"`
	// Classifies tells whether something is learnt from labels: then there must be some.
	Classifies bool `json:",omitempty"`
}

// Open returns the two parts of a data set without reading them.
func Open(options Options) (train, test Part, err error) {
	if options.Train < 0 || options.Test < 0 {
		return nil, nil, InputErrorf(
			"data: wanted a number of examples, found %d for training and %d for test; 0 stands for all",
			options.Train, options.Test)
	}
	source, known := Lookup(options.Name)
	if !known {
		return nil, nil, unknown(options.Name)
	}
	if options.LabelColumn != "" && source.Kind != Own {
		return nil, nil, InputErrorf("label column %q: data set %s is no table of yours; leave it out",
			options.LabelColumn, options.Name)
	}
	return source.Open(options)
}

// InputErrorf formats an error that is ErrInput. It may wrap another with %w.
func InputErrorf(format string, args ...any) error {
	return inputError{fmt.Errorf(format, args...)}
}

// inputError is an ErrInput that tells only what is wrong.
type inputError struct{ error }

func (e inputError) Is(target error) bool { return target == ErrInput }
func (e inputError) Unwrap() error        { return e.error }
