// Package generate writes what a trained model draws: as rows of a table, or as a folder of images, in any number and
// in bounded memory.
package generate

import (
	"context"
	"slices"

	"ssdgm/model/trained"
	"ssdgm/model/trained/transform"
	"ssdgm/train/answers/columns"
	"ssdgm/train/answers/output"
	"ssdgm/train/data"
	"ssdgm/train/message"
)

// Drawer draws examples, [N, d], raw: a trained.Applied.
type Drawer interface {
	Generate(ctx context.Context, d trained.Drawing) ([]float32, error)
}

// Options say what is drawn: N examples of each of some classes, one class after the other.
type Options struct {
	Classes []string // their names; nil: all. An M1 without an M2 has none
	N       int
	Seed    uint64
	Sample  bool // x from p(x|y,z) in place of its mean
	Floats  bool // pixels stay numbers from 0 to 1 in a table
	Raw     bool // a table has numbers alone: no class, and a number for each category of a feature
}

// class is one of those that are drawn.
type class struct {
	number int
	name   string // empty of an M1 without an M2
}

// classes are those that a model is to draw.
func classes(m *trained.Model, o Options) (all []class, err error) {
	if o.N < 1 {
		return nil, data.InputErrorf("-n %d: want at least 1 example of each class", o.N)
	}
	if m.M2 == nil {
		if m.M1 != nil && o.Classes != nil {
			return nil, data.InputErrorf("--class %s: want a model that draws a given class (m2 or m1m2), found model = %q; "+
				"leave --class out", message.Word(o.Classes[0]), m.Config.Model)
		}
		return []class{{}}, m.Draws(0)
	}
	names := m.Classes()
	for _, name := range o.Classes {
		k := slices.Index(names, name)
		if k < 0 {
			return nil, data.InputErrorf("--class %s: want one of %s%s",
				message.Word(name), transform.Some(shown(names)), message.Alike(name, names))
		}
		if slices.Contains(all, class{k, name}) {
			return nil, data.InputErrorf("--class %s: found it twice; leave one out", message.Word(name))
		}
		all = append(all, class{k, name})
	}
	if o.Classes == nil {
		for k, name := range names {
			all = append(all, class{k, name})
		}
	}
	return all, nil
}

// shown are names as a message has them.
func shown(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = data.Shown(name)
	}
	return all
}

// pieceValues is how many values are drawn at once, about: some hundred rows of an image, many of a table.
const pieceValues, pieceMost = 1 << 20, 1 << 14

// each draws all examples, in pieces, and calls f with each: rows of a class from the first on, [n, d].
func each(
	ctx context.Context, m *trained.Model, a Drawer, o Options, f func(c class, first int, x []float32) error,
) error {
	all, err := classes(m, o)
	if err != nil {
		return err
	}
	piece := min(pieceMost, max(1, pieceValues/m.Inputs))
	for _, c := range all {
		for first := 0; first < o.N; first += piece {
			x, err := a.Generate(ctx, trained.Drawing{
				Class: c.number, First: first, N: min(piece, o.N-first), Seed: o.Seed, Sample: o.Sample,
			})
			if err != nil {
				return err
			}
			if err := f(c, first, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// Columns are those of the table of what a model draws; the last one is the class, where there are several. It refuses
// what a model does not draw, before anything is written.
func Columns(m *trained.Model, o Options) ([]output.Column, error) {
	if _, err := classes(m, o); err != nil {
		return nil, err
	}
	all := o.layout(m).Columns()
	if m.M2 != nil && !o.Raw {
		all = append(all, output.Column{Name: columns.ClassName(m), Kind: output.Text})
	}
	return all, nil
}

func (o Options) layout(m *trained.Model) *columns.Layout {
	return columns.Of(m, columns.Options{Raw: o.Raw, Floats: o.Floats})
}

// Table writes what a model draws to a table of the columns that Columns gives.
func Table(ctx context.Context, m *trained.Model, a Drawer, o Options, w output.Writer) error {
	layout := o.layout(m)
	return each(ctx, m, a, o, func(c class, _ int, x []float32) error {
		n := len(x) / m.Inputs
		cells := layout.Cells(x)
		if m.M2 != nil && !o.Raw {
			cells = append(cells, output.Cells{Texts: slices.Repeat([]string{c.name}, n)})
		}
		return w.Write(n, cells)
	})
}
