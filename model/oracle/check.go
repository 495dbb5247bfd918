//go:build !cuda

package oracle

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// checker compares a specification with the parameters and the minibatch that
// came with it and keeps the first difference. What passes it can be built
// into a graph.
type checker struct {
	params Params
	wanted map[string]bool
	err    error
}

func newChecker(params Params) *checker {
	return &checker{params: params, wanted: map[string]bool{}}
}

func (c *checker) failf(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("oracle: "+format, args...)
	}
}

func oneOf[T ~string](c *checker, what string, found T, wanted ...T) {
	if !slices.Contains(wanted, found) {
		c.failf("%s: want one of %q, found %q", what, wanted, found)
	}
}

func (c *checker) activation(a Activation) { oneOf(c, "activation", a, activationNames()...) }

func (c *checker) positive(what string, value float64) {
	if !(value > 0) || math.IsInf(value, 1) {
		c.failf("%s: want a finite number above 0, found %g", what, value)
	}
}

func (c *checker) matrix(what string, m Matrix, rows, cols int) {
	if m.Rows != rows || m.Cols != cols || len(m.Data) != rows*cols {
		c.failf("%s: want %d×%d, found %d×%d with %d values", what, rows, cols, m.Rows, m.Cols, len(m.Data))
	}
}

// minibatch is matrix for examples, of which there may be none.
func (c *checker) minibatch(what string, m Matrix, cols int) {
	if m.Rows != 0 || len(m.Data) != 0 {
		c.matrix(what, m, m.Rows, cols)
	}
}

func (c *checker) labels(what string, labels []int, rows, k int) {
	if len(labels) != rows {
		c.failf("%s: want a label for each of %d examples, found %d", what, rows, len(labels))
	}
	for i, label := range labels {
		if label < 0 || label >= k {
			c.failf("%s: want labels from 0 to %d, found %d at %d", what, k-1, label, i)
		}
	}
}

func (c *checker) param(name string, rows, cols int) {
	c.wanted[name] = true
	m := c.params[name]
	if m == nil {
		c.failf("%s: want %d×%d, found no such parameter", name, rows, cols)
		return
	}
	c.matrix(name, *m, rows, cols)
}

// dense checks one layer and returns its width.
func (c *checker) dense(name string, in, out int) int {
	if out < 1 {
		c.failf("%s: want at least one unit, found %d", name, out)
	}
	c.param(name+".weight", out, in)
	c.param(name+".bias", 1, out)
	return out
}

// stack checks the hidden layers of one network and returns the width of the last.
func (c *checker) stack(prefix string, in int, widths []int) int {
	for i, width := range widths {
		in = c.dense(prefix+"."+strconv.Itoa(i), in, width)
	}
	return in
}

// stackWithLabel is stack for a network whose first layer also sees a label.
func (c *checker) stackWithLabel(prefix string, in int, widths []int, k int) int {
	last := c.stack(prefix, in, widths)
	c.param(prefix+".0.label.weight", widths[0], k)
	return last
}

// mirrored is an encoder's widths in the order of its decoder.
func mirrored(widths []int) []int {
	m := slices.Clone(widths)
	slices.Reverse(m)
	return m
}

func (c *checker) gaussian(prefix string, in, out int) {
	c.dense(prefix+".mean", in, out)
	c.dense(prefix+".logvar", in, out)
}

func (c *checker) output(prefix string, in, out int, kind string) {
	oneOf(c, "output", kind, Bernoulli, Gaussian)
	if kind == Gaussian {
		c.gaussian(prefix, in, out)
		return
	}
	c.dense(prefix+".out", in, out)
}

// result is the first difference found. A parameter that the objective does
// not have is one: its gradient would be missing from the comparison.
func (c *checker) result() error {
	for _, name := range c.params.names() {
		if !c.wanted[name] {
			c.failf("%s: found, but this model has no such parameter", name)
		}
	}
	return c.err
}

