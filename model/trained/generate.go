package trained

import (
	"context"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
)

// Drawing says which examples of a class are drawn. An example is a function of the seed, its class, its number and
// Sample alone: it does not matter in how many pieces a million are drawn.
type Drawing struct {
	Class int // 0 of an M1 without an M2, which draws no given class
	First int // number of the first example, from 0
	N     int // how many
	Seed  uint64
	// Sample draws x from p(x|y,z), of M1+M2 by way of z1 from p(z1|y,z2), where the latents that M2 does not model come
	// from their prior. Without it x is the mean of p(x|y,z), see Decode.
	Sample bool
}

// numbersMax is the most that the number of an example may be: a word of its noise's address, see package noise.
const numbersMax = math.MaxUint32

// Generate draws n examples of a class: the means of p(x|y,z), [n, d], for z from the prior N(0, I). An M1 without an
// M2 draws no given class: there class is 0, and the means are those of p(x|z). An example is a function of the seed,
// its class and its number alone.
func (m *Model) Generate(ctx context.Context, class, n int, seed uint64) (*tensor.Dense, error) {
	drawn, err := m.draw(ctx, Drawing{Class: class, N: n, Seed: seed})
	if err != nil {
		return nil, err
	}
	return dense(drawn, n, m.Inputs), nil
}

// Generate draws examples, [N, d], raw. See Drawing.
func (a *Applied) Generate(ctx context.Context, d Drawing) ([]float32, error) {
	if a.dev == nil {
		return nil, errClosed
	}
	return a.model.draw(ctx, d)
}

// Draws holds that the model draws examples of a class; of class 0 also where it is an M1 without an M2.
func (m *Model) Draws(class int) error {
	if m.M2 != nil || m.M1 == nil {
		if err := m.wantM2("generate"); err != nil {
			return err
		}
		return m.wantClass("generate", class)
	}
	if class != 0 {
		return format.Errorf("generate: want class 0 of an M1 without an M2, which draws no given class, found %d", class)
	}
	return nil
}

func (m *Model) draw(ctx context.Context, d Drawing) ([]float32, error) {
	if d.N < 1 {
		return nil, format.Errorf("generate: want at least 1 example, found %d", d.N)
	}
	if d.First < 0 || d.First > numbersMax-d.N {
		return nil, format.Errorf("generate: want examples from 0 to %d, found %d from %d on", numbersMax, d.N, d.First)
	}
	if err := m.Draws(d.Class); err != nil {
		return nil, err
	}
	var drawn []float32
	err := m.use(ctx, func(dev engine.Device, stopped func() bool) error {
		drawn = m.raw(m.decoded(dev, d, stopped))
		return nil
	})
	return drawn, err
}

// decoded is what the networks make of latents of the prior.
func (m *Model) decoded(dev engine.Device, d Drawing, stopped func() bool) []float32 {
	if m.M2 == nil {
		z := d.normals(noise.StreamGenerate, m.M1.Latents)
		return infer.DecodeM1(dev, m.M1, m.M1Values, z, m.head(d, m.M1.Output), stopped)
	}
	s, labels := m.stack(), slices.Repeat([]int32{int32(d.Class)}, d.N)
	z := d.normals(noise.StreamGenerate, m.M2.Latents)
	if !d.Sample {
		return s.Decode(dev, z, labels, stopped)
	}
	if m.M1 == nil {
		return s.DecodeM2(dev, z, labels, m.head(d, m.M2.Output), stopped)
	}
	z1 := d.normals(noise.StreamGenerateZ1, m.M1.Latents)
	kept := s.DecodeM2(dev, z, labels, m.latentHead(z1), stopped)
	s.Widen(z1, kept)
	return infer.DecodeM1(dev, m.M1, m.M1Values, z1, m.head(d, m.M1.Output), stopped)
}

// normals draws rows of N(0, I).
func (d Drawing) normals(stream uint32, width int) []float32 {
	z := make([]float32, d.N*width)
	for i := range d.N {
		for j := 0; j < width; j += 4 {
			words := noise.Philox(uint32(d.First+i), noise.Address(j, d.Class, 0), 0, stream, d.Seed)
			for k, v := range noise.Normals(words) {
				if at := j + k; at < width {
					z[i*width+at] = float32(v)
				}
			}
		}
	}
	return z
}

// latentHead draws the kept latents of M1 from M2's p(z1|y,z2), with the noise that stands in their places in z1.
func (m *Model) latentHead(z1 []float32) infer.Head {
	width := len(m.Kept)
	return func(first int, dst, out []float32) {
		for i := range dst {
			row, k := i/width, i%width
			mean, logvar := out[2*row*width+k], out[(2*row+1)*width+k]
			dst[i] = mean + float32(math.Exp(float64(logvar)/2))*z1[(first+row)*m.M1.Latents+m.Kept[k]]
		}
	}
}

// head gives the mean of p(x|z), or draws x from it.
func (m *Model) head(d Drawing, output model.Output) infer.Head {
	width := m.Input.Out()
	if !d.Sample {
		return infer.MeanOf(output, width)
	}
	stats := statsWidth(output, width)
	return func(first int, dst, out []float32) {
		for i := range len(dst) / width {
			m.drawX(output, dst[i*width:][:width], out[i*stats:][:stats], d.words(first+i))
		}
	}
}

// words are the noise of an example's values.
func (d Drawing) words(example int) noiseOf {
	return func(element int) [4]uint32 {
		// A large image has more values than noise.Address has room for.
		return noise.Philox(uint32(d.First+example), noise.Address(0, d.Class, 0), uint32(element/4), noise.StreamGenerateX, d.Seed)
	}
}
