package pictures

import (
	"context"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/train/data"
)

// Options of Generate.
type Options struct {
	PerClass int    // samples of each class
	Seed     uint64 // of the latents
}

// Generate draws the means of p(x|y,z) for z ~ N(0, I), one row per class. A model
// without classes gives PerClass rows of p(x|z). A sample is a function of the seed,
// its class and its number alone.
func Generate(dev engine.Device, t *trained.Model, o Options) (*Sheet, error) {
	if o.PerClass < 1 {
		return nil, data.InputErrorf("draw samples: want at least 1 of each class, found %d", o.PerClass)
	}
	classes, perClass, names := t.K, o.PerClass, classNames(t)
	if t.M2 == nil && t.M1 != nil {
		classes, perClass, names = 1, o.PerClass*o.PerClass, nil
	} else if err := wantClasses("samples", t); err != nil {
		return nil, err
	}
	var images []float32
	for class := range classes {
		drawn, err := t.On(dev).Generate(context.Background(), class, perClass, o.Seed)
		if err != nil {
			return nil, err
		}
		images = append(images, floats(drawn)...)
	}
	shape, err := shapeOf(t)
	if err != nil {
		return nil, err
	}
	s := newNamedSheet(shape, classes*perClass/o.PerClass, o.PerClass, names)
	s.putRows(0, images)
	return s, nil
}

// wantClasses holds that a model draws images of a given class.
func wantClasses(what string, t *trained.Model) error {
	if t.M2 == nil {
		return data.InputErrorf("draw %s: want a model with classes to draw (m2 or m1m2), found model = %q; train one of those", what, t.Config.Model)
	}
	return nil
}

// floats are an array's elements.
func floats(x *tensor.Dense) []float32 { return x.Data().([]float32) }

// decode gives the images of latents of M2, with a class each.
func decode(dev engine.Device, t *trained.Model, z []float32, classes []int) ([]float32, error) {
	rows := tensor.New(tensor.WithShape(len(classes), t.M2.Latents), tensor.WithBacking(z))
	images, err := t.On(dev).Decode(context.Background(), rows, classes)
	if err != nil {
		return nil, err
	}
	return floats(images), nil
}

// Grid draws one class over a latent of two dimensions: side × side images where z
// lies at the middles of equally probable parts of its prior, the first dimension
// from left to right and the second from bottom to top (figure 1a).
func Grid(dev engine.Device, t *trained.Model, class, side int) (*Sheet, error) {
	if err := wantClasses("a grid", t); err != nil {
		return nil, err
	}
	switch {
	case t.M2.Latents != 2:
		return nil, data.InputErrorf("draw a grid: want a latent of 2 dimensions, found %d; train with 'm2.latents = 2', as in glyphs-2d.toml", t.M2.Latents)
	case class < 0 || class >= t.K:
		return nil, data.InputErrorf("draw a grid: want a class from 0 to %d, found %d", t.K-1, class)
	case side < 1:
		return nil, data.InputErrorf("draw a grid: want at least 1 image on a side, found %d", side)
	}
	at := quantiles(side)
	var z []float32
	for row := range side {
		for column := range side {
			z = append(z, at[column], at[side-1-row])
		}
	}
	images, err := decode(dev, t, z, slices.Repeat([]int{class}, side*side))
	if err != nil {
		return nil, err
	}
	shape, err := shapeOf(t)
	if err != nil {
		return nil, err
	}
	s := newTitledSheet(shape, side, side, classNames(t), class)
	s.putRows(0, images)
	return s, nil
}

// quantiles are Φ⁻¹((i + ½)/n) of the standard normal, for i from 0 to n−1.
func quantiles(n int) []float32 {
	q := make([]float32, n)
	for i := range q {
		q[i] = float32(math.Sqrt2 * math.Erfinv(float64(2*i+1-n)/float64(n)))
	}
	return q
}

