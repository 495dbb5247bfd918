package images

import (
	"cmp"
	"errors"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/own"
)

// Found is what a folder of images, or Parquet with a column of them, holds before an image is decoded.
type Found struct {
	Height, Width, Channels int      // what the images are brought to
	Sizes                   []Size   // that there are, the most frequent first
	Labels                  []string // of the training part's own images, classes.None where there is none
	More                    int      // images without a label beside them
	Validation, Test        int      // images of these parts; 0: there is no such part
	Formats                 []string // of the files
	Table                   bool     // they lie in Parquet
	Fault                   string   // why these labels can be no classes; empty: they can, or there is none
	Advice                  string   // where labels are looked for
	Notes                   []string
}

// Size is that of so many images.
type Size struct{ Height, Width, N int }

// Look reads the headers of images, those in a folder for data, or where that is empty in the working directory. Where
// they have several sizes and data.size says nothing, they are brought to the most frequent one.
func Look(dir string, o data.OwnOptions) (*Found, error) {
	parts, err := locate(own.NewSpec(dir, o))
	if err != nil {
		return nil, err
	}
	training, err := parts.gatherTraining()
	if err != nil {
		return nil, err
	}
	all := training.all()
	f := &Found{Labels: training.own.labels, Notes: training.notes}
	f.Advice = training.own.advice
	names := classes.Names(f.Labels)
	o.Classifies = len(names) > 0
	_, err = own.Classes(training.own.place, f.Labels, training.own.none, o.Classifies, f.Advice)
	if err != nil {
		f.Fault, o.Classifies = err.Error(), false
	}
	_, folder := parts.train.(folderOrigin)
	f.Table = !folder
	sizes := map[Size]int{}
	for _, g := range all {
		for _, h := range g.headers {
			sizes[Size{Height: h.Height, Width: h.Width}]++
			if !slices.Contains(f.Formats, h.Format) {
				f.Formats = append(f.Formats, h.Format)
			}
		}
	}
	slices.Sort(f.Formats)
	for size, n := range sizes {
		size.N = n
		f.Sizes = append(f.Sizes, size)
	}
	slices.SortFunc(f.Sizes, func(a, b Size) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Height, b.Height), cmp.Compare(a.Width, b.Width))
	})
	if len(f.Sizes) > 1 && len(o.Size) == 0 {
		o.Size = []int{f.Sizes[0].Height, f.Sizes[0].Width}
	}
	to, note, err := shapeOf(o, all)
	if err != nil {
		return nil, err
	}
	if note != "" {
		f.Notes = append(f.Notes, note)
	}
	f.Height, f.Width, f.Channels = to.height, to.width, to.channels
	if training.unlabelled != nil {
		f.More = len(training.unlabelled.labels)
	}
	if training.validation != nil {
		f.Validation = len(training.validation.labels)
	}
	if parts.test != nil {
		test, err := gather(parts.test)
		if err != nil {
			return nil, err
		}
		f.Test = len(test.labels)
		err = part{spec: own.NewSpec(dir, o), test: true}.Head()
		if errors.Is(err, data.ErrInput) {
			f.Notes, err = append(f.Notes, err.Error()), nil
		}
	}
	return f, err
}
