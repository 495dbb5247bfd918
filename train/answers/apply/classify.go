package apply

import (
	"context"
	"errors"
	"slices"

	"ssdgm/model/trained"
	"ssdgm/train/answers/input"
	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/report"
)

// Classification is what classify gives beside the class and its probability.
type Classification struct {
	Job
	Usual     bool     // how usual each row is, where a model knows
	Threshold *float64 // the percentile below which a row is like nothing that the model was trained on; nil: none is
	Top       int      // so many classes, the most probable first, in place of the probabilities of all; 0: all
}

// Classify answers each row of an input with its class: by one model, or by the mean of several, where runs are
// several, or folders of several.
func (c *Classification) Classify(ctx context.Context, runs ...string) (err error) {
	if err := c.sound(); err != nil {
		return err
	}
	members, err := c.members(runs)
	if err != nil {
		return err
	}
	close, err := c.bring(ctx, members)
	defer func() { err = errors.Join(err, close()) }()
	if err != nil {
		return err
	}
	from, err := c.open(ctx, members[0].Model, input.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	models, err := trained.NewEnsemble(members...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, models.Close()) }()
	if !slices.ContainsFunc(members, func(m trained.Member) bool { return m.Model.Usual != nil }) {
		c.Usual = false
	}
	a := newClassifying(c, models, from.Labelled())
	kept := keptColumns(from, a.columns)
	rows, unread, err := c.stream(ctx, from, models.Inputs(), slices.Concat(kept, a.columns), a.answer)
	if err != nil || unread {
		return err
	}
	for _, line := range a.told(rows) {
		c.Note(line)
	}
	return nil
}

// sound refuses options that cannot be.
func (c *Classification) sound() error {
	switch t := c.Threshold; {
	case t != nil && !(*t > 0 && *t <= 100):
		return data.InputErrorf("--threshold %g: want a percentile above 0 and up to 100, such as 1", *t)
	case t != nil && !c.Usual:
		return data.InputErrorf("--threshold: has no effect with --usual=false; leave one of them out")
	case c.Top < 0:
		return data.InputErrorf("--top %d: want how many classes, 1 or more", c.Top)
	}
	return c.check()
}

// members opens the models, and tells what they lack.
func (c *Classification) members(runs []string) ([]trained.Member, error) {
	var all []trained.Member
	for _, path := range runs {
		inside, err := report.RunsIn(path)
		if err != nil {
			return nil, err
		}
		if len(inside) == 0 {
			inside = []report.Named{{Name: path, Path: path}}
		}
		for _, r := range inside {
			m, err := c.Open(r.Path)
			if err != nil {
				return nil, err
			}
			if len(m.Classes()) == 0 {
				return nil, data.InputErrorf("classify: want a model with a classifier, found model = %q in %s; %s gives its latents",
					m.Config.Model, r.Path, message.Command("encode", r.Path, c.Input))
			}
			all = append(all, trained.Member{Name: r.Path, Model: m})
		}
	}
	if c.Threshold != nil && !slices.ContainsFunc(all, func(m trained.Member) bool { return m.Model.Usual != nil }) {
		return nil, data.InputErrorf("--threshold: want a model that knows how usual its training examples are, found none in %s; %s",
			all[0].Name, adding(all[0].Name, "them"))
	}
	c.tellLacks(all)
	return all, nil
}
