// Package arrays is the user's own data, from arrays of NumPy's format or from a table of text.
package arrays

import (
	"cmp"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/csvdata"
	"ssdgm/train/data/folder"
	"ssdgm/train/data/npy"
	"ssdgm/train/data/strict"
)

const name = "arrays"

func init() {
	data.Register(data.Source{
		Name: name, Kind: data.Own, Open: open,
		Files: "{train,test}-{images,labels}.npy, or train.csv and test.csv,",
		Help: []string{
			"your own: train-images.npy, train-labels.npy, test-images.npy, test-labels.npy. Images are [n, d],",
			"[n, height, width] or [n, height, width, channels], integers from 0 to 255 or floats from 0 to 1;",
			"labels are integers from 0 up, -1 in training where there is none. Or train.csv and test.csv:",
			"label (empty or -1: none), then whole numbers from 0 to 255; a first line that begins with",
			"label is a heading. The files may lie in the folder itself.",
		},
	})
}

// part is the training or the test part of the user's own data: PART-images.npy and
// PART-labels.npy, or PART.csv. Images are [n, d], [n, height, width] or [n, height, width,
// channels], as whole numbers from 0 to 255 or as fractions from 0 to 1. A training example
// whose label is −1, or an empty field, has none.
type part struct {
	dir    string // what the user gave
	folder string // where the files are: DIR/arrays, or DIR itself
	part   string // train or test
	first  int    // use so many examples; 0: all
}

// open takes the files from DIR/arrays where there is such a folder, else from DIR.
func open(options data.Options) (train, test data.Part, err error) {
	dir := filepath.Join(options.Dir, name)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = options.Dir
	}
	if err := folder.Want(dir, "arrays", data.Place(name, options.Dir)); err != nil {
		return nil, nil, err
	}
	train = part{options.Dir, dir, "train", options.Train}
	test = part{options.Dir, dir, "test", options.Test}
	return train, test, nil
}

// mend adds what to do to an error of the files. One of their content says it itself.
func (p part) mend(err error) error {
	if errors.Is(err, strict.ErrFormat) {
		return data.InputErrorf("%w", err)
	}
	return folder.Advise(err, data.Place(name, p.dir))
}

// files are the images and the labels, or one file with both.
func (p part) Files() ([]string, error) {
	table, err := folder.File(p.folder, p.part+".csv")
	images, imagesErr := folder.File(p.folder, p.part+"-images.npy", p.part+".csv")
	switch {
	case imagesErr != nil:
		return nil, p.mend(imagesErr)
	case images == table:
		return []string{table}, nil
	case err == nil:
		return nil, data.InputErrorf("%s and %s are both there; take one away", images, table)
	}
	labels, err := folder.File(p.folder, p.part+"-labels.npy")
	if err != nil {
		return nil, p.mend(err)
	}
	return []string{images, labels}, nil
}

// Load reads the part's files to their ends, also where only the first examples are kept. The
// number of classes is one more than the largest label of the training part.
func (p part) Load() (*data.Set, error) {
	paths, err := p.Files()
	if err != nil {
		return nil, err
	}
	set, labels, err := read(paths)
	if err != nil {
		return nil, p.mend(err)
	}
	known := labels
	if p.part != "train" {
		if known, err = p.trainingLabels(); err != nil {
			return nil, err
		}
	}
	set.Classes = slices.Max(known) + 1
	if set.Classes < 1 {
		return nil, data.InputErrorf("%s: wanted at least one label of a training example, found none", paths[len(paths)-1])
	}
	if len(labels) < p.first {
		return nil, folder.TooFew(paths[0], p.first, len(labels))
	}
	set.N = cmp.Or(p.first, len(labels))
	set.Images = set.Images[:set.N*set.D()]
	for i, label := range labels[:set.N] {
		switch {
		case label < 0 && p.part != "train":
			return nil, data.InputErrorf("%s: wanted a label of every test example, found none at place %d", paths[len(paths)-1], i)
		case label >= set.Classes:
			return nil, data.InputErrorf("%s: wanted labels from 0 to %d, the largest of the training part, found %d at place %d", paths[len(paths)-1], set.Classes-1, label, i)
		case label < 0:
			label = data.Unlabelled
		}
		set.Labels = append(set.Labels, uint8(label))
	}
	return set, nil
}

