package data

import (
	"fmt"
	"path/filepath"

	"ssdgm/train/data/idx"
)

// The shape of MNIST.
const (
	mnistSide    = 28
	mnistClasses = 10
)

// The beginnings of the names of MNIST's files, and their ends.
const (
	mnistTrain  = "train"
	mnistTest   = "t10k"
	mnistImages = "images-idx3-ubyte"
	mnistLabels = "labels-idx1-ubyte"
)

// mnistPart is the training or the test part of MNIST, as it is distributed.
type mnistPart struct {
	dir    string // the folder that holds mnist/
	prefix string // train or t10k
	first  int    // use so many examples; 0: all
}

func openMNIST(options Options) (train, test Part, err error) {
	if err := wantFolder(filepath.Join(options.Dir, "mnist"), "MNIST", TryGet("mnist", options.Dir)); err != nil {
		return nil, nil, err
	}
	train = mnistPart{options.Dir, mnistTrain, options.Train}
	test = mnistPart{options.Dir, mnistTest, options.Test}
	return train, test, nil
}

// Load reads the part's two files. Both are read to their ends and checked, also
// where only the first examples are kept.
func (p mnistPart) Load() (*Set, error) {
	images, imagesPath, err := p.read(mnistImages, idx.Options{Dims: 3, First: p.first})
	if err != nil {
		return nil, err
	}
	labels, labelsPath, err := p.read(mnistLabels, idx.Options{Dims: 1})
	if err != nil {
		return nil, err
	}
	n, height, width := images.Shape[0], images.Shape[1], images.Shape[2]
	switch {
	case height != mnistSide || width != mnistSide:
		return nil, p.mend(fmt.Errorf("%s: wanted images of 28×28, found %d×%d", imagesPath, height, width))
	case n != len(labels.Data):
		return nil, p.mend(fmt.Errorf("%s holds %d images, but %s holds %d labels", imagesPath, n, labelsPath, len(labels.Data)))
	case n == 0:
		return nil, p.mend(fmt.Errorf("%s: wanted at least one image, found none", imagesPath))
	case n < p.first:
		return nil, tooFew(imagesPath, p.first, n)
	}
	for i, label := range labels.Data {
		if label >= mnistClasses {
			return nil, p.mend(fmt.Errorf("%s: wanted labels from 0 to 9, found %d at place %d", labelsPath, label, i))
		}
	}
	n = orAll(p.first, n)
	return &Set{
		Name: "mnist", Images: images.Data, Labels: labels.Data[:n], N: n,
		Height: height, Width: width, Channels: 1, Classes: mnistClasses,
	}, nil
}

// files looks for the part's files, not into them.
func (p mnistPart) files() (paths []string, err error) {
	for _, suffix := range []string{mnistImages, mnistLabels} {
		path, err := idx.Find(filepath.Join(p.dir, "mnist"), p.prefix+"-"+suffix)
		if err != nil {
			return nil, p.mend(err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func (p mnistPart) read(suffix string, options idx.Options) (array *idx.Array, path string, err error) {
	path, err = idx.Find(filepath.Join(p.dir, "mnist"), p.prefix+"-"+suffix)
	if err == nil {
		array, err = idx.ReadFile(path, options)
	}
	return array, path, advise(err, TryGet("mnist", p.dir))
}

// mend adds what to do to an error of the files.
func (p mnistPart) mend(err error) error {
	return InputErrorf("%w; %s", err, TryGet("mnist", p.dir))
}
