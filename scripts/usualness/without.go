package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/data"
)

// settings are those of the runs that lack a digit: M1, then M2, as in the paper, of the recipe for 100 labels, shorter and
// with 10 labels of each of nine digits.
func settings(digit, seed int, folder string) []string {
	return []string{
		"data.labels=90", fmt.Sprintf("seed=%d", seed), fmt.Sprintf("data.dir=%q", folder),
		"m1.train.epochs=10", "m2.train.steps=4000", "joint.steps=0",
	}
}

// without is a training part of which one digit is left out: neither its labels nor its images are there.
type without struct {
	data.Part
	digit uint8
}

func (p without) Load() (*data.Set, error) {
	all, err := p.Part.Load()
	if err != nil {
		return nil, err
	}
	var rest []int32
	for i, label := range all.Labels {
		if label != p.digit {
			rest = append(rest, int32(i))
		}
	}
	set := all.Picked(rest)
	set.Name, set.Classes, set.ClassNames = fmt.Sprintf("%s without %d", all.Name, p.digit), all.Classes-1, nil
	for class := range all.Classes {
		if class != int(p.digit) {
			set.ClassNames = append(set.ClassNames, all.ClassName(class))
		}
	}
	for i, label := range set.Labels {
		if label > p.digit {
			set.Labels[i]--
		}
	}
	return set, nil
}

// train trains a model that has never seen a digit, or takes the one that is there.
func (o *options) train(ctx context.Context, digit, seed int) (*trained.Model, error) {
	c, _, err := configs.Load("mnist-m1m2-100", settings(digit, seed, o.data))
	if err != nil {
		return nil, err
	}
	part, _, err := train.Parts(c)
	if err != nil {
		return nil, err
	}
	return train.Run(ctx, c, train.RunOptions{
		Train:    without{part, uint8(digit)},
		Folder:   filepath.Join(o.runs, "without-"+strconv.Itoa(digit)),
		Observer: told{},
	})
}

// told tells of the phases on stderr.
type told struct{}

func (told) Phase(name string, _, step, steps int) {
	fmt.Fprintf(os.Stderr, "%s: step %d of %d\n", name, step, steps)
}
func (told) Step(int)                {}
func (told) Metrics([]train.Metrics) {}
func (told) Note(line string)        { fmt.Fprintln(os.Stderr, line) }
