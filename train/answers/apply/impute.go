package apply

import (
	"context"
	"errors"
	"fmt"

	"ssdgm/model/trained"
	"ssdgm/train/answers"
	"ssdgm/train/answers/input"
	"ssdgm/train/answers/output"
	"ssdgm/train/data"
	"ssdgm/train/report"
)

// Imputation is what impute gives.
type Imputation struct {
	Job
	Chains int     // for each row
	Steps  int     // of each chain
	Spread bool    // standard deviations and quantiles of what is filled, too
	Draws  int     // so many rows for each of the input, each filled by a draw; 0: one, filled by the means
	Seed   *uint64 // of the noise; nil: the model's
	Mask   string  // a path: where it is not 0, a value is taken for a missing one; "": nowhere
}

// DefaultChains and DefaultSteps are how many chains there are, and steps of each, where nobody says otherwise.
var (
	DefaultChains = trained.DefaultImputeOptions().Chains
	DefaultSteps  = trained.DefaultImputeOptions().Steps
)

// Bounds of what can be asked for.
const (
	chainsMax = 1000
	stepsMax  = 100_000
	drawsMax  = 1000
)

// burn is which part of a chain's steps does not count, as in trained.DefaultImputeOptions.
const burn = 6

// quantiles are the ends of the interval that holds nine values in ten.
var quantiles = []float64{0.05, 0.95}

// Impute writes the input's rows with what is missing in them filled in. What is there is written as it came.
func (c *Imputation) Impute(ctx context.Context, path string) (err error) {
	if err := c.sound(); err != nil {
		return err
	}
	m, err := c.Open(path)
	if err != nil {
		return err
	}
	if !m.HasBound() {
		return data.InputErrorf("impute: want a model of x (m1, m2 or m1m2), found model = %q in %s, which classifies alone; "+
			"train one of those", m.Config.Model, path)
	}
	members := []trained.Member{{Name: path, Model: m}}
	close, err := c.bring(ctx, members)
	defer func() { err = errors.Join(err, close()) }()
	if err != nil {
		return err
	}
	m = members[0].Model
	from, err := c.open(ctx, m, input.Options{Whole: true, Missing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	var source answers.Source = from
	if c.Mask != "" {
		mask, err := openMask(m, c.Mask, from)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, mask.from.Close()) }()
		source = mask
	} else if from.Places() == nil {
		return data.InputErrorf("%s: images have no missing pixels; want --mask FILE, an image or array that is not 0 where "+
			"pixels are to be filled", c.Input)
	}
	applied, err := m.Apply()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, applied.Close()) }()
	return c.fill(ctx, applied, from, source)
}

// sound refuses options that cannot be.
func (c *Imputation) sound() error {
	states := c.Chains * c.options(0).Samples
	switch {
	case c.Chains < 1 || c.Chains > chainsMax:
		return data.InputErrorf("--chains %d: want from 1 to %d", c.Chains, chainsMax)
	case c.Steps < 1 || c.Steps > stepsMax:
		return data.InputErrorf("--steps %d: want from 1 to %s", c.Steps, report.Thousands(stepsMax))
	case c.Draws < 0 || c.Draws > drawsMax:
		return data.InputErrorf("--draws %d: want from 1 to %d", c.Draws, drawsMax)
	case c.Draws > states:
		return data.InputErrorf("--draws %d: want at most as many as the chains have steps that count, %d; give more --steps "+
			"or --chains", c.Draws, states)
	case c.Draws > 0 && c.Spread:
		return data.InputErrorf("--spread has no effect with --draws, which differ as the spread tells; leave one of them out")
	case c.Mask != "":
		return c.check(c.Mask)
	}
	return c.check()
}

// options are those of the chain.
func (c *Imputation) options(seed uint64) trained.ImputeOptions {
	o := trained.ImputeOptions{Chains: c.Chains, Steps: c.Steps, Burn: c.Steps / burn, Draws: c.Draws, Seed: seed}
	if o.Samples = c.Steps - o.Burn; c.Spread {
		o.Quantiles = quantiles
	}
	if c.Seed != nil {
		o.Seed = *c.Seed
	}
	return o
}

// A batch has at most so many rows, as many as a chain takes at once, and so many bytes of what is filled.
const (
	chainRows  = 256
	chainBytes = 16 << 20
)

// fill runs the stream.
func (c *Imputation) fill(ctx context.Context, applied *trained.Applied, from input.Reader, source answers.Source) error {
	m := applied.Model()
	s, err := c.sheet(m, from)
	if err != nil {
		return err
	}
	f := &filling{sheet: s, model: applied, options: c.options(m.Config.Seed), width: m.Inputs}
	rows, unread, err := c.carry(ctx, from, s.columns(), answers.Stream{
		From: source, Inputs: m.Inputs, Answer: f.answer, Each: s.each,
		Most: max(1, min(chainRows, chainBytes/(4*m.Inputs*s.each))),
	})
	if err != nil || unread {
		return err
	}
	about := counted(rows, "row", "rows") + ": nothing is missing"
	if f.filled > 0 {
		about = fmt.Sprintf("%s: %s filled in %s of them, by %s of %d steps", counted(rows, "row", "rows"),
			counted(f.filled, "value is", "values are"), report.Thousands(f.incomplete), counted(c.Chains, "chain", "chains"),
			c.Steps)
	}
	c.Note(about)
	return nil
}

// counted is a number with what it counts.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return report.Thousands(n) + " " + many
}

// filling fills rows, and counts.
type filling struct {
	*sheet
	model              *trained.Applied
	options            trained.ImputeOptions
	width              int
	filled, incomplete int
}

// answer gives the cells of some rows.
func (f *filling) answer(ctx context.Context, rows *answers.Rows) ([]output.Cells, error) {
	found, err := f.model.Impute(ctx, rows.X, f.options)
	if err != nil {
		return nil, err
	}
	for i := range rows.N {
		missing := f.missing(rows, i)
		if f.filled += missing; missing > 0 {
			f.incomplete++
		}
	}
	return f.cells(rows, found), nil
}
