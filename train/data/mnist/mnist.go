// Package mnist is the data set of handwritten digits that the paper's results are on, as it is
// distributed: four files of package idx's format.
package mnist

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/folder"
	"ssdgm/train/data/idx"
	"ssdgm/train/data/strict"
)

// The shape of MNIST.
const (
	name    = "mnist"
	side    = 28
	classes = 10
)

func init() {
	data.Register(data.Source{
		Name: name, Kind: data.Fetched, D: side * side, Classes: classes, Open: open, Remote: remote,
		Help: []string{"train-images-idx3-ubyte and so on, gzipped or not, as they are distributed"},
	})
}

var remote = data.Remote{
	Mirrors: []string{
		"https://ossci-datasets.s3.amazonaws.com/mnist/",
		"https://storage.googleapis.com/cvdf-datasets/mnist/",
		"http://yann.lecun.com/exdb/mnist/",
	},
	Files: []data.File{
		{
			Name: trainPrefix + "-" + imagesSuffix, Size: 9_912_422, Length: 47_040_016,
			SHA256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
		},
		{
			Name: trainPrefix + "-" + labelsSuffix, Size: 28_881, Length: 60_008,
			SHA256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
		},
		{
			Name: testPrefix + "-" + imagesSuffix, Size: 1_648_877, Length: 7_840_016,
			SHA256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
		},
		{
			Name: testPrefix + "-" + labelsSuffix, Size: 4_542, Length: 10_008,
			SHA256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
		},
	},
}

// The beginnings of the names of its files, and their ends.
const (
	trainPrefix  = "train"
	testPrefix   = "t10k"
	imagesSuffix = "images-idx3-ubyte"
	labelsSuffix = "labels-idx1-ubyte"
)

// part is the training or the test part of MNIST, as it is distributed.
type part struct {
	dir    string // the folder that holds mnist/
	prefix string // train or t10k
	first  int    // use so many examples; 0: all
}

func open(options data.Options) (train, test data.Part, err error) {
	if err := folder.Want(filepath.Join(options.Dir, name), "MNIST", data.TryGet(name, options.Dir)); err != nil {
		return nil, nil, err
	}
	train = part{options.Dir, trainPrefix, options.Train}
	test = part{options.Dir, testPrefix, options.Test}
	return train, test, nil
}

// Load reads the part's two files. Both are read to their ends and checked, also
// where only the first examples are kept.
func (p part) Load() (*data.Set, error) {
	set := &data.Set{Name: name, Height: side, Width: side, Channels: 1, Classes: classes}
	images, imagesPath, err := p.read(set, imagesSuffix, idx.Options{First: p.first})
	if err != nil {
		return nil, err
	}
	labels, labelsPath, err := p.read(set, labelsSuffix, idx.Options{})
	if err != nil {
		return nil, err
	}
	n := images.Shape[0]
	switch {
	case len(images.Shape) == 1:
		return nil, p.mend(fmt.Errorf("%s: wanted images of 28×28, found %d single numbers, as a file of labels holds them",
			imagesPath, n))
	case !shaped(images.Shape[1:]):
		return nil, p.mend(fmt.Errorf("%s: wanted images of 28×28, found %s", imagesPath, strict.Join(images.Shape[1:])))
	case !one(labels.Shape):
		return nil, p.mend(fmt.Errorf("%s: wanted one label of each image, found %s elements",
			labelsPath, strict.Join(labels.Shape)))
	case n != labels.Shape[0]:
		return nil, p.mend(fmt.Errorf("%s holds %d images, but %s holds %d labels",
			imagesPath, n, labelsPath, labels.Shape[0]))
	case n == 0:
		return nil, p.mend(fmt.Errorf("%s: wanted at least one image, found none", imagesPath))
	case n < p.first:
		return nil, folder.TooFew(imagesPath, p.first, n)
	}
	for i := range n {
		label := labels.Value(i * labels.Len() / n)
		if !strict.Whole(label, 0, classes-1) {
			return nil, p.mend(fmt.Errorf("%s: wanted labels from 0 to 9, found %g at place %d", labelsPath, label, i))
		}
		set.Labels = append(set.Labels, uint8(label))
	}
	set.Images = images.Data
	if images.Type.Name != strict.Uint8.Name {
		if set.Images, err = strict.AppendPixels(nil, images.Type, images.Data); err != nil {
			return nil, p.mend(fmt.Errorf("%s: %w", imagesPath, err))
		}
	}
	set.N = cmp.Or(p.first, n)
	set.Labels = set.Labels[:set.N]
	return set, nil
}

// qmnistColumns are the columns of QMNIST's labels, which are MNIST's with more known of each: the first is the class.
const qmnistColumns = 8

// one tells whether there is one label of each image.
func one(labels []int) bool {
	each, _ := strict.Product(labels[1:], math.MaxInt32)
	return each == 1 || len(labels) == 2 && each == qmnistColumns
}

// shaped tells whether an image's dimensions are MNIST's, whichever of 1 stand beside them: the images of [n, 784],
// [n, 28, 28, 1] and [n, 1, 28, 28] are the same bytes.
func shaped(image []int) bool {
	long := slices.DeleteFunc(slices.Clone(image), func(n int) bool { return n == 1 })
	return slices.Equal(long, []int{side, side}) || slices.Equal(long, []int{side * side})
}

// files looks for the part's files, not into them.
func (p part) Files() (paths []string, err error) {
	for _, suffix := range []string{imagesSuffix, labelsSuffix} {
		path, err := idx.Find(filepath.Join(p.dir, name), p.prefix+"-"+suffix)
		if err != nil {
			return nil, p.mend(err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// read reads one of the part's files, and notes in the set where it is not the published one.
func (p part) read(
	set *data.Set, suffix string, options idx.Options,
) (array *idx.Array, path string, err error) {
	advice, published := data.TryGet(name, p.dir), remote.File(p.prefix+"-"+suffix)
	path, err = idx.Find(filepath.Join(p.dir, name), published.Name)
	if err == nil {
		var note string
		note, err = folder.Read(path, published, advice, func(r io.Reader, size int64) (err error) {
			array, err = idx.Read(r, size, options)
			return err
		})
		set.Note(note)
	}
	return array, path, folder.Advise(err, advice)
}

// mend adds what to do to an error of the files.
func (p part) mend(err error) error {
	return data.InputErrorf("%w; %s", err, data.TryGet(name, p.dir))
}
