package kernels

import (
	"fmt"

	"ssdgm/engine"
)

// Begin is the beginning of a training step: BeginStep once or twice, Minibatch once or twice, which fill
// the gather's index one after the other, GatherLabels of the first examples or not, and a gather.
type Begin struct {
	Gather engine.Step // GatherPixels, GatherFetched or GatherGaussian
	Steps  [2]engine.BeginStep
	Draws  [2]engine.Minibatch
	Labels engine.GatherLabels
}

// Args implements engine.Step.
func (s Begin) Args(v engine.Visitor) {
	s.Gather.Args(v)
	for _, step := range s.Steps {
		if !step.Clock.IsNil() {
			step.Args(v)
		}
	}
	for _, draw := range s.Draws {
		if !draw.Index.IsNil() {
			draw.Args(v)
		}
	}
	if !s.Labels.Dst.IsNil() {
		s.Labels.Args(v)
	}
}

// Cost implements engine.Step.
func (Begin) Cost(int) engine.Cost { return engine.Cost{} }

// Schedule is what engine.BeginStep computes, with its arrays resolved.
type Schedule struct {
	Clock                             Ints
	Scalars, BaseRate                 Doubles
	Correction1, Correction2, Epsilon float64
	WarmupSteps                       int
	Decay                             engine.Decay
	TotalSteps                        int
	FinalFraction                     float64
	StepEvery                         int
	StepFactor                        float64
	KLWarmupSteps                     int
	Ema                               float64
}

// Draw is what engine.Minibatch draws from, with its arrays resolved.
type Draw struct {
	Pool, Sizes     Ints
	Batch, Examples int
	Noise           Noise
}

// Beginning is what Begin does before the gather, with its arrays resolved.
type Beginning struct {
	First, Second          Schedule
	One, Two               Draw
	Index, LabelOf, Labels Ints
	Labelled               int
}

// Pixels is what engine.GatherPixels and GatherFetched gather, with its arrays resolved.
type Pixels struct {
	Images, Fetched Bytes
	FetchedIndex    Ints
	Width           int
	Binarise        engine.Binarise
	Noise           Noise
}

// Gaussians is what engine.GatherGaussian gathers, with its arrays resolved.
type Gaussians struct {
	Stats  Floats
	Width  int
	Sample bool
	Noise  Noise
}

func (b *Builder) schedule(s engine.BeginStep) Schedule {
	o := &s.Options
	correction1, correction2 := o.Corrections()
	return Schedule{
		Clock: b.Ints(s.Clock), Scalars: b.Doubles(s.Scalars), BaseRate: b.Doubles(s.BaseRate),
		Correction1: correction1, Correction2: correction2, Epsilon: o.Epsilon, WarmupSteps: o.WarmupSteps,
		Decay: o.Decay, TotalSteps: o.TotalSteps, FinalFraction: o.FinalFraction,
		StepEvery: o.StepEvery, StepFactor: o.StepFactor, KLWarmupSteps: o.KLWarmupSteps, Ema: o.EMA,
	}
}

func (b *Builder) draw(s engine.Minibatch) Draw {
	if s.Pool.Len < 1 || s.Pool.Len > maxPool {
		panic(fmt.Sprintf("kernels: minibatch: a pool of %d examples, want 1 to %d", s.Pool.Len, maxPool))
	}
	return Draw{
		Pool: b.Ints(s.Pool), Sizes: b.Ints(s.Sizes), Batch: s.Index.Len, Examples: s.Pool.Len, Noise: b.noise(s.Noise),
	}
}

func (b *Builder) pixels(s GatherFetched) Pixels {
	return Pixels{
		Images: b.Bytes(s.Images), Fetched: b.bytesIn(s.Rows), FetchedIndex: b.Ints(s.Fetched),
		Width: s.Width, Binarise: s.Binarise, Noise: b.noise(s.Noise),
	}
}

func (b *Builder) gaussians(s engine.GatherGaussian) Gaussians {
	return Gaussians{Stats: b.Floats(s.Stats), Width: s.Width, Sample: s.Sample, Noise: b.noise(s.Noise)}
}

// begin launches Begin: a block more than its gather has.
func (b *Builder) begin(s Begin) Launch {
	beginning := Beginning{
		First: b.schedule(s.Steps[0]), Second: b.schedule(s.Steps[1]),
		One: b.draw(s.Draws[0]), Index: b.Ints(s.Draws[0].Index),
		LabelOf: b.Ints(s.Labels.Dst), Labels: b.Ints(s.Labels.Labels), Labelled: s.Labels.Index.Len,
	}
	if !s.Draws[1].Index.IsNil() {
		beginning.Two = b.draw(s.Draws[1])
	}
	counter := b.Scratch(scratch(0))
	rows := func(batch, width int) (grid, block size) {
		grid, block = teams(batch, fours(width), rowTeam, b.Replicas)
		grid.x++
		return grid, block
	}
	switch g := s.Gather.(type) {
	case engine.GatherPixels:
		s.Gather = GatherFetched{GatherPixels: g}
		return b.begin(s)
	case GatherFetched:
		grid, block := rows(g.Index.Len, g.Width)
		return launch(grid, block, beginPixelsArguments{b.Floats(g.Dst), beginning, b.pixels(g), counter}).using(counter)
	case engine.GatherGaussian:
		grid, block := rows(g.Index.Len, g.Width)
		args := beginGaussianArguments{b.Floats(g.Dst), beginning, b.gaussians(g), counter}
		return launch(grid, block, args).using(counter)
	default:
		panic("kernels: begin: no gather " + engine.Name(g))
	}
}
