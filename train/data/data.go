// Package data opens the data sets that the models train on, splits them into
// labelled, unlabelled and validation examples, and tells what is in them.
package data

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"ssdgm/train/data/glyphs"
)

// ErrInput marks every error that the user can mend: a name, a number or a file
// that is not as it should be.
var ErrInput = errors.New("input")

// Set is a data set, or one part of it, as bytes on the host.
type Set struct {
	Name   string
	Images []uint8 // N × D, row-major, D = Height·Width·Channels, 0 is paper or black
	Labels []uint8 // N, each below Classes, or Unlabelled
	N      int

	Height, Width, Channels int
	Classes                 int
}

// Unlabelled stands for the label of a training example that has none.
const Unlabelled = 255

// D returns the number of values in one image.
func (s *Set) D() int { return s.Height * s.Width * s.Channels }

// Digest returns the SHA-256 of the images followed by the labels, in hexadecimal.
// It tells a checkpoint on which data it was trained.
func (s *Set) Digest() string {
	hash := sha256.New()
	hash.Write(s.Images)
	hash.Write(s.Labels)
	return hex.EncodeToString(hash.Sum(nil))
}

// Part is one part of a data set, training or test. It cannot reach the other
// part, so that code which is handed the training part never sees a test label.
type Part interface {
	// Load reads or makes the part. Its errors are ErrInput unless the disk fails.
	Load() (*Set, error)
}

// Files returns the files of a part, none of one that is drawn. It opens none of them.
func Files(part Part) ([]string, error) {
	if stored, ok := part.(interface{ files() ([]string, error) }); ok {
		return stored.files()
	}
	return nil, nil
}

// Find tells whether a part's files are there, without opening one: a run that needs the
// test part at its end should not learn then that there is none.
func Find(part Part) error {
	_, err := Files(part)
	return err
}

// Options choose a data set.
type Options struct {
	Name  string // one of Names
	Dir   string // the folder that holds NAME/; glyphs needs none, the files of arrays may lie in it
	Seed  uint64 // glyphs: what they are drawn from
	Train int    // use the first so many training examples; 0: all
	Test  int    // use the first so many test examples; 0: all
}

// Open returns the two parts of a data set without reading them. Glyphs can be
// drawn in any number: all means 10,000 for training and 2,000 for test.
func Open(options Options) (train, test Part, err error) {
	if options.Train < 0 || options.Test < 0 {
		return nil, nil, InputErrorf("data: wanted a number of examples, found %d for training and %d for test; 0 stands for all", options.Train, options.Test)
	}
	switch options.Name {
	case "arrays":
		return openArrays(options)
	case "mnist":
		return openMNIST(options)
	case "norb":
		return openNORB(options)
	case "svhn":
		return openSVHN(options)
	case "glyphs":
		train = drawn{options.Seed, glyphs.Train, orAll(options.Train, glyphs.DefaultTrain)}
		test = drawn{options.Seed, glyphs.Test, orAll(options.Test, glyphs.DefaultTest)}
		return train, test, nil
	}
	return nil, nil, unknown(options.Name)
}

// Names returns the names that Open knows.
func Names() []string { return []string{"arrays", "glyphs", "mnist", "norb", "svhn"} }

// Shape returns the number of values in an image and the number of classes of a data
// set, for which no file is needed.
func Shape(name string) (d, classes int, err error) {
	switch name {
	case "mnist":
		return mnistSide * mnistSide, mnistClasses, nil
	case "glyphs":
		return glyphs.Side * glyphs.Side, glyphs.Classes, nil
	case "norb":
		return norbSide * norbSide, norbClasses, nil
	case "svhn":
		return svhnValues, svhnClasses, nil
	case "arrays":
		return 0, 0, InputErrorf("data set arrays has the size that its files say; choose another data.name where no file is read")
	}
	return 0, 0, unknown(name)
}

func unknown(name string) error {
	return InputErrorf("data: wanted one of %s, found %q", strings.Join(Names(), ", "), name)
}

// drawn is a part of the built-in data set.
type drawn struct {
	seed  uint64
	part  glyphs.Part
	count int
}

// Load draws the examples.
func (d drawn) Load() (*Set, error) {
	images, labels := glyphs.Draw(d.seed, d.part, d.count)
	return &Set{
		Name: "glyphs", Images: images, Labels: labels, N: d.count,
		Height: glyphs.Side, Width: glyphs.Side, Channels: 1, Classes: glyphs.Classes,
	}, nil
}

func orAll(count, all int) int {
	if count == 0 {
		return all
	}
	return count
}

// InputErrorf formats an error that is ErrInput. It may wrap another with %w.
func InputErrorf(format string, args ...any) error {
	return inputError{fmt.Errorf(format, args...)}
}

// inputError is an ErrInput that tells only what is wrong.
type inputError struct{ error }

func (e inputError) Is(target error) bool { return target == ErrInput }
func (e inputError) Unwrap() error        { return e.error }
