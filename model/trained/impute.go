package trained

import (
	"context"
	"math"
	"slices"

	"ssdgm/engine"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/transform"
)

// ImputeOptions say how missing values are drawn.
type ImputeOptions struct {
	// Chains is how many chains there are, each with noise of its own; 0 is 1. A chain may be slow to leave what it has
	// once made of a row: where half of an image is missing, the digit that it has taken it for.
	Chains  int
	Steps   int // of each chain
	Burn    int // of these, the first that do not count
	Samples int // states of the others that are kept of each chain, evenly spaced
	// Quantiles are the levels wanted, from 0 to 1, as in 0.05 and 0.95 for an interval that holds nine values in ten.
	Quantiles []float64
	// Draws is how many of the samples of all chains, evenly spaced, are given as they are: rows that are filled several
	// times, for multiple imputation.
	Draws int
	Seed  uint64
}

// DefaultImputeOptions keep 50 states after 10 of each of 4 chains, and give the ends of a 90 % interval.
func DefaultImputeOptions() ImputeOptions {
	return ImputeOptions{Chains: 4, Steps: 60, Burn: 10, Samples: 50, Quantiles: []float64{0.05, 0.95}}
}

// chains is how many there are, and states how many are kept of all.
func (o ImputeOptions) chains() int { return max(1, o.Chains) }
func (o ImputeOptions) states() int { return o.chains() * o.Samples }

// check holds that the options can be.
func (o ImputeOptions) check() error {
	if o.Burn < 0 || o.Samples < 1 || o.Samples > o.Steps-o.Burn {
		return format.Errorf("impute: want a chain of more steps than its burn-in, and from 1 to as many samples as it has "+
			"steps after that, found %d steps, a burn-in of %d and %d samples", o.Steps, o.Burn, o.Samples)
	}
	if o.Chains < 0 {
		return format.Errorf("impute: want 1 chain or more, found %d", o.Chains)
	}
	if o.Draws < 0 || o.Draws > o.states() {
		return format.Errorf("impute: want from 0 to as many draws as there are samples, %d, found %d", o.states(), o.Draws)
	}
	for _, q := range o.Quantiles {
		if !(q >= 0 && q <= 1) {
			return format.Errorf("impute: want quantiles from 0 to 1, found %g", q)
		}
	}
	return nil
}

// keeps tells whether a step's state is kept, and as which sample.
func (o ImputeOptions) keeps(step int) (sample int, kept bool) {
	after := step - o.Burn
	if after < 0 {
		return 0, false
	}
	rest := o.Steps - o.Burn
	sample = (after + 1) * o.Samples / rest
	return sample - 1, sample > after*o.Samples/rest
}

// Imputation is what missing values are likely to be, raw, [n, Inputs] each. A value that is there stands as it was, to
// the bit, with a deviation of 0.
type Imputation struct {
	Mean      []float32
	Deviation []float32   // standard
	Quantiles [][]float32 // one for each level that was asked for
	Draws     [][]float32 // one for each that was asked for: x as it may have been
	Missing   int         // how many values were
}

