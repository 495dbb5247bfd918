package enginetest

import (
	"fmt"
	"math"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
	"ssdgm/engine/noise"
)

var notFinite = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}

// latch is a device with three replicas, a clock and a fault latch.
type latch struct {
	dev          engine.Device
	fault, clock engine.Ints
	norm         engine.Doubles
}

func newLatch(open Opener) *latch {
	dev := open(3)
	return &latch{dev: dev, fault: dev.NewInts(engine.FaultLen), clock: dev.NewSharedInts(1), norm: dev.NewDoubles(1)}
}

// look has a step look at values: GradientNorm for gradients, otherwise CheckFinite.
func (l *latch) look(values engine.Floats, site, step int32) {
	l.dev.WriteInts(l.clock, 0, []int32{step})
	if site == engine.SiteGradient {
		engine.Do(l.dev, engine.GradientNorm{Norm: l.norm, Fault: l.fault, Grads: values, Clock: l.clock})
		return
	}
	engine.Do(l.dev, engine.CheckFinite{Fault: l.fault, Values: values, Clock: l.clock, Site: site})
}

// want compares the latch of every replica; a nil fault is none.
func (l *latch) want(t testing.TB, label string, faults ...[]int32) {
	t.Helper()
	for r, want := range faults {
		if want == nil {
			want = make([]int32, engine.FaultLen)
		}
		if got := readInts(l.dev, l.fault, r); [engine.FaultLen]int32(got) != [engine.FaultLen]int32(want) {
			t.Errorf("%s: the latch of replica %d is %v, want %v (step, site, element)", label, r, got, want)
		}
	}
}

func (l *latch) clear() {
	for r := range 3 {
		l.dev.WriteInts(l.fault, r, make([]int32, engine.FaultLen))
	}
}

// checkFaultLatchSees puts NaN and the infinities at the first, the last and
// the places around a vector's end, in one replica of three.
func checkFaultLatchSees(t testing.TB, open Opener) {
	l := newLatch(open)
	defer closeDevice(t, l.dev)
	for _, n := range []int{1, 15, 31, 257, 1025, 70_001} {
		values, host := l.dev.NewFloats(n), make([]float32, n)
		for _, at := range []int{0, n / 2, n - n%16, n - n%8 - 1, n - 1} {
			if at < 0 || at >= n {
				continue
			}
			for _, bad := range notFinite {
				for _, site := range []int32{engine.SiteRows, engine.SiteGradient} {
					host[at] = bad
					l.dev.WriteFloats(values, 1, host)
					l.look(values, site, 12)
					l.want(t, fmt.Sprintf("%v at %d of %d", bad, at, n), nil, []int32{12, site, int32(at)}, nil)
					l.clear()
				}
			}
			host[at] = 0
			l.dev.WriteFloats(values, 1, host)
		}
	}
}

// checkFirstFaultIsKept: of several bad elements the latch names the first, and
// later faults do not change it.
func checkFirstFaultIsKept(t testing.TB, open Opener) {
	const n = 1025
	l := newLatch(open)
	defer closeDevice(t, l.dev)
	values, host := l.dev.NewFloats(n), make([]float32, n)
	host[700], host[64], host[1024] = notFinite[0], notFinite[1], notFinite[2]
	for _, site := range []int32{engine.SiteRows, engine.SiteGradient} {
		l.clear()
		l.dev.WriteFloats(values, 0, host)
		l.look(values, site, 3)
		first := []int32{3, site, 64}
		l.want(t, "three faults", first, nil, nil)

		l.dev.WriteFloats(values, 2, host)
		l.look(values, engine.SiteRows, 4)
		l.look(values, engine.SiteGradient, 5)
		l.want(t, "later faults", first, nil, []int32{4, engine.SiteRows, 64})
		l.dev.WriteFloats(values, 0, make([]float32, n))
		l.dev.WriteFloats(values, 2, make([]float32, n))
		l.look(values, site, 6)
		l.want(t, "all well again", first, nil, []int32{4, engine.SiteRows, 64})
	}
}

// checkNormDoesNotOverflow: finite gradients have a finite norm, though their
// squares are not all floats, and are no fault.
func checkNormDoesNotOverflow(t testing.TB, open Opener) {
	const n = 257
	l := newLatch(open)
	defer closeDevice(t, l.dev)
	grads := l.dev.NewFloats(n)
	sizes := []float32{1e25, 1e-25, 3e38}
	for r, size := range sizes {
		host := make([]float32, n)
		for i := range host {
			host[i] = size
		}
		l.dev.WriteFloats(grads, r, host)
	}
	l.look(grads, engine.SiteGradient, 1)
	l.want(t, "large and small gradients", nil, nil, nil)
	for r, size := range sizes {
		want := float64(size) * math.Sqrt(n)
		if got := readDoubles(l.dev, l.norm, r)[0]; !(math.Abs(got/want-1) <= 1e-6) {
			t.Errorf("the norm of %d gradients of %g is %g, want %g", n, size, got, want)
		}
	}
}

