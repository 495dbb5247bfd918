package glyphs

import (
	"cmp"

	"ssdgm/train/data"
)

const name = "glyphs"

func init() {
	data.Register(data.Source{Name: name, Kind: data.Drawn, D: Pixels, Classes: Classes, Open: open})
}

// open takes any number of examples: all means 10,000 for training and 2,000 for test.
func open(options data.Options) (train, test data.Part, err error) {
	train = drawn{options.Seed, Train, cmp.Or(options.Train, DefaultTrain)}
	test = drawn{options.Seed, Test, cmp.Or(options.Test, DefaultTest)}
	return train, test, nil
}

// drawn is a part of the data set.
type drawn struct {
	seed  uint64
	part  Part
	count int
}

// Load draws the examples.
func (d drawn) Load() (*data.Set, error) {
	images, labels := Draw(d.seed, d.part, d.count)
	return &data.Set{
		Name: name, Images: images, Labels: labels, N: d.count,
		Height: Side, Width: Side, Channels: 1, Classes: Classes,
	}, nil
}
