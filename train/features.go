package train

import (
	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
)

// eachEncoded calls f for minibatches of the examples with M1's stats of them, rows
// [mean | logvar], which f must not keep, until asked to stop, which may be nil.
func eachEncoded(
	dev engine.Device, m *trained.Model, in infer.Input, examples []int32, asked func() bool,
	f func(first int, stats []float32),
) {
	mark := dev.Mark()
	defer dev.Release(mark)
	e := infer.NewEncoder(dev, m.M1, m.M1Values, in, m.Config.Eval.BatchSize)
	e.Stopped = asked
	e.Each(examples, f)
}

// features gives the input of a baseline: the pixels themselves, or M1's features of them, of the
// latents that are kept.
func features(dev engine.Device, m *trained.Model, in infer.Input, n int) infer.Input {
	if !m.Config.HasM1() {
		return in
	}
	table := dev.NewSharedFloats(n * 2 * len(m.Kept))
	eachFeatures(dev, m, in, n, nil, func(at int, rows []float32) {
		dev.WriteFloats(table.Slice(at, len(rows)), 0, rows)
	})
	return infer.Input{Stats: table, Width: len(m.Kept)}
}

// eachFeatures calls f with pieces of the table of M1's features, rows [mean | logvar] of the
// latents that are kept, and where in it each belongs: there is never a whole copy. f must not
// keep the rows.
func eachFeatures(
	dev engine.Device, m *trained.Model, in infer.Input, n int, asked func() bool, f func(at int, rows []float32),
) {
	row := 2 * len(m.Kept)
	picked := make([]float32, 0, m.Config.Eval.BatchSize*row)
	eachEncoded(dev, m, in, infer.Sequence(n), asked, func(first int, stats []float32) {
		picked = pick(picked[:0], stats, m.M1.Latents, m.Kept)
		f(first*row, picked)
	})
}

// pick appends the columns of rows [mean | logvar] that M2 works on.
func pick(dst, stats []float32, latents int, kept []int) []float32 {
	for half := range len(stats) / latents {
		for _, j := range kept {
			dst = append(dst, stats[half*latents+j])
		}
	}
	return dst
}
