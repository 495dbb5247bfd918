// Package svhn is the data set of house numbers' digits, 32×32 in colour, as it is distributed: two
// files of package mat's format.
package svhn

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/folder"
	"ssdgm/train/data/mat"
	"ssdgm/train/data/strict"
)

// The shape of SVHN's cropped digits, in colour.
const (
	name     = "svhn"
	side     = 32
	channels = 3
	values   = side * side * channels
	classes  = 10
)

const (
	trainFile = "train_32x32.mat"
	testFile  = "test_32x32.mat"
)

func init() {
	data.Register(data.Source{
		Name: name, Kind: data.Fetched, D: values, Classes: classes, Open: open, Remote: remote,
		Help: []string{trainFile + ", " + testFile + ": 32×32 in colour, class = digit"},
	})
}

var remote = data.Remote{
	Mirrors: []string{"http://ufldl.stanford.edu/housenumbers/"},
	Files: []data.File{
		{
			Name: trainFile, Size: 182_040_794, Length: 182_040_794,
			SHA256: "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
		},
		{
			Name: testFile, Size: 64_275_384, Length: 64_275_384,
			SHA256: "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
		},
	},
}

// part is the training or the test part of SVHN, as it is distributed.
type part struct {
	dir   string // the folder that holds svhn/
	file  string
	first int // use so many examples; 0: all
}

func open(options data.Options) (train, test data.Part, err error) {
	if err := folder.Want(filepath.Join(options.Dir, name), "SVHN", data.TryGet(name, options.Dir)); err != nil {
		return nil, nil, err
	}
	train = part{options.Dir, trainFile, options.Train}
	test = part{options.Dir, testFile, options.Test}
	return train, test, nil
}

func (p part) Files() ([]string, error) {
	path, err := folder.File(filepath.Join(p.dir, name), p.file, p.file+".gz")
	return []string{path}, folder.Advise(err, data.TryGet(name, p.dir))
}

// Load reads the part's file to its end, also where only the first examples are kept.
func (p part) Load() (*data.Set, error) {
	paths, err := p.Files()
	if err != nil {
		return nil, err
	}
	set := &data.Set{Name: name, Height: side, Width: side, Channels: channels, Classes: classes}
	advice := data.TryGet(name, p.dir)
	note, err := folder.Read(paths[0], remote.File(p.file), advice, func(r io.Reader, size int64) error {
		return read(set, r, size, p.first)
	})
	if err != nil {
		return nil, folder.Advise(err, advice)
	}
	set.Note(note)
	if len(set.Labels) < p.first {
		return nil, folder.TooFew(paths[0], p.first, len(set.Labels))
	}
	set.N = cmp.Or(p.first, len(set.Labels))
	set.Labels = set.Labels[:set.N]
	return set, nil
}

// read reads the images X, of which the first are kept, and all labels y.
func read(set *data.Set, r io.Reader, size int64, first int) error {
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
			images = 1
			if len(v.Shape) > 3 {
				images = v.Shape[3]
			}
			set.Images, err = readImages(v, first)
		case v.Name == "y":
			set.Labels, err = readLabels(v)
		}
		if err != nil {
			return fmt.Errorf("variable %s: %w", v.Name, err)
		}
	}
}

// readImages turns images whose rows vary fastest and whose channels slowest into ones whose
// channels vary fastest and whose rows slowest.
func readImages(v *mat.Variable, first int) ([]uint8, error) {
	shape := v.Shape
	if len(shape) == 3 {
		shape = append(slices.Clone(shape), 1) // A last dimension of 1 is not written.
	}
	if want := []int{side, side, channels}; len(shape) != 4 || !slices.Equal(shape[:3], want) {
		return nil, strict.Errorf("wanted 32×32×3×N elements, found %s; put the dimensions into this order with permute",
			strict.Join(v.Shape))
	}
	kept := shape[3]
	if first > 0 {
		kept = min(kept, first)
	}
	var images, image []uint8
	for i := range kept {
		entry, err := nextImage(v)
		if err != nil {
			return nil, err
		}
		if image, err = strict.AppendPixels(image[:0], v.Type, entry); err != nil {
			return nil, fmt.Errorf("image %d: %w", i, err)
		}
		images = strict.Grow(images, values, int64(kept)*values)
		for row := range side {
			for column := range side {
				for channel := range channels {
					images = append(images, image[row+side*(column+side*channel)])
				}
			}
		}
	}
	return images, nil
}

// nextImage reads an image: an entry, or where there is one image alone its channels one after the other.
func nextImage(v *mat.Variable) ([]uint8, error) {
	entry, err := v.Next()
	if len(v.Shape) == 4 || err != nil {
		return entry, err
	}
	image := slices.Clone(entry)
	for range channels - 1 {
		if entry, err = v.Next(); err != nil {
			return nil, err
		}
		image = append(image, entry...)
	}
	return image, nil
}

// readLabels returns classes: digit 0 has label 10. They are a column, or a row.
func readLabels(v *mat.Variable) (labels []uint8, err error) {
	if len(v.Shape) != 2 || min(v.Shape[0], v.Shape[1]) != 1 {
		return nil, strict.Errorf("wanted N×1 or 1×N elements, found %s", strict.Join(v.Shape))
	}
	for range v.Shape[1] {
		entry, err := v.Next()
		if err != nil {
			return nil, err
		}
		for ; len(entry) > 0; entry = entry[v.Type.Size:] {
			label := v.Type.Value(entry)
			if !strict.Whole(label, 1, classes) {
				return nil, strict.Errorf("wanted labels from 1 to 10, found %g at place %d", label, len(labels))
			}
			labels = append(labels, uint8(label)%classes)
		}
	}
	return labels, nil
}
