// Package images is the user's own data as images, PNG and JPEG: a folder of them, or Parquet with a column of them.
//
// The way of an image: the folder or the table that it is in gives its class; its header, its sides and whether it has
// colour. So what all images are brought to is known before a pixel is decoded. Then as many workers as there are
// processors decode them, each image to its place among the bytes of the set: the order is that of the names.
//
// Memory of n images: height × width × channels bytes each in the set, 1 KiB each at most for its name and header, and
// what picture.Decode takes for those in hand. 100,000 of 28×28 are 78 MB; to read them takes 210 MB and, on two cores,
// 8 s.
package images

import (
	"ssdgm/train/data"
	"ssdgm/train/data/folder"
	"ssdgm/train/data/own"
)

const name = "images"

func init() {
	data.Register(data.Source{
		Name: name, Kind: data.Own, Open: open, Uses: []string{data.ByPath, data.OfImages},
		Files: "a folder for each class, with PNG or JPEG files,",
		Help: []string{
			"your own: data.path is a folder of PNG and JPEG files. A folder in it is a class, called as the folder is; what",
			"lies in unlabelled/, or in no folder, has none. Where it holds train/ and test/ (and validation/), these are the",
			"parts. data.labels_path is a table with the columns file and label instead. Or Parquet with a column of images, a",
			"file or a folder of them, as Hugging Face publishes it. Images of several sizes are brought to data.size =",
			"[height, width] as data.resize says: crop, pad or stretch. data.channels is grey, colour, or auto: grey where",
			"all are. What is transparent lies on white, and a photograph is turned as its camera was held.",
		},
	})
}

// part is the training or the test part. It can be compared, so that runs on the same images read them once.
type part struct {
	spec  own.Spec
	test  bool
	first int // use so many examples; 0: all
}

// open lists the folder, and opens no image. There is a test part where the user names one, the folder has one, or a
// fraction is to be one.
func open(options data.Options) (train, test data.Part, err error) {
	o := options.Own
	if o.LabelColumn == "" {
		o.LabelColumn = options.LabelColumn
	}
	dir := options.Dir
	if o.Path == "" {
		o.Path, dir = dir, ""
	}
	spec := own.NewSpec(dir, o)
	found, err := locate(spec)
	switch {
	case err != nil:
		return nil, nil, err
	case found.test != nil && o.TestFraction > 0:
		return nil, nil, data.InputErrorf("data.test_fraction = %g: %s has a test part itself; leave the fraction out",
			o.TestFraction, o.Path)
	case found.test == nil && o.TestFraction == 0:
		return part{spec, false, 0}, nil, nil
	}
	return part{spec, false, 0}, part{spec, true, options.Test}, nil
}

// Files are the folder, or the file, of the part's images.
func (p part) Files() ([]string, error) {
	o := p.spec.Options()
	if p.test && o.TestPath != "" {
		return []string{p.spec.Path(o.TestPath)}, nil
	}
	return []string{p.spec.Path(o.Path)}, nil
}

// Head holds that the images of the test part can be brought to the shape of those of the training part, and are of its
// classes.
func (p part) Head() error {
	plan, err := newPlan(p.spec)
	if err == nil {
		_, err = plan.testPart()
	}
	return err
}

// Load reads the part's images.
func (p part) Load() (*data.Set, error) {
	plan, err := newPlan(p.spec)
	if err != nil {
		return nil, err
	}
	if !p.test {
		return plan.load(plan.train, plan.held, true)
	}
	test, err := plan.testPart()
	if err != nil {
		return nil, err
	}
	// Of what is kept apart from the training part, that has told already what its images are like.
	set, err := plan.load([]piece{test}, 0, plan.from != nil)
	if err != nil {
		return nil, err
	}
	if p.first > set.N {
		return nil, folder.TooFew(test.place, p.first, set.N)
	}
	set.Note(own.Lacking(set))
	note, err := plan.shared(test)
	if err != nil {
		return nil, err
	}
	set.Note(note)
	if p.first > 0 && p.first < set.N {
		return set.Picked(set.Share(p.first)), nil
	}
	return set, nil
}
