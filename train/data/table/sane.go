package table

import (
	"cmp"
	"slices"
	"strconv"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/data/sanity"
)

// look notes what is plausible in the training part and surely a mistake.
func (t *loading) look() error {
	s := t.set
	if t.pixels {
		if dim := sanity.Dim(t.main.path, slices.Max(s.Images), false); dim != "" {
			s.Note(dim + "; if the values are no pixels, choose data.scale = \"standard\"")
		}
		return nil
	}
	if t.plan.labelAt >= 0 {
		s.Note(sanity.Labels(t.main.path, cmp.Or(t.plan.label, strconv.Itoa(t.plan.labelAt+1)), s.Classes, s.Labelled()))
	}
	if s.Height*s.Channels > 1 {
		return nil // Neighbours in an image are often alike.
	}
	s.Note(sanity.Alike(t.main.path, s.ClassNames))
	notes, err := sanity.Columns(sanity.Table{Name: t.main.path, Features: t.plan.described(), Rows: rowsOf(s)})
	for _, note := range notes {
		s.Note(note)
	}
	return err
}

// rowsOf walks over a set's examples in the order in which they were read.
func rowsOf(s *data.Set) func(each func(row []float32, label uint8) error) error {
	return func(each func(row []float32, label uint8) error) error {
		for i, row := range s.Rows() {
			if err := each(row, s.Labels[i]); err != nil {
				return err
			}
		}
		return s.Fault()
	}
}

// described are the features by names that a message takes.
func (p *plan) described() []transform.Feature {
	features := p.means()
	for i := range features {
		features[i].Name = data.Shown(features[i].Name)
	}
	return features
}

// compare notes how many of the test examples, which are yet to be taken, stand in the training part too. It goes over
// the training files once more, and keeps none of their rows.
func (t *loading) compare(p part) error {
	seen := data.NewSeen()
	see := func(values []float32) error { seen.AddFloats(values); return nil }
	train := make([]bool, len(t.labels))
	for _, place := range t.trainPlaces {
		train[place] = true
	}
	if err := t.main.rows(t.plan, func(row int) bool { return row < len(train) && train[row] }, see); err != nil {
		return err
	}
	if t.o.UnlabelledPath != "" {
		more := p.file(t.o, t.o.UnlabelledPath, "")
		matched, _, err := t.other(more, false)
		if err == nil {
			err = more.rows(matched, func(int) bool { return true }, see)
		}
		if err != nil {
			return more.in(err)
		}
	}
	t.seen = seen
	return nil
}
