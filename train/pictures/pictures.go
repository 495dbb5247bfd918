package pictures

import (
	"math"
	"slices"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/train"
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
func Generate(dev engine.Device, t *train.Trained, o Options) (*Sheet, error) {
	if o.PerClass < 1 {
		return nil, data.InputErrorf("draw samples: want at least 1 of each class, found %d", o.PerClass)
	}
	if t.M2 == nil && t.M1 != nil {
		images, err := train.DecodeM1(dev, t, prior(o.PerClass*o.PerClass, t.M1.Latents, 0, o.Seed))
		return fill(t, o.PerClass, o.PerClass, images, err)
	}
	if err := wantClasses("samples", t); err != nil {
		return nil, err
	}
	var z []float32
	var labels []int32
	for class := range t.Classes {
		z = append(z, prior(o.PerClass, t.M2.Latents, class, o.Seed)...)
		labels = append(labels, slices.Repeat([]int32{int32(class)}, o.PerClass)...)
	}
	images, err := train.DecodeM2(dev, t, z, labels)
	return fill(t, t.Classes, o.PerClass, images, err)
}

// wantClasses holds that a model draws images of a given class.
func wantClasses(what string, t *train.Trained) error {
	if t.M2 == nil {
		return data.InputErrorf("draw %s: want a model with classes to draw (m2 or m1m2), found model = %q; train one of those", what, t.Config.Model)
	}
	return nil
}

// prior draws n latents of N(0, I) for a class.
func prior(n, latents, class int, seed uint64) []float32 {
	z := make([]float32, n*latents)
	for i := range z {
		element := i % latents
		words := noise.Philox(uint32(i/latents), noise.Address(element, class, 0), 0, noise.StreamGenerate, seed)
		z[i] = float32(noise.Normals(words)[element%4])
	}
	return z
}

// fill makes a sheet of decoded images, row by row.
func fill(t *train.Trained, rows, columns int, images []float32, err error) (*Sheet, error) {
	if err != nil {
		return nil, err
	}
	shape, err := shapeOf(t)
	if err != nil {
		return nil, err
	}
	s := newSheet(shape, rows, columns)
	s.putRows(0, images)
	return s, nil
}

// Grid draws one class over a latent of two dimensions: side × side images where z
// lies at the middles of equally probable parts of its prior, the first dimension
// from left to right and the second from bottom to top (figure 1a).
func Grid(dev engine.Device, t *train.Trained, class, side int) (*Sheet, error) {
	if err := wantClasses("a grid", t); err != nil {
		return nil, err
	}
	switch {
	case t.M2.Latents != 2:
		return nil, data.InputErrorf("draw a grid: want a latent of 2 dimensions, found %d; train with 'm2.latents = 2', as in glyphs-2d.toml", t.M2.Latents)
	case class < 0 || class >= t.Classes:
		return nil, data.InputErrorf("draw a grid: want a class from 0 to %d, found %d", t.Classes-1, class)
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
	images, err := train.DecodeM2(dev, t, z, slices.Repeat([]int32{int32(class)}, side*side))
	return fill(t, side, side, images, err)
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
func Grids(dev engine.Device, t *train.Trained, side int) (classes []*Sheet, all *Sheet, err error) {
	for class := range max(1, t.Classes) {
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
func Analogies(dev engine.Device, t *train.Trained, set *data.Set, count int) (*Sheet, error) {
	if err := wantClasses("analogies", t); err != nil {
		return nil, err
	}
	shape, chosen, err := choose("analogies", t, set, count)
	if err != nil {
		return nil, err
	}
	_, inferred, err := train.EncodeM2(dev, t, chosen)
	if err != nil {
		return nil, err
	}
	var z []float32
	var labels []int32
	for i := range count {
		z = append(z, slices.Repeat(inferred[i*t.M2.Latents:][:t.M2.Latents], t.Classes)...)
		for class := range t.Classes {
			labels = append(labels, int32(class))
		}
	}
	images, err := train.DecodeM2(dev, t, z, labels)
	if err != nil {
		return nil, err
	}
	s := newColumnSheet(shape, count, 1+t.Classes)
	originals := chosen.Inputs()
	for i := range count {
		s.put(i, 0, originals[i*t.Inputs:])
	}
	s.putRows(1, images)
	return s, nil
}

// Reconstructions draws count images, chosen as for Analogies, and below them what
// M1 makes of the mean of q(z1|x).
func Reconstructions(dev engine.Device, t *train.Trained, set *data.Set, count int) (*Sheet, error) {
	if t.M1 == nil {
		return nil, data.InputErrorf("draw reconstructions: want a model with an M1 (m1 or m1m2), found model = %q; train one of those", t.Config.Model)
	}
	shape, chosen, err := choose("reconstructions", t, set, count)
	if err != nil {
		return nil, err
	}
	z, err := train.EncodeM1(dev, t, chosen)
	if err != nil {
		return nil, err
	}
	images, err := train.DecodeM1(dev, t, z)
	if err != nil {
		return nil, err
	}
	s := newSheet(shape, 2, count)
	s.putRows(0, append(chosen.Inputs(), images...))
	return s, nil
}

// choose takes count images of a set, the first of each class, then the second ones,
// and so on, after it has held that the model can see them.
func choose(what string, t *train.Trained, set *data.Set, count int) (shape, *data.Set, error) {
	shape, err := shapeOf(t)
	switch {
	case err != nil:
		return shape, nil, err
	case set.Real():
		return shape, nil, data.InputErrorf(
			"draw %s: want images, found %s with real values; give a data set of images", what, set.Name)
	case set.D() != t.Inputs:
		return shape, nil, data.InputErrorf("draw %s: want images of %d values, as the model was trained on, found %s with %d; give the data set that it was trained on", what, t.Inputs, set.Name, set.D())
	case count < 1 || count > set.N:
		return shape, nil, data.InputErrorf("draw %s: want from 1 to %d images, as many as %s has, found %d", what, set.N, set.Name, count)
	}
	seen, round, order := make([]int, set.Classes), make([]int, set.N), make([]int, set.N)
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