// Grids draws the grid of every class, and all of them on one sheet.
func Grids(dev engine.Device, t *trained.Model, side int) (classes []*Sheet, all *Sheet, err error) {
	for class := range max(1, t.K) {
		s, err := Grid(dev, t, class, side)
		if err != nil {
			return nil, nil, err
		}
		classes = append(classes, s)
	}
	return classes, contact(classes), nil
}

// Analogies infers z from count images, the mean of q(z|x,y) at the label that the
// classifier gives, y = argmax q(y|x), and draws it with every label (figure 1b).
// The first column is the images themselves: the set's first of each class, then
// its second ones, and so on.
func Analogies(dev engine.Device, t *trained.Model, set *data.Set, count int) (*Sheet, error) {
	if err := wantClasses("analogies", t); err != nil {
		return nil, err
	}
	shape, chosen, err := choose("analogies", t, set, count)
	if err != nil {
		return nil, err
	}
	images, err := t.On(dev).Analogy(context.Background(), examples(chosen))
	if err != nil {
		return nil, err
	}
	s := newColumnSheet(shape, count, 1+t.K, classNames(t))
	originals := chosen.Inputs()
	for i := range count {
		s.put(i, 0, originals[i*t.Inputs:])
	}
	s.putRows(1, floats(images))
	return s, nil
}

// Reconstructions draws count images, chosen as for Analogies, and below them what
// M1 makes of the mean of q(z1|x).
func Reconstructions(dev engine.Device, t *trained.Model, set *data.Set, count int) (*Sheet, error) {
	if t.M1 == nil {
		return nil, data.InputErrorf("draw reconstructions: want a model with an M1 (m1 or m1m2), found model = %q; train one of those", t.Config.Model)
	}
	shape, chosen, err := choose("reconstructions", t, set, count)
	if err != nil {
		return nil, err
	}
	images, err := t.On(dev).Reconstruct(context.Background(), examples(chosen))
	if err != nil {
		return nil, err
	}
	s := newSheet(shape, 2, count)
	s.putRows(0, append(chosen.Inputs(), floats(images)...))
	return s, nil
}

// choose takes count images of a set, the first of each class, then the second ones,
// and so on, after it has held that the model can see them.
func choose(what string, t *trained.Model, set *data.Set, count int) (shape, *data.Set, error) {
	shape, err := shapeOf(t)
	switch {
	case err != nil:
		return shape, nil, err
	case set.Real():
		return shape, nil, data.InputErrorf("draw %s: want images, found %s with real values; give a data set of images",
			what, set.Name)
	case set.D() != t.Inputs:
		return shape, nil, data.InputErrorf("draw %s: want images of %d values, as the model was trained on, found %s with %d; give the data set that it was trained on", what, t.Inputs, set.Name, set.D())
	case count < 1 || count > set.N:
		return shape, nil, data.InputErrorf("draw %s: want from 1 to %d images, as many as %s has, found %d", what, set.N, set.Name, count)
	}
	// Those without a label are together like a class.
	seen, round, order := [data.Unlabelled + 1]int{}, make([]int, set.N), make([]int, set.N)
	for i, label := range set.Labels {
		order[i], round[i] = i, seen[label]
		seen[label]++
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if round[a] != round[b] {
			return round[a] - round[b]
		}
		return int(set.Labels[a]) - int(set.Labels[b])
	})
	chosen := *set
	chosen.N, chosen.Images, chosen.Labels = count, nil, nil
	for _, i := range order[:count] {
		chosen.Images = append(chosen.Images, set.Images[i*set.D():][:set.D()]...)
		chosen.Labels = append(chosen.Labels, set.Labels[i])
	}
	return shape, &chosen, nil
}

// examples are a set's images as the models take them.
func examples(set *data.Set) *tensor.Dense {
	return tensor.New(tensor.WithShape(set.N, set.D()), tensor.WithBacking(set.Inputs()))
}
