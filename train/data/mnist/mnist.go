// Package mnist is the data set of handwritten digits that the paper's results are on, as it is distributed: four
// files of package idx's format. It is also the data sets of that form that came after it, which sets lists.
package mnist

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/folder"
	"ssdgm/train/data/idx"
	"ssdgm/train/data/strict"
)

// side is the height and the width of every image.
const side = 28

// The ends of the names of the files.
const (
	imagesSuffix = "images-idx3-ubyte"
	labelsSuffix = "labels-idx1-ubyte"
)

// source is a data set of images of 28×28 in IDX files.
type source struct {
	name, title string
	train, test string // what the names of the parts' files begin with
	labels      string // what the names of the labels' files end with
	classes     int
	firstLabel  int      // the label of class 0 in the files
	names       []string // of the classes; nil: their numbers
	transposed  bool     // the files hold the images column by column
	shared      string   // the folder of an archive with this data set and others
	help        []string
	remote      data.Remote
}

func init() {
	for i := range sets {
		s := &sets[i]
		s.tellApart()
		data.Register(data.Source{
			Name: s.name, Kind: data.Fetched, D: side * side, Classes: s.classes, Open: s.open,
			Remote: s.remote, Shared: s.shared, Help: s.help,
		})
	}
}

// tellApart has the files of a set that are called as MNIST's, and are as long, be told from these: what is published
// of them says nothing of an unpacked one.
func (s *source) tellApart() {
	first := sets[0]
	for i := range s.remote.Files {
		f := &s.remote.Files[i]
		at := slices.IndexFunc(first.remote.Files, func(of data.File) bool { return of.Name == f.Name })
		if f.SHA256 == "" && at >= 0 {
			f.Other, f.OtherSet = first.remote.Files[at].SHA256, first.title
		}
	}
}

// part is the training or the test part of a data set, as it is distributed.
type part struct {
	*source
	dir    string // the folder that holds the data set's
	prefix string // what the names of its files begin with
	first  int    // use so many examples; 0: all
}

func (s *source) open(options data.Options) (train, test data.Part, err error) {
	if err := folder.Want(s.folders(options.Dir)[0], s.title, data.TryGet(s.name, options.Dir)); err != nil {
		return nil, nil, err
	}
	train = part{s, options.Dir, s.train, options.Train}
	test = part{s, options.Dir, s.test, options.Test}
	return train, test, nil
}

// Load reads the part's two files. Both are read to their ends and checked, also
// where only the first examples are kept.
func (p part) Load() (*data.Set, error) {
	set := &data.Set{
		Name: p.name, Height: side, Width: side, Channels: 1, Classes: p.classes, ClassNames: slices.Clone(p.names),
	}
	images, imagesPath, err := p.read(set, imagesSuffix, idx.Options{First: p.first})
	if err != nil {
		return nil, err
	}
	labels, labelsPath, err := p.read(set, p.labels, idx.Options{})
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
	least, most := p.firstLabel, p.firstLabel+p.classes-1
	for i := range n {
		label := labels.Value(i * labels.Len() / n)
		if !strict.Whole(label, float64(least), float64(most)) {
			return nil, p.mend(fmt.Errorf("%s: wanted labels from %d to %d, found %g at place %d",
				labelsPath, least, most, label, i))
		}
		set.Labels = append(set.Labels, uint8(int(label)-least))
	}
	set.Images = images.Data
	if images.Type.Name != strict.Uint8.Name {
		if set.Images, err = strict.AppendPixels(nil, images.Type, images.Data); err != nil {
			return nil, p.mend(fmt.Errorf("%s: %w", imagesPath, err))
		}
	}
	if p.transposed {
		transpose(set.Images)
	}
	set.N = cmp.Or(p.first, n)
	set.Labels = set.Labels[:set.N]
	return set, nil
}

// transpose makes rows of each image's columns.
func transpose(images []uint8) {
	for image := range slices.Chunk(images, side*side) {
		for row := range side {
			for column := range row {
				a, b := side*row+column, side*column+row
				image[a], image[b] = image[b], image[a]
			}
		}
	}
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

// folders are those that are there of the ones in which a data set's files may lie: its own, and that of its archive,
// each with the folder that the archive unpacks into. Where none is there it is the one that they should lie in.
func (s *source) folders(dir string) (folders []string) {
	for _, name := range slices.Compact([]string{s.name, cmp.Or(s.shared, s.name)}) {
		home := filepath.Join(dir, name)
		if folder.Want(home, s.title, "") != nil {
			continue
		}
		folders = append(folders, home)
		if within := filepath.Join(home, unpacksInto); s.shared != "" && folder.Want(within, s.title, "") == nil {
			folders = append(folders, within)
		}
	}
	if folders == nil {
		return []string{data.Folder(s.name, dir)}
	}
	return folders
}

// place is where one of a part's files is: a path, or a member of the archive of a path.
type place struct{ path, member string }

func (p place) String() string {
	if p.member == "" {
		return p.path
	}
	return p.path + ": " + p.member
}

// find looks for one of the part's files, not into it.
func (p part) find(suffix string) (place, error) {
	wanted := p.prefix + "-" + suffix
	folders := p.folders(p.dir)
	for i, within := range folders {
		path, err := idx.Find(within, wanted)
		last := i == len(folders)-1 && p.shared == ""
		if last || !errors.Is(err, fs.ErrNotExist) {
			return place{path: path}, err
		}
	}
	for _, within := range folders {
		path, err := folder.File(within, archive)
		if !errors.Is(err, fs.ErrNotExist) {
			return place{path, wanted + ".gz"}, err
		}
	}
	_, err := folder.File(folders[0], archive, wanted, wanted+".gz")
	return place{}, err
}

// Files looks for the part's files, not into them.
func (p part) Files() (paths []string, err error) {
	for _, suffix := range []string{imagesSuffix, p.labels} {
		at, err := p.find(suffix)
		if err != nil {
			return nil, p.mend(err)
		}
		paths = append(paths, at.path)
	}
	return slices.Compact(paths), nil
}

// read reads one of the part's files, and notes in the set where it is not the published one.
func (p part) read(set *data.Set, suffix string, options idx.Options) (array *idx.Array, name string, err error) {
	advice := data.TryGet(p.name, p.dir)
	at, err := p.find(suffix)
	note := ""
	switch {
	case err != nil:
	case at.member != "":
		if suffix == imagesSuffix { // The archive is compared once.
			note, err = folder.Compare(at.path, p.remote.File(archive), advice)
		}
		if err == nil {
			array, err = readMember(at, options)
		}
	default:
		note, err = folder.Read(at.path, p.published(suffix), advice, func(r io.Reader, size int64) (err error) {
			array, err = idx.Read(r, size, options)
			return err
		})
	}
	set.Note(note)
	return array, at.String(), folder.Advise(err, advice)
}

// published is what is known of one of the part's files: nothing of one that is published in an archive.
func (p part) published(suffix string) data.File {
	if p.shared != "" {
		return data.File{}
	}
	return p.remote.File(p.prefix + "-" + suffix)
}

// mend adds what to do to an error of the files.
func (p part) mend(err error) error {
	return data.InputErrorf("%w; %s", err, data.TryGet(p.name, p.dir))
}
