package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ssdgm/model/trained"
	"ssdgm/train/answers"
	"ssdgm/train/answers/input"
	"ssdgm/train/answers/output"
	"ssdgm/train/data"
)

// What encode can give of the latents, and whose latents.
const (
	mean    = "mean"
	logvar  = "logvar"
	samples = "samples"

	z1 = "z1" // M1's
	z2 = "z2" // M2's: what it knows of a row beside its class
)

// Encoding is what encode gives.
type Encoding struct {
	Job
	What    []string // of mean, logvar and samples
	Samples int      // how many draws from the posterior
	Latents string   // z1, z2; "": z1 where there is an M1, else z2
}

// Encode answers each row of an input with its latents, as the posterior q has them.
func (e *Encoding) Encode(ctx context.Context, path string) (err error) {
	if err := e.sound(); err != nil {
		return err
	}
	m, err := e.Open(path)
	if err != nil {
		return err
	}
	if err := e.choose(m, path); err != nil {
		return err
	}
	members := []trained.Member{{Name: path, Model: m}}
	close, err := e.bring(ctx, members)
	defer func() { err = errors.Join(err, close()) }()
	if err != nil {
		return err
	}
	m = members[0].Model
	from, err := e.open(ctx, m, input.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	applied, err := m.Apply()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, applied.Close()) }()
	c := &encoding{Encoding: e, model: applied, labels: from.Labelled()}
	if own, err := output.OnlyNumbers(e.Out, e.Format); err != nil {
		return err
	} else if own && c.labels {
		c.labels = false
		e.Note("npy has numbers alone: the labels of the input are left out")
	}
	columns := c.columns()
	kept := keptColumns(from, columns)
	rows, unread, err := e.stream(ctx, from, m.Inputs, slices.Concat(kept, columns), c.answer)
	if err != nil || unread {
		return err
	}
	e.told(m, rows)
	return nil
}

// sound refuses options that cannot be.
func (e *Encoding) sound() error {
	known := []string{mean, logvar, samples}
	for i, what := range e.What {
		if !slices.Contains(known, what) || slices.Contains(e.What[:i], what) {
			return data.InputErrorf("--what %s: want some of %s, each once", strings.Join(e.What, ","), strings.Join(known, ", "))
		}
	}
	sampled := slices.Contains(e.What, samples)
	switch {
	case len(e.What) == 0:
		return data.InputErrorf("--what: want some of %s, found none", strings.Join(known, ", "))
	case e.Latents != "" && e.Latents != z1 && e.Latents != z2:
		return data.InputErrorf("--latents %s: want %s or %s", e.Latents, z1, z2)
	case sampled && (e.Samples < 1 || e.Samples > samplesMax):
		return data.InputErrorf("--samples %d: want from 1 to %d", e.Samples, samplesMax)
	}
	return e.check()
}

// samplesMax is the most draws of a row's latents: each is a column of each latent.
const samplesMax = 1000

// choose decides whose latents are given.
func (e *Encoding) choose(m *trained.Model, path string) error {
	switch {
	case e.Latents == z1 && m.M1 == nil:
		return data.InputErrorf("--latents z1: want a model with an M1 (m1 or m1m2), found model = %q in %s; leave the flag out", m.Config.Model, path)
	case e.Latents == z2 && m.M2 == nil:
		return data.InputErrorf("--latents z2: want a model with an M2 (m2 or m1m2), found model = %q in %s; leave the flag out", m.Config.Model, path)
	case m.M1 == nil && m.M2 == nil:
		return data.InputErrorf("encode: want a model with latents (m1, m2 or m1m2), found model = %q in %s, which classifies alone", m.Config.Model, path)
	case e.Latents == "" && m.M1 != nil:
		e.Latents = z1
	case e.Latents == "":
		e.Latents = z2
	}
	return nil
}

// encoding turns rows into latents.
type encoding struct {
	*Encoding
	model  *trained.Applied
	labels bool
}

// columns are those of the answers.
func (c *encoding) columns() (columns []output.Column) {
	if c.labels {
		columns = append(columns, labelColumn)
	}
	m := c.model.Model()
	latents := 0
	if c.Latents == z1 {
		latents = m.M1.Latents
	} else {
		latents = m.M2.Latents
	}
	for _, what := range c.What {
		switch what {
		case mean:
			columns = append(columns, output.Column{Name: c.Latents, Width: latents})
		case logvar:
			columns = append(columns, output.Column{Name: c.Latents + ".logvar", Width: latents})
		case samples:
			columns = append(columns, c.sampled(latents))
		}
	}
	return columns
}

// sampled is the column of the draws, one after the other.
func (c *encoding) sampled(latents int) output.Column {
	column := output.Column{Name: c.Latents + ".sample", Width: c.Samples * latents}
	for s := range c.Samples {
		for j := range latents {
			column.Names = append(column.Names, fmt.Sprintf("%s.sample%d.%d", c.Latents, s, j))
		}
	}
	return column
}

// answer gives the cells of some rows.
func (c *encoding) answer(ctx context.Context, rows *answers.Rows) ([]output.Cells, error) {
	o := trained.EncodeOptions{Style: c.Latents == z2 && c.model.Model().M1 != nil}
	if o.Logvar = slices.Contains(c.What, logvar); slices.Contains(c.What, samples) {
		o.Samples = c.Samples
	}
	codes, err := c.model.EncodeAll(ctx, rows.X, o)
	if err != nil {
		return nil, err
	}
	cells := keptCells(rows)
	if c.labels {
		cells = append(cells, output.Cells{Texts: rows.Labels})
	}
	for _, what := range c.What {
		numbers := map[string][]float32{mean: codes.Mean, logvar: codes.Logvar, samples: codes.Samples}[what]
		if err := c.computed(rows, numbers); err != nil {
			return nil, err
		}
		cells = append(cells, output.Cells{Numbers: numbers})
	}
	return cells, nil
}

// told tells what the latents are.
func (e *Encoding) told(m *trained.Model, rows int) {
	about := counted(rows, "row", "rows") + ": " + e.Latents
	switch {
	case e.Latents == z2:
		about += fmt.Sprintf(" has %d latents: what M2 knows of a row beside its class, at the most probable one", m.M2.Latents)
	case m.Kept != nil && len(m.Kept) < m.M1.Latents:
		about += fmt.Sprintf(" has %d latents, of which the classifier works on %d: %s", m.M1.Latents, len(m.Kept), places(m.Kept))
	default:
		about += fmt.Sprintf(" has %d latents", m.M1.Latents)
	}
	e.Note(about)
}

// places lists numbers, those in a row as a range.
func places(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		part := fmt.Sprint(numbers[i])
		if end > i {
			part += fmt.Sprintf("–%d", numbers[end])
		}
		parts, i = append(parts, part), end+1
	}
	return strings.Join(parts, ", ")
}