func (s M1Spec) check(params Params, batch M1Batch) error {
	c := newChecker(params)
	c.activation(s.Activation)
	c.positive("samples", float64(s.Samples))
	c.positive("total examples", s.NTotal)
	c.positive("examples in the minibatch", float64(batch.X.Rows))
	c.matrix("x", batch.X, batch.X.Rows, s.Inputs)
	c.matrix("eps", batch.Eps, batch.X.Rows*s.Samples, s.Latents)
	c.m1(s)
	return c.result()
}

// m1 checks the parameters of an M1.
func (c *checker) m1(s M1Spec) {
	c.gaussian("m1.encoder", c.stack("m1.encoder", s.Inputs, s.Hidden), s.Latents)
	c.output("m1.decoder", c.stack("m1.decoder", s.Latents, mirrored(s.Hidden)), s.Inputs, s.Output)
}

func (s M2Spec) check(params Params, batch M2Batch) error {
	c := newChecker(params)
	s.checkModel(c, batch, s.Inputs)
	return c.result()
}

// checkModel checks an M2 and its minibatch, whose examples are so wide.
func (s M2Spec) checkModel(c *checker, batch M2Batch, width int) {
	c.activation(s.Activation)
	c.positive("hidden layers", float64(len(s.Hidden)))
	c.positive("samples", float64(s.Samples))
	c.positive("total examples", s.NTotal)
	if s.NLabelled < 0 || s.NLabelled > s.NTotal {
		c.failf("labelled examples: want 0 to %g, found %g", s.NTotal, s.NLabelled)
	}
	s.checkBatch(c, batch, width)
	s.checkClassPrior(c)
	if c.err != nil {
		return // there may be no first layer to look at
	}
	c.gaussian("m2.encoder", c.stackWithLabel("m2.encoder", s.Inputs, s.Hidden, s.Labels), s.Latents)
	last := c.stackWithLabel("m2.decoder", s.Latents, mirrored(s.Hidden), s.Labels)
	c.output("m2.decoder", last, s.Inputs, s.Output)
	c.dense("m2.classifier.out", c.stack("m2.classifier", s.Inputs, s.ClassifierHidden), s.Labels)
}

func (s M2Spec) checkBatch(c *checker, batch M2Batch, width int) {
	if s.Labels < 2 {
		c.failf("labels: want at least 2, found %d", s.Labels)
	}
	c.positive("examples in the minibatch", float64(batch.XL.Rows+batch.XU.Rows))
	c.minibatch("labelled x", batch.XL, width)
	c.minibatch("unlabelled x", batch.XU, width)
	c.labels("labels", batch.YL, batch.XL.Rows, s.Labels)
	c.matrix("eps", batch.Eps, (batch.XL.Rows+batch.XU.Rows*s.Labels)*s.Samples, s.Latents)
}

func (s M2Spec) checkClassPrior(c *checker) {
	oneOf(c, "class prior", s.ClassPrior, Uniform, Given, Learned)
	switch s.ClassPrior {
	case Learned:
		c.param("m2.class_prior.logits", 1, s.Labels)
	case Given:
		if len(s.ClassProbabilities) != s.Labels {
			c.failf("class probabilities: want %d, found %d", s.Labels, len(s.ClassProbabilities))
		}
		sum := 0.0
		for _, p := range s.ClassProbabilities {
			c.positive("class probability", p)
			sum += p
		}
		// Probabilities may have been through float32.
		if math.Abs(sum-1) > 1e-6 {
			c.failf("class probabilities: want a sum of 1, found %g", sum)
		}
	}
}

func (s SupervisedSpec) check(params Params, x Matrix, labels []int) error {
	c := newChecker(params)
	c.activation(s.Activation)
	if s.Labels < 2 {
		c.failf("labels: want at least 2, found %d", s.Labels)
	}
	c.positive("total examples", s.NTotal)
	c.positive("examples in the minibatch", float64(x.Rows))
	c.matrix("x", x, x.Rows, s.Inputs)
	c.labels("labels", labels, x.Rows, s.Labels)
	c.dense("classifier.out", c.stack("classifier", s.Inputs, s.Hidden), s.Labels)
	return c.result()
}
