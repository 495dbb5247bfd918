package describe

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/formats"
	"ssdgm/train/data/images"
)

// sideMost is how long a side of an image is that is trained on without being made smaller.
const sideMost = 64

// holdsImages tells whether the path leads to images: a folder that is no table of shards, or a table with a column of
// them.
func (d *Description) holdsImages(folder bool) bool {
	r, err := formats.Open(d.where(d.Path), frame.Options{})
	if err != nil {
		return folder
	}
	defer r.Close() // Nothing was read but its head.
	return slices.ContainsFunc(r.Columns(), func(c frame.Column) bool { return c.Kind == frame.Image })
}

// images describes a folder of images, or Parquet with a column of them.
func (d *Description) images() error {
	d.asked.Path = d.Path
	found, err := images.Look(d.Dir, d.asked)
	if err != nil {
		return err
	}
	d.Name, d.Format = imagesName, strings.Join(found.Formats, " and ")
	d.Height, d.Width, d.Channels = found.Height, found.Width, found.Channels
	d.Rows, d.Notes = len(found.Labels)+found.More, append(d.Notes, found.Notes...)
	d.TestPart, d.ValidationPart = found.Test, found.Validation
	d.size(found)
	d.takeClasses(found)
	d.note(found.Fault)
	d.Label, d.LabelsPath = d.asked.LabelColumn, d.asked.LabelsPath
	switch {
	case d.Label == "none":
		d.Label, d.LabelWhy = "", "none: you say so"
	case d.LabelsPath != "" || d.Label != "":
		d.LabelWhy = "you say so"
	case len(d.Classes) == 0 && found.Fault == "":
		d.LabelWhy = "none: " + found.Advice
	case found.Table:
		d.LabelWhy = "a column of the file"
	default:
		d.LabelWhy = "a folder is a class, called as it is"
	}
	if found.Table {
		d.Format += " in Parquet"
	}
	least, most := 0.0, 255.0
	d.Least, d.Most = &least, &most
	d.Scale, d.Output = transform.Pixels, "bernoulli"
	return nil
}

// takeClasses counts the labels as they are, which are names already; none where they can be no classes.
func (d *Description) takeClasses(found *images.Found) {
	d.Unlabelled = found.More
	of := map[string]int{}
	for _, label := range found.Labels {
		if label == classes.None {
			d.Unlabelled++
			continue
		}
		of[label]++
	}
	if len(of) > classes.Most {
		return
	}
	for _, name := range classes.Names(slices.Collect(maps.Keys(of))) {
		d.Classes = append(d.Classes, Count{name, of[name]})
	}
}

// size says to what sides images are best brought: those that all have, unless they are long.
func (d *Description) size(found *images.Found) {
	if len(d.asked.Size) == 2 {
		return
	}
	if len(found.Sizes) > 1 {
		bySide := func(a, b images.Size) int {
			return cmp.Or(cmp.Compare(a.Height*a.Width, b.Height*b.Width), cmp.Compare(a.Height, b.Height))
		}
		small, large := slices.MinFunc(found.Sizes, bySide), slices.MaxFunc(found.Sizes, bySide)
		d.SizeWhy = fmt.Sprintf("images have %d sizes, from %d×%d to %d×%d pixels (height × width)", len(found.Sizes),
			small.Height, small.Width, large.Height, large.Width)
	}
	if side := max(d.Height, d.Width); side > sideMost {
		shrunk := func(n int) int { return max(1, int(math.Round(float64(n*sideMost)/float64(side)))) }
		if d.SizeWhy == "" {
			d.SizeWhy = fmt.Sprintf("they have %d×%d pixels (height × width), and larger ones take longer", d.Height, d.Width)
		}
		d.Height, d.Width = shrunk(d.Height), shrunk(d.Width)
	}
	if d.SizeWhy != "" {
		d.asked.Size = []int{d.Height, d.Width}
	}
}