// Impute fills missing values, NaN, in rows by what the model has learnt, with their spread. From a first guess on, it
// goes back and forth between latents and missing values,
//
//	z ~ q(z|x),  x_missing ~ p(x_missing|z)
//
// while what is there stays (Rezende, Mohamed and Wierstra 2014, "Stochastic backpropagation and approximate inference in
// deep generative models", appendix F). Were q the true posterior, this would be Gibbs sampling. As it is near it only, z
// is a proposal, which the rule of Metropolis and Hastings takes or leaves, so that the states are draws of
// p(x_missing|x_present) once the first guess is forgotten (Mattei and Frellsen 2018, "Leveraging the exact likelihood of
// deep latent variable models"); without the rule, chains of a model that fits its rows too well leave all rows behind.
// The first steps, at most 2 of those that do not count, or 10 of pixels, take any proposal. The chain is
//
//   - of an M1: that.
//   - of an M2 alone: y ~ q(y|x) and z ~ q(z|x,y), which together stand for p(y,z|x), then x_missing ~ p(x|y,z).
//   - of M1+M2: that of its M1. Given z1, x hangs on neither y nor z2: whoever draws them on the way, y ~ q(y|z1) and
//     z2 ~ q(z2|z1,y), reads them nowhere. To draw z1 anew from p(z1|y,z2) would be wrong: it knows no x. Where both were
//     trained as one model, p(z1) is no standard normal and has no density that could be taken, so that the rule is left
//     out.
//
// The first guess is a column's mean where the model was trained to fill missing values with it; else what the model
// draws on average, p(x|z) at the mean of the prior. A model that was trained with missing = "mask" starts with
// q(z|x_present) and needs no guess.
//
// Mean is that of the draws' own means where a value is a linear function of what the networks see, which has the same
// expectation and less noise. Noise is a function of Seed, of the row's own raw values and of the step alone.
func (a *Applied) Impute(ctx context.Context, x []float32, o ImputeOptions) (*Imputation, error) {
	m := a.model
	if err := m.wantDensity("impute"); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	c := &imputing{Applied: a, o: o, x: x, result: newImputation(x, o), corrected: !m.Config.TrainsStack()}
	err := a.use(ctx, func(stopped func() bool) error {
		if err := c.begin(stopped); err != nil || stopped() {
			return err
		}
		most := max(1, imputeBytes/4/o.states()/m.Inputs)
		for numbers := range slices.Chunk(c.rows, most) {
			rows := c.incomplete(numbers)
			for number := range o.chains() {
				a.networks.Chains(len(rows), stopped, func(chain *infer.Chain, first, count int) {
					c.run(chain, number, rows[first:first+count], stopped)
				})
			}
			if !stopped() {
				c.conclude(rows)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.result, c.result.finite(m.Inputs)
}

// imputeBytes is how much memory the draws may take that wait for their quantiles.
const imputeBytes = 64 << 20

func newImputation(x []float32, o ImputeOptions) *Imputation {
	result := &Imputation{Mean: slices.Clone(x), Deviation: make([]float32, len(x))}
	for range o.Quantiles {
		result.Quantiles = append(result.Quantiles, slices.Clone(x))
	}
	for range o.Draws {
		result.Draws = append(result.Draws, slices.Clone(x))
	}
	return result
}

// finite refuses means that are no numbers.
func (r *Imputation) finite(width int) error {
	for i, v := range r.Mean {
		if v != v || math.IsInf(float64(v), 0) {
			return format.Errorf("impute: example %d, place %d: the chain left all numbers: the parameters are too large; "+
				"train again with a smaller rate", i/width, i%width)
		}
	}
	return nil
}

// imputing is a call of Impute.
type imputing struct {
	*Applied
	o      ImputeOptions
	x      []float32
	rows   []int // those with a missing value
	result *Imputation
	linear bool // a raw value is a linear function of what the networks see
	// corrected tells that proposals may be left, see Impute.
	corrected bool
}

// begin finds what is missing, and holds that the model takes what is there.
func (c *imputing) begin(stopped func() bool) error {
	m, d := c.model, c.model.Inputs
	if len(c.x)%d != 0 {
		return format.Errorf("impute: want rows of %d values, as the model was trained on, found %d values", d, len(c.x))
	}
	for i, v := range c.x {
		if v == v {
			continue
		}
		c.result.Missing++
		if row := i / d; len(c.rows) == 0 || c.rows[len(c.rows)-1] != row {
			c.rows = append(c.rows, row)
		}
	}
	t := m.Input
	categories := func(f transform.Feature) bool { return len(f.Categories) > 0 }
	c.linear = t.Kind != transform.Log1p && !slices.ContainsFunc(t.Features, categories)
	if c.result.Missing > 0 && t.Missing == transform.Refuse && c.guess == nil {
		guess := m.guess(c.dev, stopped)
		if stopped() {
			return nil
		}
		c.guess = guess
	}
	return m.Check("impute", c.guessed(slices.Clone(c.x)))
}

// guessed puts the first guess in the place of missing values. Where the model fills or masks them, they stay.
func (c *imputing) guessed(x []float32) []float32 {
	if c.guess != nil {
		for i, v := range x {
			if v != v {
				x[i] = c.guess[i%len(c.guess)]
			}
		}
	}
	return x
}

// guess is the mean of p(x|z) at the mean of the prior, raw, of M2 that of all its classes.
func (m *Model) guess(dev engine.Device, stopped func() bool) []float32 {
	s := m.stack()
	if m.M1 != nil {
		z := make([]float32, m.M1.Latents)
		return m.raw(infer.DecodeM1(dev, m.M1, m.M1Values, z, infer.MeanOf(m.M1.Output, m.M1.Inputs), stopped))
	}
	z := make([]float32, m.K*m.M2.Latents)
	each := s.Decode(dev, z, infer.Sequence(m.K), stopped)
	sum := make([]float32, m.M2.Inputs)
	for i, v := range each {
		sum[i%len(sum)] += v / float32(m.K)
	}
	return m.raw(sum)
}
