package data

import (
	"errors"
	"io"
	"path/filepath"
	"slices"

	"ssdgm/train/data/norb"
	"ssdgm/train/data/strict"
)

// The shape of small NORB. As in the paper's published code, an example is the left image of a
// pair at half its width and height: the mean of each square of four pixels.
const (
	norbOriginal = 96
	norbShrink   = 2
	norbSide     = norbOriginal / norbShrink
	norbClasses  = 5
)

// The beginnings of the names of small NORB's files.
const (
	norbTrain = "smallnorb-5x46789x9x18x6x2x96x96-training"
	norbTest  = "smallnorb-5x01235x9x18x6x2x96x96-testing"
)

// norbPart is the training or the test part of small NORB, as it is distributed.
type norbPart struct {
	dir    string // the folder that holds norb/
	prefix string
	first  int // use so many examples; 0: all
}

func openNORB(options Options) (train, test Part, err error) {
	if err := wantFolder(filepath.Join(options.Dir, "norb"), "NORB", Place("norb", options.Dir)); err != nil {
		return nil, nil, err
	}
	train = norbPart{options.Dir, norbTrain, options.Train}
	test = norbPart{options.Dir, norbTest, options.Test}
	return train, test, nil
}

// files are the images and the categories.
func (p norbPart) files() (paths []string, err error) {
	for _, what := range []string{"-dat.mat", "-cat.mat"} {
		path, err := wantFile(filepath.Join(p.dir, "norb"), p.prefix+what, p.prefix+what+".gz")
		if err != nil {
			return nil, advise(err, Place("norb", p.dir))
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// Load reads the part's two files to their ends, also where only the first examples are kept.
func (p norbPart) Load() (*Set, error) {
	paths, err := p.files()
	if err != nil {
		return nil, err
	}
	var images, labels []uint8
	n := 0
	err = strict.File(paths[0], func(r io.Reader, size int64) (err error) {
		images, n, err = norbImages(r, size, p.first)
		return err
	})
	if err == nil {
		err = strict.File(paths[1], func(r io.Reader, size int64) (err error) {
			labels, err = norbLabels(r, size)
			return err
		})
	}
	if err == nil && n != len(labels) {
		err = strict.Errorf("%s holds %d images, but %s holds %d labels", paths[0], n, paths[1], len(labels))
	}
	switch {
	case err != nil:
		return nil, advise(err, Place("norb", p.dir))
	case n < p.first:
		return nil, tooFew(paths[0], p.first, n)
	}
	n = orAll(p.first, n)
	return &Set{
		Name: "norb", Images: images, Labels: labels[:n], N: n,
		Height: norbSide, Width: norbSide, Channels: 1, Classes: norbClasses,
	}, nil
}

// norbImages returns the first images, or all, and how many there are.
func norbImages(r io.Reader, size int64, first int) (images []uint8, n int, err error) {
	m, err := norb.NewReader(r, size)
	if err != nil {
		return nil, 0, err
	}
	if len(m.Shape) != 4 || !slices.Equal(m.Shape[1:], []int{2, norbOriginal, norbOriginal}) || m.Type.Name != strict.Uint8.Name {
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
		if total := kept * norbSide * norbSide; int64(len(images)) < total {
			images = shrink(strict.Grow(images, norbSide*norbSide, total), pair)
		}
	}
}

// shrink appends a square image of means, rounded to whole numbers.
func shrink(dst, image []uint8) []uint8 {
	for y := 0; y < norbOriginal; y += norbShrink {
		for x := 0; x < norbOriginal; x += norbShrink {
			sum := norbShrink * norbShrink / 2
			for i := range norbShrink {
				for _, v := range image[(y+i)*norbOriginal+x:][:norbShrink] {
					sum += int(v)
				}
			}
			dst = append(dst, uint8(sum/(norbShrink*norbShrink)))
		}
	}
	return dst
}

func norbLabels(r io.Reader, size int64) (labels []uint8, err error) {
	m, err := norb.NewReader(r, size)
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
		if !wholeWithin(label, 0, norbClasses-1) {
			return nil, strict.Errorf("wanted labels from 0 to 4, found %g at place %d", label, len(labels))
		}
		labels = append(labels, uint8(label))
	}
}