// checkLatchedReplicaStaysPut: a replica with a fault keeps its parameters,
// states and average to the bit, and the others do what they would have done.
func checkLatchedReplicaStaysPut(t testing.TB, open Opener) {
	for _, rule := range cases.Rules {
		o := rule.Options
		o.ClipNorm, o.WeightPrior, o.EMA = 1.5, 1e-2, 0.99
		c := cases.Update(rule.Name, 1025, o)
		dev := open(3)
		r := cases.New(dev, cases.Seeds(3), cases.Layout{})
		step := c.Set(r)
		engine.Do(dev, step)
		free := outputs(t, r, c.Name)
		r.Latch(1, 4)
		engine.Do(dev, step)
		latched := outputs(t, r, c.Name)
		for _, i := range []int{0, 2} {
			sameBits(t, c.Name+": beside a latched replica", replica(latched, i), replica(free, i))
		}
		if err := r.UntouchedFloats(1); err != nil {
			t.Errorf("%s: latched: %v", c.Name, err)
		}
		closeDevice(t, dev)
	}
}

// checkNaNReachesTheBound: no step turns NaN into a number, which would hide a
// fault from the latch, and none spreads it to another row.
func checkNaNReachesTheBound(t testing.TB, open Opener) {
	const rows, width, bad = 5, 37, 2
	dev := open(1)
	defer closeDevice(t, dev)
	pairs := engine.Pairs{Labelled: rows, Labels: 1, Samples: 1}
	for at := range width {
		poison := func(n int) engine.Floats {
			a, host := dev.NewFloats(n), make([]float32, n)
			host[bad*(n/rows)+at] = float32(math.NaN())
			dev.WriteFloats(a, 0, host)
			return a
		}
		check := func(name string, y engine.Floats) {
			t.Helper()
			checkRowIsNaN(t, fmt.Sprintf("%s, NaN in element %d", name, at), readFloats(dev, y, 0), rows, bad)
		}
		x := dev.NewFloats(rows * width)
		for _, a := range engine.Activations() {
			y := dev.NewFloats(rows * width)
			l := engine.Layer{Weight: dev.NewFloats(width * width), Bias: dev.NewFloats(width), In: width, Out: width, Activation: a}
			engine.Do(dev, engine.Dense{Y: y, X: poison(rows * width), Rows: rows, Layer: l})
			check("Dense "+a.String(), y)
			engine.Do(dev, engine.ExpandLabels{
				H: y, U: poison(rows * width), Table: dev.NewFloats(width), Pairs: pairs, Width: width,
				Activation: a,
			})
			check("ExpandLabels "+a.String(), y)
			h := poison(rows * width)
			engine.Do(dev, engine.AddLabels{
				H: h, Table: dev.NewFloats(width), Pairs: pairs, Width: width, Activation: a,
			})
			check("AddLabels "+a.String(), h)
		}
		nll := dev.NewFloats(rows)
		engine.Do(dev, engine.BernoulliNLL{
			NLL: nll, Logits: poison(rows * width), X: x, Pairs: pairs, Width: width,
		})
		check("BernoulliNLL", nll)
		engine.Do(dev, engine.GaussianNLL{
			NLL: nll, Stats: poison(rows * 2 * width), X: x, Pairs: pairs, Width: width,
		})
		check("GaussianNLL", nll)
		engine.Do(dev, engine.GaussianSample{
			Z: x, KL: nll, Stats: poison(rows * 2 * width), Pairs: pairs, Latents: width,
			Noise: seeded(dev, 1, noise.StreamM1Latent, 1),
		})
		check("GaussianSample", nll)
		engine.Do(dev, engine.LogSoftmax{Y: x, Logits: poison(rows * width), Rows: rows, Classes: width})
		check("LogSoftmax", x)
		engine.Do(dev, engine.Marginalise{
			U: nll, Logits: poison(rows * width), Costs: dev.NewFloats(rows * width),
			Scale: dev.NewDoubles(1), Examples: rows, Labels: width,
		})
		check("Marginalise", nll)
	}
}

// checkRowIsNaN: the bad row holds a NaN, the others none.
func checkRowIsNaN(t testing.TB, label string, y []float32, rows, bad int) {
	t.Helper()
	width := len(y) / rows
	for row := range rows {
		found := false
		for _, v := range y[row*width:][:width] {
			found = found || v != v
		}
		if found != (row == bad) {
			t.Errorf("%s of row %d: NaN in the result of row %d is %t, want %t", label, bad, row, found, row == bad)
		}
	}
}
