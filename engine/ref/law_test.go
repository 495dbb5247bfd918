package ref_test

import (
	"math"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/ref"
)

func TestSoftplusKeepsSmallValuesAndDoesNotOverflow(t *testing.T) {
	for a, want := range map[float64]float64{
		0: math.Ln2, -50: math.Exp(-50), -80: math.Exp(-80), 50: 50, 1000: 1000, -1000: 0,
	} {
		got := ref.Activate(engine.Softplus, a)
		if !(math.Abs(got-want) <= 1e-14*want) {
			t.Errorf("softplus(%g) = %g, want %g", a, got, want)
		}
		if a == -80 && ref.Activate(engine.Softplus, float32(a)) <= 0 {
			t.Error("softplus(−80) is 0 in float32")
		}
	}
}

func TestDerivativeFromTheOutputIsTheSigmoid(t *testing.T) {
	for _, a := range []float64{-30, -5, -1e-3, 0, 2, 30} {
		got := ref.Derivative(engine.Softplus, ref.Activate(engine.Softplus, a))
		want := 1 / (1 + math.Exp(-a))
		if !(math.Abs(got/want-1) <= 1e-12) {
			t.Errorf("softplus'(%g) = %g, want %g", a, got, want)
		}
	}
}

// KL(N(m, σ²) ‖ N(0, 1)) against a sum of q·(log q − log p) over a fine grid.
func TestKLEqualsItsIntegral(t *testing.T) {
	l := newLab()
	pairs := engine.Pairs{Labelled: 1, Labels: 1, Samples: 1}
	stats, z, kl := l.NewFloats(2), l.NewFloats(1), l.NewFloats(1)
	for _, c := range [][2]float64{{0, 0}, {1.5, 0}, {0, -2}, {-0.7, 1.2}} {
		copy(l.host(stats), c[:])
		engine.Do(l, engine.GaussianSample{
			Z: z, KL: kl, Stats: stats, Pairs: pairs, Latents: 1, Noise: l.noise(),
		})
		sigma, want := math.Exp(c[1]/2), 0.0
		const step = 1e-3
		for x := -12.0; x <= 12; x += step {
			e := x * x / 2
			logq := -e - math.Log(sigma) - math.Log(2*math.Pi)/2
			at := c[0] + sigma*x
			logp := -at*at/2 - math.Log(2*math.Pi)/2
			want += step * sigma * math.Exp(logq) * (logq - logp)
		}
		if got := l.host(kl)[0]; !(math.Abs(got-want) <= 1e-9) {
			t.Errorf("KL of mean %g and logvar %g is %g nats, want %g", c[0], c[1], got, want)
		}
	}
}

// With q on one label alone, U is that label's cost; with one label it always is.
func TestMarginaliseOfACertainLabelIsItsCost(t *testing.T) {
	l := newLab()
	logits, cost, u := l.NewFloats(3), l.NewFloats(3), l.NewFloats(1)
	copy(l.host(logits), []float64{0, 900, 0})
	copy(l.host(cost), []float64{1e6, 7, -1e6})
	engine.Do(l, engine.Marginalise{
		U: u, Logits: logits, Costs: cost, Scale: l.double(1), Examples: 1, Labels: 3,
	})
	if got := l.host(u)[0]; got != 7 {
		t.Errorf("U = %g, want the cost 7", got)
	}
	engine.Do(l, engine.Marginalise{
		U: u, Logits: logits, Costs: cost.Slice(1, 1), Scale: l.double(1), Examples: 1, Labels: 1,
	})
	if got := l.host(u)[0]; got != 7 {
		t.Errorf("U of a single label = %g, want its cost 7", got)
	}
}

// U is smallest, −log Σ exp(−L), where q is the posterior softmax(−L).
func TestMarginaliseIsLeastAtThePosterior(t *testing.T) {
	const k = 4
	l := newLab()
	cost, logits, u := l.normals(k), l.NewFloats(k), l.NewFloats(1)
	evidence := 0.0
	for i, c := range l.host(cost) {
		l.host(logits)[i] = -c
		evidence += math.Exp(-c)
	}
	engine.Do(l, engine.Marginalise{
		U: u, Logits: logits, Costs: cost, Scale: l.double(1), Examples: 1, Labels: k,
	})
	if got, want := l.host(u)[0], -math.Log(evidence); !(math.Abs(got-want) <= 1e-12) {
		t.Errorf("U at the posterior is %g, want %g", got, want)
	}
	least := l.host(u)[0]
	for range 20 {
		copy(l.host(logits), l.host(l.normals(k)))
		engine.Do(l, engine.Marginalise{
			U: u, Logits: logits, Costs: cost, Scale: l.double(1), Examples: 1, Labels: k,
		})
		if l.host(u)[0] < least {
			t.Errorf("U = %g is below −log Σ exp(−L) = %g", l.host(u)[0], least)
		}
	}
}

// A Bernoulli likelihood sums to one over all pictures.
func TestBernoulliSumsToOne(t *testing.T) {
	const width = 5
	l := newLab()
	pairs := engine.Pairs{Labelled: 1, Labels: 1, Samples: 1}
	logits, x, nll := l.normals(width), l.NewFloats(width), l.NewFloats(1)
	total := 0.0
	for picture := range 1 << width {
		for j := range width {
			l.host(x)[j] = float64(picture >> j & 1)
		}
		engine.Do(l, engine.BernoulliNLL{NLL: nll, Logits: logits, X: x, Pairs: pairs, Width: width})
		total += math.Exp(-l.host(nll)[0])
	}
	if !(math.Abs(total-1) <= 1e-12) {
		t.Errorf("the probabilities of all pictures sum to %g", total)
	}
}

func TestReferenceRefusesNoReplicas(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a device with no replica is made")
		}
	}()
	ref.New[float32](0)
}
