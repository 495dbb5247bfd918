package apply

import (
	"errors"
	"io"
	"math"
	"slices"

	"ssdgm/model/trained"
	"ssdgm/model/trained/transform"
	"ssdgm/train/answers"
	"ssdgm/train/answers/input"
	"ssdgm/train/data"
)

// masked is an input of which some values are taken for missing ones.
type masked struct {
	source answers.Source
	from   input.Reader // the mask
	path   string
	width  int
	one    []float32 // the only row; nil: each row of the input has one of its own
	ahead  []float32 // rows that have been read and not been used
	rows   answers.Rows
	used   int
}

// openMask opens a mask: an image, a folder of images or an array as a model's input may be, of one row for all rows, or
// of one for each.
func openMask(m *trained.Model, path string, source answers.Source) (*masked, error) {
	t := transform.Identity(m.Inputs)
	if m.Input.Image() {
		t = transform.OfPixels(m.Inputs)
	}
	t.Features = m.Input.Features
	if slices.ContainsFunc(t.Features, func(f transform.Feature) bool { return len(f.Categories) > 0 }) {
		return nil, data.InputErrorf("--mask %s: want a model of numbers alone, found one that knows words; leave the cells "+
			"empty that are to be filled", path)
	}
	like := &trained.Model{Config: m.Config, Inputs: m.Inputs, Height: m.Height, Width: m.Width, Input: t}
	from, err := input.Open(like, path, input.Options{})
	if err != nil {
		return nil, err
	}
	mask := &masked{source: source, from: from, path: path, width: m.Inputs}
	for range 2 {
		if err := mask.more(1); err != nil && !errors.Is(err, io.EOF) {
			return nil, errors.Join(err, from.Close())
		}
	}
	if len(mask.ahead) == m.Inputs {
		mask.one = mask.ahead
	}
	return mask, nil
}

// more reads up to so many rows of the mask.
func (m *masked) more(most int) error {
	err := m.from.Read(&m.rows, most)
	if err == nil {
		m.ahead = append(m.ahead, m.rows.X...)
	}
	return err
}

// Read implements answers.Source.
func (m *masked) Read(rows *answers.Rows, most int) error {
	err := m.source.Read(rows, most)
	if errors.Is(err, io.EOF) && m.one == nil && m.next(1) == nil {
		return data.InputErrorf("%s: want one row, or one for each of the input's %d, found more", m.path, m.used)
	}
	if err != nil {
		return err
	}
	if m.one == nil {
		if err := m.next(rows.N); err != nil {
			return err
		}
	}
	for i := range rows.X {
		hidden := m.ahead[i%len(m.ahead)]
		if hidden != 0 {
			rows.X[i] = float32(math.NaN())
		}
	}
	if m.one == nil {
		m.ahead = slices.Delete(m.ahead, 0, len(rows.X))
		m.used += rows.N
	}
	return nil
}

// next holds that so many rows of the mask are there.
func (m *masked) next(n int) error {
	for len(m.ahead) < n*m.width {
		err := m.more(n)
		if errors.Is(err, io.EOF) {
			return data.InputErrorf("%s: want one row, or one for each of the input's, found %d", m.path,
				m.used+len(m.ahead)/m.width)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
