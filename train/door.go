package train

import (
	"context"
	"errors"
	"os"
	"slices"

	"gorgonia.org/tensor"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/model/trained"
	"ssdgm/train/data"
)

// RunOptions are what Run works with. The zero value trains on the data set that the configuration names, on
// engine/cpu, and leaves nothing behind.
type RunOptions struct {
	// Train are the training examples, as in &Arrays{…}; nil: those that the configuration names. Its data.labels of
	// them keep their labels, equally many of each class, and data.validation of them are held out; test examples are
	// no part of it.
	Train data.Part
	// Folder is the run folder: checkpoints, metrics.jsonl and model.safetensors. Where it holds a run of the same
	// configuration, that goes on. Empty: there is none.
	Folder string
	// OpenDevice opens what to compute on, for models that are trained together; Run opens one for one model, and
	// closes it. nil: engine/cpu, with as many threads as there are processors.
	OpenDevice func(replicas int) (engine.Device, error)
	// Observer is told how training gets on; it may be nil.
	Observer Observer
}

// Run trains what a configuration describes, every phase of it, and returns the result, which has methods to classify,
// encode, generate and evaluate, with the Temperature and the Usual that Result.Fit gives it. The same configuration, examples and device give the same parameters to the bit.
//
// When ctx ends, it saves a checkpoint in the Folder and returns ErrStopped: the same call goes on from there. Without
// a Folder it returns ctx's error. Errors for which errors.Is finds data.ErrInput, trained.ErrInput or run.ErrUser, or
// errors.As a *configs.Error, are the caller's to mend.
func Run(ctx context.Context, c *configs.Config, o RunOptions) (m *trained.Model, err error) {
	dir, open := o.Folder, o.OpenDevice
	if dir == "" {
		if dir, err = os.MkdirTemp("", "ssdgm-"); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	part := o.Train
	if part == nil {
		if part, _, err = Parts(c); err != nil {
			return nil, err
		}
	}
	if open == nil {
		if c.Precision != "fp32" || c.MatMul != "own" {
			return nil, data.InputErrorf("precision = %q, matmul = %q: want RunOptions.OpenDevice to give a device that has "+
				"them; engine/cpu has \"fp32\" and \"own\"", c.Precision, c.MatMul)
		}
		open = func(replicas int) (engine.Device, error) { return cpu.New(cpu.Options{Replicas: replicas}) }
	}
	dev, err := open(1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dev.Close()) }()
	options := Options{Members: []Member{{Config: c, Train: part}}, Device: dev, Open: open, Observer: o.Observer}
	if options.Observer == nil {
		options.Observer = unobserved{}
	}
	m, err = runOne(ctx, dir, options)
	if errors.Is(err, ErrStopped) && o.Folder == "" {
		err = ctx.Err()
	}
	return m, err
}

// runOne trains the only member.
func runOne(ctx context.Context, dir string, o Options) (m *trained.Model, err error) {
	session, err := Open(dir, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	results, err := session.Run(ctx)
	if err != nil {
		return nil, err
	}
	if results[0].Fault != nil {
		return nil, results[0].Fault
	}
	if err := results[0].Fit(ctx, o.Device); err != nil {
		if ctx.Err() != nil {
			err = ErrStopped
		}
		return nil, err
	}
	return results[0].Trained, nil
}

// unobserved is nobody.
type unobserved struct{}

func (unobserved) Phase(string, int, int, int) {}
func (unobserved) Step(int)                    {}
func (unobserved) Metrics([]Metrics)           {}
func (unobserved) Note(string)                 {}

// Arrays are training examples in a program's memory, for RunOptions.Train: a data.Part. It must be a pointer.
type Arrays struct {
	Name string // in messages; empty: arrays
	// X are the examples, float32: [n, d], [n, height, width] or [n, height, width, channels], with 1 or 3 channels.
	// They are pixels from 0 to 1, and kept as bytes, ⌊255·x + ½⌋: a 255th is the finest step. Where Real is set they
	// are real values, [n, d], and kept as they are.
	X    *tensor.Dense
	Real bool
	// Labels are the examples' classes, counted from 0; −1 where an example has none.
	Labels []int
	// ClassNames are what the classes are called, one for each; nil: by their numbers.
	ClassNames []string
}

// Load implements data.Part. Its errors are data.ErrInput.
func (a *Arrays) Load() (*data.Set, error) {
	set, err := a.shaped()
	if err != nil {
		return nil, err
	}
	x := a.X
	if x.RequiresIterator() || !x.DataOrder().IsRowMajor() || x.DataOrder().IsTransposed() {
		return nil, data.InputErrorf("%s: want an array in row-major order, found a view; clone it", set.Name)
	}
	if a.Real {
		set.Floats = slices.Clone(x.Data().([]float32))
	} else {
		set.Images = make([]uint8, set.N*set.D())
	}
	for i, v := range x.Data().([]float32)[:len(set.Images)] {
		if !(v >= 0 && v <= 1) { // also where it is no number
			return nil, data.InputErrorf("%s: want pixels from 0 to 1, found %g in example %d, place %d",
				set.Name, v, i/set.D(), i%set.D())
		}
		set.Images[i] = uint8(255*v + 0.5)
	}
	for i, label := range a.Labels {
		switch {
		case label < -1 || label >= data.Unlabelled:
			return nil, data.InputErrorf("%s: want labels from 0 to %d, or -1 for none, found %d at place %d",
				set.Name, data.Unlabelled-1, label, i)
		case label < 0:
			label = data.Unlabelled
		}
		set.Labels = append(set.Labels, uint8(label))
	}
	return set, nil
}

// shaped is the set without its examples.
func (a *Arrays) shaped() (*data.Set, error) {
	set := &data.Set{Name: a.Name, Channels: 1, Unsplit: true}
	if set.Name == "" {
		set.Name = "arrays"
	}
	wanted := "want float32 of shape [n, d], [n, height, width] or [n, height, width, channels] with 1 or 3 channels"
	if a.Real {
		wanted = "want real values, float32 of shape [n, d]"
	}
	if a.X == nil {
		return nil, data.InputErrorf("%s: %s, found none", set.Name, wanted)
	}
	shape := a.X.Shape()
	switch {
	case a.Real && len(shape) == 2:
		set.Height, set.Width = 1, shape[1]
	case a.Real:
	case len(shape) == 2:
		set.Height, set.Width = data.Sides(shape[1])
	case len(shape) == 3:
		set.Height, set.Width = shape[1], shape[2]
	case len(shape) == 4:
		set.Height, set.Width, set.Channels = shape[1], shape[2], shape[3]
	}
	if a.X.Dtype() != tensor.Float32 || set.D() == 0 || set.Channels != 1 && set.Channels != 3 {
		return nil, data.InputErrorf("%s: %s, found %v of shape %v", set.Name, wanted, a.X.Dtype(), []int(shape))
	}
	if set.N = shape[0]; len(a.Labels) != set.N {
		return nil, data.InputErrorf("%s: want a label, or -1, for each of %d examples, found %d",
			set.Name, set.N, len(a.Labels))
	}
	if set.Classes = 1 + slices.Max(append([]int{-1}, a.Labels...)); set.Classes < 1 {
		return nil, data.InputErrorf("%s: want at least one label of an example, found none", set.Name)
	}
	if a.ClassNames == nil {
		return set, nil
	}
	if len(a.ClassNames) < set.Classes {
		return nil, data.InputErrorf("%s: want a name for each of at least %d classes, found %d",
			set.Name, set.Classes, len(a.ClassNames))
	}
	set.Classes, set.ClassNames = len(a.ClassNames), a.ClassNames
	return set, nil
}
