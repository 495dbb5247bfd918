package trained

import (
	"math"
	"slices"

	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/transform"
)

// warmSteps and warmPixelSteps are how many steps take any proposal: from a first guess that is like no row, few would be
// taken. Pixels stay between 0 and 1; real values may run away, and are given less time for that.
const warmSteps, warmPixelSteps = 2, 10

// warm is how many of the steps that do not count take any proposal.
func (c *imputing) warm() int {
	if c.model.output() == model.Bernoulli {
		return min(c.o.Burn, warmPixelSteps)
	}
	return min(c.o.Burn, warmSteps)
}

// run runs a chain, by its number, of some rows.
func (c *imputing) run(chain *infer.Chain, number int, rows []*incomplete, stopped func() bool) {
	p := c.piece(number, rows)
	keys, own := make([]infer.Key, len(rows)), make([]infer.Key, len(rows))
	warm := c.warm()
	for i, row := range p.rows {
		keys[i] = infer.KeyOf(row.x)
	}
	for step := range c.o.Steps {
		if stopped() {
			return
		}
		for i, key := range keys {
			own[i] = key.At(number*c.o.Steps + step)
		}
		c.model.Input.Apply(p.seen, p.state)
		p.step(step, chain.Step(p.seen, own, c.o.Seed, c.corrected && step >= warm), own)
	}
}

// conclude writes what the chains of rows come to.
func (c *imputing) conclude(rows []*incomplete) {
	infer.Parallel(len(rows), c.model.Inputs*c.o.states(), func(first, end int) {
		for _, row := range rows[first:end] {
			row.conclude(c.o, c.result)
		}
	})
}

// piece is rows of which a chain each runs side by side.
type piece struct {
	*imputing
	number int // of the chain
	rows   []*incomplete
	state  []float32 // [rows, Inputs], raw, where what is missing is the last draw
	seen   []float32 // the same as the networks see it
}

// incomplete is a row with missing values.
type incomplete struct {
	x       []float32
	at      int         // of its first value among those of all rows
	missing []int       // places
	draws   [][]float32 // of each that is missing, [chains, samples]
	sums    []float64   // of each that is missing, of the means
}

// incomplete makes the rows of some numbers ready.
func (c *imputing) incomplete(numbers []int) (rows []*incomplete) {
	d := c.model.Inputs
	for _, number := range numbers {
		row := &incomplete{x: c.x[number*d:][:d], at: number * d}
		for j, v := range row.x {
			if v != v {
				row.missing = append(row.missing, j)
				row.draws = append(row.draws, make([]float32, c.o.states()))
			}
		}
		row.sums = make([]float64, len(row.missing))
		rows = append(rows, row)
	}
	return rows
}

// piece begins a chain of some rows.
func (c *imputing) piece(number int, rows []*incomplete) *piece {
	p := &piece{imputing: c, number: number, rows: rows, state: make([]float32, 0, len(rows)*c.model.Inputs)}
	for _, row := range rows {
		p.state = append(p.state, row.x...)
	}
	c.guessed(p.state)
	p.seen = make([]float32, len(rows)*c.model.Input.Out())
	return p
}

// step draws the missing values of each row from p(x|z), of which out is what its head gives.
func (p *piece) step(step int, out []float32, keys []infer.Key) {
	m := p.model
	output, width := m.output(), m.Input.Out()
	stats := statsWidth(output, width)
	sample, kept := p.o.keeps(step)
	infer.Parallel(len(keys), width, func(first, end int) {
		seen, mean := make([]float32, width), make([]float32, m.Inputs)
		drawn := make([]float32, m.Inputs)
		for i := first; i < end; i++ {
			head, row := out[i*stats:][:stats], p.rows[i]
			m.drawX(output, seen, head, func(element int) [4]uint32 {
				return keys[i].Words(element, 0, noise.StreamContentX, p.o.Seed)
			})
			m.Input.Invert(drawn, seen)
			if m.Input.Kind == transform.Log1p {
				notBelowZero(drawn)
			}
			for _, j := range row.missing {
				p.state[i*m.Inputs+j] = drawn[j]
			}
			if !kept {
				continue
			}
			means := drawn
			if p.linear {
				infer.MeanOf(output, width)(0, seen, head)
				m.Input.Invert(mean, seen)
				means = mean
			}
			row.keep(p.number*p.o.Samples+sample, drawn, means)
		}
	})
}

// notBelowZero holds draws to what values were that log1p was fitted on.
func notBelowZero(x []float32) {
	for j, v := range x {
		x[j] = max(0, v)
	}
}

// keep keeps a draw, by its number, and counts in its mean.
func (r *incomplete) keep(sample int, drawn, mean []float32) {
	for k, j := range r.missing {
		r.draws[k][sample] = drawn[j]
		r.sums[k] += float64(mean[j])
	}
}

// conclude writes what the draws come to.
func (r *incomplete) conclude(o ImputeOptions, result *Imputation) {
	for k, j := range r.missing {
		draws, mean, squares := r.draws[k], r.sums[k]/float64(o.states()), 0.0
		for _, v := range draws {
			squares += (float64(v) - mean) * (float64(v) - mean)
		}
		result.Mean[r.at+j] = float32(mean)
		result.Deviation[r.at+j] = float32(math.Sqrt(squares / float64(o.states())))
		for i, filled := range result.Draws {
			filled[r.at+j] = draws[(i+1)*o.states()/o.Draws-1]
		}
		slices.Sort(draws)
		for q, level := range o.Quantiles {
			result.Quantiles[q][r.at+j] = quantile(draws, level)
		}
	}
}

// quantile is that of sorted values, between two of them in proportion.
func quantile(sorted []float32, level float64) float32 {
	place := level * float64(len(sorted)-1)
	low := int(place)
	high := min(low+1, len(sorted)-1)
	a, b := float64(sorted[low]), float64(sorted[high])
	return float32(a + float64((b-a)*(place-float64(low))))
}

// output is the distribution of what the networks see of an example, given the latents.
func (m *Model) output() model.Output {
	if m.M1 != nil {
		return m.M1.Output
	}
	return m.M2.Output
}