// trainingLabels reads the labels that tell how many classes there are.
func (p part) trainingLabels() ([]int, error) {
	p.part = "train"
	paths, err := p.Files()
	if err != nil {
		return nil, err
	}
	var labels []int
	if len(paths) == 1 {
		_, labels, err = read(paths)
	} else {
		labels, err = readLabels(paths[1])
	}
	return labels, p.mend(err)
}

// read reads the files of a part: a set without its labels, and them.
func read(paths []string) (*data.Set, []int, error) {
	set := &data.Set{Name: name, Channels: 1}
	if len(paths) == 1 {
		var labels []int
		err := strict.File(paths[0], func(r io.Reader, _ int64) error {
			table, err := csvdata.Read(r)
			if err == nil {
				set.Images, labels = table.Values, table.Labels
				set.Height, set.Width = data.Sides(table.Width)
			}
			return err
		})
		return set, labels, err
	}
	n := 0
	err := strict.File(paths[0], func(r io.Reader, size int64) (err error) {
		n, err = readImages(set, r, size)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	labels, err := readLabels(paths[1])
	if err == nil && n != len(labels) {
		err = strict.Errorf("%s holds %d images, but %s holds %d labels", paths[0], n, paths[1], len(labels))
	}
	return set, labels, err
}

// readImages fills in a set's images and their shape, and returns how many there are.
func readImages(set *data.Set, r io.Reader, size int64) (int, error) {
	array, err := npy.NewReader(r, size)
	if err != nil {
		return 0, err
	}
	n, shape := array.Shape[0], array.Shape[1:]
	d, ok := strict.Product(shape, csvdata.MaxWidth)
	switch {
	case !ok:
		return 0, strict.Errorf("wanted at most %d values in an image, found images of %s", csvdata.MaxWidth, strict.Join(shape))
	case len(shape) == 1:
		set.Height, set.Width = data.Sides(shape[0])
	case len(shape) == 2:
		set.Height, set.Width = shape[0], shape[1]
	case len(shape) == 3 && (shape[2] == 1 || shape[2] == 3):
		set.Height, set.Width, set.Channels = shape[0], shape[1], shape[2]
	default:
		return 0, strict.Errorf("wanted images of shape n×d, n×height×width or n×height×width×channels with 1 or 3 channels, found %s", strict.Join(array.Shape))
	}
	scale := 1.0
	if array.Type.Fraction() {
		scale = 255
	}
	for image := 0; ; image++ {
		entry, err := array.Next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		set.Images = strict.Grow(set.Images, int(d), int64(n)*d)
		for i := range int(d) {
			value := array.Type.Value(entry[i*array.Type.Size:]) * scale
			if !(value >= 0 && value <= 255) { // also where it is no number
				return 0, strict.Errorf("wanted values from 0 to %g in elements of type %s, found %g in image %d, place %d", 255/scale, array.Type.Name, value/scale, image, i)
			}
			set.Images = append(set.Images, uint8(math.Round(value)))
		}
	}
}

// readLabels reads labels from 0 up, −1 where there is none.
func readLabels(path string) (labels []int, err error) {
	err = strict.File(path, func(r io.Reader, size int64) error {
		array, err := npy.NewReader(r, size)
		if err != nil {
			return err
		}
		if len(array.Shape) > 2 || len(array.Shape) == 2 && array.Shape[1] != 1 || array.Type.Fraction() {
			return strict.Errorf("wanted n whole numbers, found %s elements of type %s", strict.Join(array.Shape), array.Type.Name)
		}
		for {
			entry, err := array.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			label := array.Type.Value(entry)
			if !strict.Whole(label, -1, csvdata.MaxLabel) {
				return strict.Errorf("wanted labels from 0 to %d, or -1 for none, found %g at place %d", csvdata.MaxLabel, label, len(labels))
			}
			labels = append(labels, int(label))
		}
	})
	return labels, err
}
