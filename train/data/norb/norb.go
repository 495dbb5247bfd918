// Package norb is small NORB, photographs of toys, as it is distributed: files of matrices.
package norb

import (
	"cmp"
	"errors"
	"io"
	"path/filepath"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/folder"
	"ssdgm/train/data/strict"
)

// The shape of small NORB. As in the paper's published code, an example is the left image of a
// pair at half its width and height: the mean of each square of four pixels.
const (
	name      = "norb"
	original  = 96
	shrinkage = 2
	side      = original / shrinkage
	classes   = 5
)

// The beginnings of the names of small NORB's files.
const (
	trainPrefix = "smallnorb-5x46789x9x18x6x2x96x96-training"
	testPrefix  = "smallnorb-5x01235x9x18x6x2x96x96-testing"
)

// classNames are the categories in the order of their numbers.
var classNames = []string{"animals", "humans", "planes", "trucks", "cars"}

func init() {
	data.Register(data.Source{
		Name: name, Kind: data.Placed, D: side * side, Classes: classes, Open: open,
		Files: trainPrefix + "-{dat,cat}.mat and " + testPrefix + "-{dat,cat}.mat, each with .gz or without,",
		Help: []string{"put there by hand: smallnorb-*-dat.mat[.gz], smallnorb-*-cat.mat[.gz]: " +
			"the left image of each pair, halved to 48×48"},
	})
}

// part is the training or the test part of small NORB, as it is distributed.
type part struct {
	dir    string // the folder that holds norb/
	prefix string
	first  int // use so many examples; 0: all
}

func open(options data.Options) (train, test data.Part, err error) {
	if err := folder.Want(filepath.Join(options.Dir, name), "NORB", data.Place(name, options.Dir)); err != nil {
		return nil, nil, err
	}
	train = part{options.Dir, trainPrefix, options.Train}
	test = part{options.Dir, testPrefix, options.Test}
	return train, test, nil
}

// files are the images and the categories.
func (p part) Files() (paths []string, err error) {
	for _, what := range []string{"-dat.mat", "-cat.mat"} {
		path, err := folder.File(filepath.Join(p.dir, name), p.prefix+what, p.prefix+what+".gz")
		if err != nil {
			return nil, folder.Advise(err, data.Place(name, p.dir))
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// Load reads the part's two files to their ends, also where only the first examples are kept.
func (p part) Load() (*data.Set, error) {
	paths, err := p.Files()
	if err != nil {
		return nil, err
	}
	var images, labels []uint8
	n := 0
	err = strict.File(paths[0], func(r io.Reader, size int64) (err error) {
		images, n, err = readImages(r, size, p.first)
		return err
	})
	if err == nil {
		err = strict.File(paths[1], func(r io.Reader, size int64) (err error) {
			labels, err = readLabels(r, size)
			return err
		})
	}
	if err == nil && n != len(labels) {
		err = strict.Errorf("%s holds %d images, but %s holds %d labels", paths[0], n, paths[1], len(labels))
	}
	switch {
	case err != nil:
		return nil, folder.Advise(err, data.Place(name, p.dir))
	case n < p.first:
		return nil, folder.TooFew(paths[0], p.first, n)
	}
	n = cmp.Or(p.first, n)
	return &data.Set{
		Name: name, Images: images, Labels: labels[:n], N: n,
		Height: side, Width: side, Channels: 1, Classes: classes, ClassNames: slices.Clone(classNames),
	}, nil
}

// readImages returns the first images, or all, and how many there are.
func readImages(r io.Reader, size int64, first int) (images []uint8, n int, err error) {
	m, err := NewReader(r, size)
	if err != nil {
		return nil, 0, err
	}
	if len(m.Shape) != 4 || !slices.Equal(m.Shape[1:], []int{2, original, original}) || m.Type.Name != strict.Uint8.Name {
		return nil, 0, strict.Errorf("wanted N×2×96×96 elements of type uint8, found %s of type %s", strict.Join(m.Shape), m.Type.Name)
	}
	n = m.Shape[0]
	kept := int64(n)
	if first > 0 {
		kept = min(kept, int64(first))
	}
	for {
		pair, err := m.Next()
		if errors.Is(err, io.EOF) {
			return images, n, nil
		}
		if err != nil {
			return nil, 0, err
		}
		if total := kept * side * side; int64(len(images)) < total {
			images = shrink(strict.Grow(images, side*side, total), pair)
		}
	}
}

// shrink appends a square image of means, rounded to whole numbers.
func shrink(dst, image []uint8) []uint8 {
	for y := 0; y < original; y += shrinkage {
		for x := 0; x < original; x += shrinkage {
			sum := shrinkage * shrinkage / 2
			for i := range shrinkage {
				for _, v := range image[(y+i)*original+x:][:shrinkage] {
					sum += int(v)
				}
			}
			dst = append(dst, uint8(sum/(shrinkage*shrinkage)))
		}
	}
	return dst
}

func readLabels(r io.Reader, size int64) (labels []uint8, err error) {
	m, err := NewReader(r, size)
	if err != nil {
		return nil, err
	}
	if len(m.Shape) != 1 || m.Type.Name != strict.Int32.Name {
		return nil, strict.Errorf("wanted N elements of type int32, found %s of type %s", strict.Join(m.Shape), m.Type.Name)
	}
	for {
		entry, err := m.Next()
		if errors.Is(err, io.EOF) {
			return labels, nil
		}
		if err != nil {
			return nil, err
		}
		label := m.Type.Value(entry)
		if !strict.Whole(label, 0, classes-1) {
			return nil, strict.Errorf("wanted labels from 0 to 4, found %g at place %d", label, len(labels))
		}
		labels = append(labels, uint8(label))
	}
}
