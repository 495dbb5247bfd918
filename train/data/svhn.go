package data

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"ssdgm/train/data/mat"
	"ssdgm/train/data/strict"
)

// The shape of SVHN's cropped digits, in colour.
const (
	svhnSide     = 32
	svhnChannels = 3
	svhnValues   = svhnSide * svhnSide * svhnChannels
	svhnClasses  = 10
)

const (
	svhnTrain = "train_32x32.mat"
	svhnTest  = "test_32x32.mat"
)

// svhnPart is the training or the test part of SVHN, as it is distributed.
type svhnPart struct {
	dir   string // the folder that holds svhn/
	name  string
	first int // use so many examples; 0: all
}

func openSVHN(options Options) (train, test Part, err error) {
	if err := wantFolder(filepath.Join(options.Dir, "svhn"), "SVHN", TryGet("svhn", options.Dir)); err != nil {
		return nil, nil, err
	}
	train = svhnPart{options.Dir, svhnTrain, options.Train}
	test = svhnPart{options.Dir, svhnTest, options.Test}
	return train, test, nil
}

func (p svhnPart) files() ([]string, error) {
	path, err := wantFile(filepath.Join(p.dir, "svhn"), p.name, p.name+".gz")
	return []string{path}, advise(err, TryGet("svhn", p.dir))
}

// Load reads the part's file to its end, also where only the first examples are kept.
func (p svhnPart) Load() (*Set, error) {
	paths, err := p.files()
	if err != nil {
		return nil, err
	}
	set := &Set{Name: "svhn", Height: svhnSide, Width: svhnSide, Channels: svhnChannels, Classes: svhnClasses}
	err = strict.File(paths[0], func(r io.Reader, size int64) error { return readSVHN(set, r, size, p.first) })
	if err != nil {
		return nil, advise(err, TryGet("svhn", p.dir))
	}
	if len(set.Labels) < p.first {
		return nil, tooFew(paths[0], p.first, len(set.Labels))
	}
	set.N = orAll(p.first, len(set.Labels))
	set.Labels = set.Labels[:set.N]
	return set, nil
}

// readSVHN reads the images X, of which the first are kept, and all labels y.
func readSVHN(set *Set, r io.Reader, size int64, first int) error {
	file, err := mat.NewReader(r, size)
	if err != nil {
		return err
	}
	images := 0
	for {
		v, err := file.Next()
		switch {
		case errors.Is(err, io.EOF):
			if images == 0 || images != len(set.Labels) {
				return strict.Errorf("wanted images X and as many labels y, found %d and %d", images, len(set.Labels))
			}
			return nil
		case err != nil:
			return err
		case v.Name == "X":
			images = v.Shape[len(v.Shape)-1]
			set.Images, err = svhnImages(v, first)
		case v.Name == "y":
			set.Labels, err = svhnLabels(v)
		}
		if err != nil {
			return fmt.Errorf("variable %s: %w", v.Name, err)
		}
	}
}

// svhnImages turns images whose rows vary fastest and whose channels slowest into ones whose
// channels vary fastest and whose rows slowest.
func svhnImages(v *mat.Variable, first int) ([]uint8, error) {
	if want := []int{svhnSide, svhnSide, svhnChannels}; len(v.Shape) != 4 || !slices.Equal(v.Shape[:3], want) || v.Type.Name != strict.Uint8.Name {
		return nil, strict.Errorf("wanted 32×32×3×N elements of type uint8, found %s of type %s", strict.Join(v.Shape), v.Type.Name)
	}
	kept := v.Shape[3]
	if first > 0 {
		kept = min(kept, first)
	}
	var images []uint8
	for range kept {
		entry, err := v.Next()
		if err != nil {
			return nil, err
		}
		images = strict.Grow(images, svhnValues, int64(kept)*svhnValues)
		for row := range svhnSide {
			for column := range svhnSide {
				for channel := range svhnChannels {
					images = append(images, entry[row+svhnSide*(column+svhnSide*channel)])
				}
			}
		}
	}
	return images, nil
}

// svhnLabels returns classes: digit 0 has label 10.
func svhnLabels(v *mat.Variable) ([]uint8, error) {
	if len(v.Shape) != 2 || v.Shape[1] != 1 {
		return nil, strict.Errorf("wanted N×1 elements, found %s", strict.Join(v.Shape))
	}
	entry, err := v.Next()
	if err != nil {
		return nil, err
	}
	labels := make([]uint8, v.Shape[0])
	for i := range labels {
		label := v.Type.Value(entry[i*v.Type.Size:])
		if !wholeWithin(label, 1, svhnClasses) {
			return nil, strict.Errorf("wanted labels from 1 to 10, found %g at place %d", label, i)
		}
		labels[i] = uint8(label) % svhnClasses
	}
	return labels, nil
}
