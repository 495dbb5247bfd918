package trained

import (
	"context"

	"ssdgm/engine/noise"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
)

// EncodeOptions say what EncodeAll gives beside the means of the latents.
type EncodeOptions struct {
	// Style asks for M2's latents where there is an M1 too, of which the means are given otherwise. An M2 alone has none
	// but its own.
	Style  bool
	Logvar bool // also the logarithms of the variances
	// Samples asks for so many draws of the latents. They are a function of the model's seed and of the row's own raw
	// values alone, and the first of them those that a bound of Bounds takes.
	Samples int
}

// Codes are the latents of rows, as their posterior q has them: of M1, also of M1+M2, q(z1|x); of M2 q(z|x,y) with the
// most probable label, y = argmax q(y|x), and x of M1+M2 the mean of the latents z1 that M2 works on.
type Codes struct {
	Latents int
	Mean    []float32 // [n, Latents]
	Logvar  []float32 // [n, Latents]; nil unless it was asked for
	Samples []float32 // [n, samples, Latents]; nil unless some were asked for
	Classes []int     // [n], the labels y; nil of M1's latents
}

// samplesMax is the most draws of a row's latents.
const samplesMax = 1 << 20

// EncodeAll gives what the model knows of the latents of rows, see Codes.
func (a *Applied) EncodeAll(ctx context.Context, x []float32, o EncodeOptions) (*Codes, error) {
	m := a.model
	if err := m.wantLatents(); err != nil {
		return nil, err
	}
	if o.Style {
		if err := m.wantM2("encode styles"); err != nil {
			return nil, err
		}
	}
	if o.Samples < 0 || o.Samples > samplesMax {
		return nil, format.Errorf("encode: want from 0 to %d samples, found %d", samplesMax, o.Samples)
	}
	n, err := a.rows("encode", x)
	if err != nil {
		return nil, err
	}
	c := &Codes{}
	err = a.use(ctx, func(stopped func() bool) error {
		if m.M1 != nil && !o.Style {
			c.Latents = m.M1.Latents
			c.fill(a.networks.Stats(a.seenOf(x), n, stopped), o)
			a.sample(c, x, o, noise.StreamContentZ1)
			return nil
		}
		stats, labels := a.networks.Styles(a.seenOf(x), n, stopped)
		c.Latents, c.Classes = m.M2.Latents, wide(labels)
		c.fill(stats, o)
		a.sample(c, x, o, noise.StreamContentZ2)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// fill takes what was asked for out of rows [mean | logvar].
func (c *Codes) fill(stats []float32, o EncodeOptions) {
	c.Mean = make([]float32, len(stats)/2)
	infer.FirstHalves(c.Mean, stats, c.Latents)
	if o.Logvar || o.Samples > 0 {
		c.Logvar = make([]float32, len(c.Mean))
		infer.FirstHalves(c.Logvar, stats[min(c.Latents, len(stats)):], c.Latents)
	}
}

// sample draws the samples that were asked for.
func (a *Applied) sample(c *Codes, x []float32, o EncodeOptions, stream uint32) {
	if o.Samples == 0 {
		return
	}
	width := c.Latents
	c.Samples = make([]float32, len(c.Mean)*o.Samples)
	keys, seed := a.keys(x), a.model.Config.Seed
	infer.Parallel(len(keys), o.Samples*width, func(first, end int) {
		stats := make([]float32, 2*width)
		for i := first; i < end; i++ {
			copy(stats, c.Mean[i*width:][:width])
			copy(stats[width:], c.Logvar[i*width:][:width])
			label := 0
			if c.Classes != nil {
				label = c.Classes[i]
			}
			for s := range o.Samples {
				keys[i].At(s).Sample(c.Samples[(i*o.Samples+s)*width:][:width], stats, label, stream, seed)
			}
		}
	})
	if !o.Logvar {
		c.Logvar = nil
	}
}
