package table

import (
	"errors"
	"math"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/data/strict"
)

// Head implements data.Headed: it reads the test part's columns and the classes of its labels, and goes over its values, so
// that none is found after the training which no model could take. It keeps nothing of them.
func (p part) Head() error {
	o := p.Options()
	t, err := p.begin(&o)
	if err != nil {
		return err
	}
	f, matched, labels := t.main, t.plan, t.labels
	if o.TestPath != "" {
		f = p.testFile(&o)
		if matched, labels, err = t.other(f, true); err != nil {
			return err
		}
	}
	return f.in(t.judge(f, matched, labels))
}

// judge goes over the rows of the test part, with a label where there are some. Where it is drawn it goes over all rows of
// the file, so that its message counts what is wrong in all of them.
func (t *loading) judge(f file, p *plan, labels []uint8) error {
	at, all := 0, t.testPlaces != nil || t.set.Classes == 0
	keep := func(row int) bool {
		at = row
		return all || row < len(labels) && labels[row] != data.Unlabelled
	}
	seen := transform.Transformation{Kind: t.o.Scale, Width: p.width, Missing: t.o.Missing, Features: t.set.Features}
	err := seen.Check(f.path, func(each func(row []float32) error) error {
		return f.rows(p, keep, func(values []float32) error {
			for i, v := range values {
				if err := t.sound(i, v, at); err != nil {
					return err
				}
			}
			return each(values)
		})
	})
	if errors.Is(err, transform.ErrInput) {
		err = data.InputErrorf("%w", err)
	}
	return err
}

// sound holds that a value in some row can be one: it is finite, or missing, and of pixels a byte.
func (t *loading) sound(i int, v float32, row int) error {
	switch {
	case t.pixels && !strict.Whole(float64(v), 0, 255):
		return strict.Errorf("data.scale = \"pixels\": wanted whole numbers from 0 to 255, found %g in column %s of row %d; "+
			"choose another data.scale", v, t.plan.title(i), row+1)
	case math.IsInf(float64(v), 0):
		return strict.Errorf("wanted finite numbers, below 3.4e38, found %g in column %s of row %d; mend it, or leave the "+
			"column out (data.drop_columns)", v, t.plan.title(i), row+1)
	}
	return nil
}
