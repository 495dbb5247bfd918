package trained

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/enginetest"
	"ssdgm/engine/ref"
	"ssdgm/model/trained/transform"
)

// handmade is a model of a configuration whose parameters are 0, but for those that values names.
func handmade(t *testing.T, size Size, values map[string][]float64, sets ...string) *Model {
	t.Helper()
	c, _, err := configs.Parse("impute", nil, append([]string{"yardstick=false", "m1.train.steps=1", "m2.train.steps=1"}, sets...))
	must(t, err)
	m := New(c, size)
	if c.Model == "m1m2" {
		m.Keep([]int{0})
	}
	unused := len(values)
	for _, p := range m.Parts() {
		*p.Values = make([]float32, p.Layout.Size)
		for _, tensor := range p.Layout.Tensors {
			own, ok := values[tensor.Name]
			if !ok {
				continue
			}
			unused--
			for i, v := range own {
				(*p.Values)[tensor.Offset+i] = float32(v)
			}
		}
	}
	if unused != 0 {
		t.Fatalf("%d of the values are of no parameter", unused)
	}
	return m
}

// The linear model, of three values and one latent: x = w·z + b + σ·ε. It has an exact posterior, q(z|x) =
// N(v·w·(x−b)/σ², v) with 1/v = 1 + w·w/σ². Its hidden layers are max(0, a) and max(0, −a), whose difference is a.
var linearW, linearB = []float64{1, -2, 0.5}, []float64{3, 0, -1}

const linearSigma = 0.7

func linearModel(t *testing.T, name string, input *transform.Transformation) *Model {
	t.Helper()
	const noise = linearSigma * linearSigma
	precision, shift := 1.0, 0.0
	for _, w := range linearW {
		precision += w * w / noise
	}
	gains, weights := make([]float64, 6), make([]float64, 6)
	for j, w := range linearW {
		gains[j], gains[3+j] = w/noise/precision, -w/noise/precision
		weights[2*j], weights[2*j+1] = w, -w
		shift -= gains[j] * linearB[j]
	}
	return handmade(t, Size{Inputs: 3, Input: input, Classes: 2}, map[string][]float64{
		"m1.encoder.0.weight": gains, "m1.encoder.mean.weight": {1, -1}, "m1.encoder.mean.bias": {shift},
		"m1.encoder.logvar.bias": {-math.Log(precision)},
		"m1.decoder.0.weight":    {1, -1}, "m1.decoder.mean.weight": weights, "m1.decoder.mean.bias": linearB,
		"m1.decoder.logvar.bias": {math.Log(noise), math.Log(noise), math.Log(noise)},
	}, "model="+name, "m1.output=gaussian", "m1.hidden=[2]", "m1.activation=relu", "m1.latents=1", "data.missing="+input.Missing)
}

// linearGiven is the exact distribution of one value of the linear model, given those of the others that are there.
func linearGiven(x []float64, j int) (mean, deviation float64) {
	const noise = linearSigma * linearSigma
	precision, weighted := 1.0, 0.0
	for k, v := range x {
		if v == v {
			precision += linearW[k] * linearW[k] / noise
			weighted += linearW[k] * (v - linearB[k]) / noise
		}
	}
	return linearW[j]*weighted/precision + linearB[j], math.Sqrt(linearW[j]*linearW[j]/precision + noise)
}

func imputed(t *testing.T, m *Model, x []float32, o ImputeOptions) *Imputation {
	t.Helper()
	a, err := m.Apply()
	must(t, err)
	defer a.Close()
	found, err := a.Impute(t.Context(), x, o)
	must(t, err)
	return found
}

// standardised takes raw values to those that the linear model sees.
func standardised() *transform.Transformation {
	return &transform.Transformation{
		Kind: transform.Standard, Width: 3, Divisor: 1, Missing: transform.Refuse,
		Shift: []float32{10, -4, 100}, Scale: []float32{2, 0.25, 30},
	}
}

// TestTheChainReachesTheExactDistribution holds mean, deviation and quantiles to the exact ones, of models that start
// from a guess and of one that masks what is missing, below an M2 too. Rows differ a little, so that each has noise of
// its own.
func TestTheChainReachesTheExactDistribution(t *testing.T) {
	const rows = 48
	masked := transform.Identity(3)
	masked.Missing = transform.Mask
	meant := standardised()
	meant.Missing, meant.Fill = transform.Mean, []float32{10, -4, 100}
	o := ImputeOptions{Chains: 2, Steps: 250, Burn: 50, Samples: 200, Quantiles: []float64{0.05, 0.5, 0.95}, Seed: 3}
	for _, input := range []*transform.Transformation{masked, standardised(), meant} {
		for _, gone := range [][]int{{1}, {0, 2}} {
			x := make([]float32, 0, 3*rows)
			for i := range rows {
				seen := []float32{4.5, 1.2, -0.3}
				for j := range seen {
					seen[j] += float32(i) * 1e-4
				}
				for _, j := range gone {
					seen[j] = nan
				}
				raw := make([]float32, 3)
				input.Invert(raw, seen)
				x = append(x, raw...)
			}
			m := linearModel(t, "m1", input)
			found := imputed(t, m, x, o)
			if stacked := imputed(t, linearModel(t, "m1m2", input), x, o); !slices.Equal(stacked.Mean, found.Mean) {
				t.Errorf("%v: an M2 above changes what is imputed", input)
			}
			middle := make([]float64, 3)
			for j := range middle {
				middle[j] = float64(unit(input, x[3*rows/2:][:3], j))
			}
			for _, j := range gone {
				var mean, deviation float64
				var quantiles [3]float64
				scale := float64(raw(input, 1, j) - raw(input, 0, j))
				for i := range rows {
					mean += float64(unit(input, found.Mean[3*i:][:3], j)) / rows
					deviation += float64(found.Deviation[3*i+j]) / scale / rows
					for q := range quantiles {
						quantiles[q] += float64(unit(input, found.Quantiles[q][3*i:][:3], j)) / rows
					}
				}
				wantMean, wantDeviation := linearGiven(middle, j)
				for what, c := range map[string][2]float64{
					"mean": {mean, wantMean}, "deviation": {deviation, wantDeviation},
					"5 %": {quantiles[0], wantMean - 1.645*wantDeviation}, "median": {quantiles[1], wantMean},
					"95 %": {quantiles[2], wantMean + 1.645*wantDeviation},
				} {
					// The draws, 19,200 that go along with a correlation of at most 0.7, count for 3,400: a quantile of 5 %
					// has a standard error of 0.036, a mean one of 0.017 deviations.
					limit := map[bool]float64{true: 0.14, false: 0.07}[strings.Contains(what, "%")] * wantDeviation
					if math.Abs(c[0]-c[1]) > limit {
						t.Errorf("%v, missing %v, value %d: a %s of %g, exactly %g", input, gone, j, what, c[0], c[1])
					}
				}
			}
		}
	}
}

// unit is a raw value as the linear model sees it, and raw one that it sees as a raw value.
func unit(t *transform.Transformation, row []float32, j int) float32 {
	seen := make([]float32, 3)
	plain := *t
	plain.Fill = nil
	plain.Apply(seen, row)
	return seen[j]
}

func raw(t *transform.Transformation, v float32, j int) float32 {
	raw := make([]float32, 3)
	t.Invert(raw, []float32{v, v, v})
	return raw[j]
}

// TestTheChainIsExactWhereTheEncoderIsNot spoils q(z|x) of the linear model: its mean is off, and its variance is twice as
// large.
func TestTheChainIsExactWhereTheEncoderIsNot(t *testing.T) {
	m := linearModel(t, "m1", transform.Identity(3))
	for _, tensor := range m.M1.Tensors {
		switch tensor.Name {
		case "m1.encoder.mean.bias":
			m.M1Values[tensor.Offset] += 0.25
		case "m1.encoder.logvar.bias":
			m.M1Values[tensor.Offset] += math.Ln2
		}
	}
	x := make([]float32, 0, 3*48)
	for i := range 48 {
		x = append(x, nan, 1.2+float32(i)*1e-4, nan)
	}
	found := imputed(t, m, x, ImputeOptions{Chains: 2, Steps: 450, Burn: 50, Samples: 400, Seed: 3})
	for _, j := range []int{0, 2} {
		wantMean, wantDeviation := linearGiven([]float64{math.NaN(), 1.2024, math.NaN()}, j)
		var mean, deviation float64
		for i := range 48 {
			mean += float64(found.Mean[3*i+j]) / 48
			deviation += float64(found.Deviation[3*i+j]) / 48
		}
		if math.Abs(mean-wantMean) > 0.05*wantDeviation || math.Abs(deviation/wantDeviation-1) > 0.04 {
			t.Errorf("value %d: %g ± %g, exactly %g ± %g", j, mean, deviation, wantMean, wantDeviation)
		}
	}
}

// TestNineInTenLieInTheirIntervals hides values of rows of the linear model.
func TestNineInTenLieInTheirIntervals(t *testing.T) {
	const rows = 600
	r, x, truth := rand.New(rand.NewPCG(1, 2)), make([]float32, 3*rows), make([]float32, 3*rows)
	for i := range rows {
		z := r.NormFloat64()
		for j, w := range linearW {
			truth[3*i+j] = float32(w*z + linearB[j] + linearSigma*r.NormFloat64())
		}
		copy(x[3*i:][:3], truth[3*i:])
		x[3*i+i%3], x[3*i+i%2] = nan, nan
	}
	input := transform.Identity(3)
	found := imputed(t, linearModel(t, "m1", input), x, DefaultImputeOptions())
	inside := 0
	for i, v := range x {
		if v != v && found.Quantiles[0][i] <= truth[i] && truth[i] <= found.Quantiles[1][i] {
			inside++
		}
	}
	share, n := float64(inside)/float64(found.Missing), float64(found.Missing)
	if math.Abs(share-0.9) > 0.015+3*math.Sqrt(0.9*0.1/n) {
		t.Errorf("%.3f of %g values lie inside of intervals of 90 %%", share, n)
	}
}

// TestTheChainOfM2DrawsLabels holds it to a mixture of two Gaussians, N(±μ, σ²), whose classifier is exact, and whose
// latents say nothing: the value that is missing is from either, as far as the other value leaves that open. So it is
// where the classifier is not exact, and where one class has more than its share.
func TestTheChainOfM2DrawsLabels(t *testing.T) {
	for _, sure := range []float64{1, 0.6} {
		requireMixture(t, sure, 0)
	}
	requireMixture(t, 1, 0.5, "m2.class_prior=learned")
}

// requireMixture is for logits that are so many times the exact ones, and log p(y = 0)/p(y = 1).
func requireMixture(t *testing.T, sure, odds float64, sets ...string) {
	t.Helper()
	const mu, rows = 0.9, 48
	values := map[string][]float64{
		"m2.classifier.out.weight":  {sure * mu, sure * mu, -sure * mu, -sure * mu}, // σ = 1: logits are ±μ·x, the rest is the same
		"m2.decoder.0.label.weight": {1, 0, 0, 1},                                   // the hidden layer is one-hot
		"m2.decoder.mean.weight":    {mu, -mu, mu, -mu},
	}
	if odds != 0 {
		values["m2.class_prior.logits"] = []float64{odds, 0}
	}
	m := handmade(t, Size{Inputs: 2, Classes: 2, Input: transform.Identity(2)}, values, append(sets, "model=m2", "m2.hidden=[2]", "m2.classifier_hidden=[]", "m2.latents=1", "m2.activation=relu")...)
	x := make([]float32, 0, 2*rows)
	for i := range rows {
		x = append(x, 0.4+float32(i)*1e-4, nan)
	}
	found := imputed(t, m, x, ImputeOptions{Steps: 850, Burn: 50, Samples: 800, Seed: 1})
	p := 1 / (1 + math.Exp(-2*mu*0.4-odds))
	wantMean := (2*p - 1) * mu
	wantDeviation := math.Sqrt(1 + mu*mu - wantMean*wantMean)
	var mean, deviation float64
	for i := range rows {
		mean += float64(found.Mean[2*i+1]) / rows
		deviation += float64(found.Deviation[2*i+1]) / rows
	}
	if math.Abs(mean-wantMean) > 0.03 || math.Abs(deviation-wantDeviation) > 0.03 {
		t.Errorf("logits times %g, odds %g: a mean of %g and a deviation of %g, exactly %g and %g", sure, odds, mean, deviation,
			wantMean, wantDeviation)
	}
}

// TestWhatIsThereStays holds that values that are there come back to the bit, of every kind of model, that what is
// missing is a number, and that no row's result hangs on another's.
func TestWhatIsThereStays(t *testing.T) {
	o := ImputeOptions{Chains: 2, Steps: 6, Burn: 2, Samples: 3, Quantiles: []float64{0.1, 0.9}, Seed: 5}
	for name, c := range applicable(t) {
		a, err := c.m.Apply()
		must(t, err)
		t.Cleanup(func() { must(t, a.Close()) })
		x := slices.Clone(c.x)
		for i := range x {
			if i%5 == 0 && i/16%4 != 3 {
				x[i] = nan
			}
		}
		found, err := a.Impute(t.Context(), x, o)
		if c.m.wantDensity("") != nil {
			if !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), "impute: want a model of x") {
				t.Errorf("%s: want a refusal, found %v", name, err)
			}
			continue
		}
		must(t, err)
		missing := 0
		for i, v := range x {
			low, high := found.Quantiles[0][i], found.Quantiles[1][i]
			if v != v {
				missing++
				if found.Mean[i] != found.Mean[i] || !(low <= high) || found.Deviation[i] < 0 {
					t.Errorf("%s: %g ± %g from %g to %g at place %d", name, found.Mean[i], found.Deviation[i], low, high, i)
				}
				continue
			}
			for _, same := range []float32{found.Mean[i], low, high} {
				if math.Float32bits(same) != math.Float32bits(v) || found.Deviation[i] != 0 {
					t.Errorf("%s: %g became %g at place %d", name, v, same, i)
				}
			}
		}
		if missing != found.Missing {
			t.Errorf("%s: want %d missing values, found %d", name, missing, found.Missing)
		}
		var alone Imputation
		for i := 22; i >= 0; i-- {
			one, err := a.Impute(t.Context(), x[i*16:][:16], o)
			must(t, err)
			alone.Mean = append(slices.Clone(one.Mean), alone.Mean...)
			alone.Deviation = append(slices.Clone(one.Deviation), alone.Deviation...)
		}
		if !slices.Equal(alone.Mean, found.Mean) || !slices.Equal(alone.Deviation, found.Deviation) {
			t.Errorf("%s: rows one by one are filled otherwise", name)
		}
		o.Seed++
		other, err := a.Impute(t.Context(), x, o)
		must(t, err)
		if slices.Equal(other.Mean, found.Mean) {
			t.Errorf("%s: another seed fills in the same", name)
		}
	}
}

// TestCountsAreNotBelowZero fills values of log1p's, whose draws in its own space may be below 0.
func TestCountsAreNotBelowZero(t *testing.T) {
	input := &transform.Transformation{
		Kind: transform.Log1p, Width: 3, Divisor: 1, Missing: transform.Refuse,
		Shift: []float32{0.5, 0.5, 0.5}, Scale: []float32{1, 1, 1},
	}
	found := imputed(t, linearModel(t, "m1", input), []float32{20, nan, 3}, DefaultImputeOptions())
	if found.Mean[1] < 0 || found.Quantiles[0][1] != 0 || !(found.Quantiles[1][1] >= 0) {
		t.Errorf("a mean of %g, from %g to %g", found.Mean[1], found.Quantiles[0][1], found.Quantiles[1][1])
	}
}

func TestImputeSaysWhatItCannotTake(t *testing.T) {
	m := linearModel(t, "m1", transform.Identity(3))
	a, err := m.Apply()
	must(t, err)
	defer a.Close()
	x := []float32{1, nan, 2}
	good := DefaultImputeOptions()
	change := func(f func(o *ImputeOptions)) ImputeOptions { o := good; f(&o); return o }
	for want, c := range map[string]struct {
		x []float32
		o ImputeOptions
	}{
		"want rows of 3 values":                {x[1:], good},
		"found +Inf in row 0, column 3":        {[]float32{1, nan, float32(math.Inf(1))}, good},
		"found 10 steps, a burn-in of 10":      {x, change(func(o *ImputeOptions) { o.Steps = 10 })},
		"a burn-in of 10 and 0 samples":        {x, change(func(o *ImputeOptions) { o.Samples = 0 })},
		"as there are samples, 200, found 201": {x, change(func(o *ImputeOptions) { o.Draws = 201 })},
		"want 1 chain or more, found -1":       {x, change(func(o *ImputeOptions) { o.Chains = -1 })},
		"a burn-in of -1":                      {x, change(func(o *ImputeOptions) { o.Burn = -1 })},
		"want quantiles from 0 to 1, found 95": {x, change(func(o *ImputeOptions) { o.Quantiles = []float64{95} })},
	} {
		if _, err := a.Impute(t.Context(), c.x, c.o); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, found %v", want, err)
		}
	}
	whole, err := a.Impute(t.Context(), []float32{1, 2, 3}, good)
	must(t, err)
	if whole.Missing != 0 || !slices.Equal(whole.Mean, []float32{1, 2, 3}) {
		t.Errorf("a row that lacks nothing: %v", whole)
	}
}

// TestDrawsAreStatesOfTheChain holds that draws of a row have the spread that is told of it, and go together: those of
// the linear model's first two values, which one latent moves, against one another.
func TestDrawsAreStatesOfTheChain(t *testing.T) {
	o := ImputeOptions{Steps: 2100, Burn: 100, Samples: 2000, Draws: 400, Seed: 1}
	found := imputed(t, linearModel(t, "m1", transform.Identity(3)), []float32{nan, nan, -0.5}, o)
	var mean, squares [2]float64
	product := 0.0
	for _, row := range found.Draws {
		if row[2] != -0.5 {
			t.Fatalf("a value that is there became %g", row[2])
		}
		x, y := float64(row[0]-found.Mean[0]), float64(row[1]-found.Mean[1])
		mean[0], mean[1], product = mean[0]+x/400, mean[1]+y/400, product+x*y/400
		squares[0], squares[1] = squares[0]+x*x/400, squares[1]+y*y/400
	}
	for j, d := range found.Deviation[:2] {
		if spread := math.Sqrt(squares[j]) / float64(d); math.Abs(mean[j]) > 0.2*float64(d) || math.Abs(spread-1) > 0.15 {
			t.Errorf("value %d: draws lie %g from the mean, and their spread is %g of that told", j, mean[j], spread)
		}
	}
	// Given x2 = −0.5, z has a variance of v = 1/(1 + 0.5²/σ²): cov = −2v, var = v + σ² and 4v + σ².
	v := 1 / (1 + 0.25/(linearSigma*linearSigma))
	want := -2 * v / math.Sqrt((v+linearSigma*linearSigma)*(4*v+linearSigma*linearSigma))
	if r := product / math.Sqrt(squares[0]*squares[1]); math.Abs(r-want) > 0.1 {
		t.Errorf("a correlation of %g, exactly %g", r, want)
	}
}

// TestChainsHaveNoiseOfTheirOwn holds that several chains are no copies of one, and that the first of them is the one that
// runs alone.
func TestChainsHaveNoiseOfTheirOwn(t *testing.T) {
	m, x := linearModel(t, "m1", transform.Identity(3)), []float32{1, nan, 2}
	o := ImputeOptions{Chains: 3, Steps: 12, Burn: 2, Samples: 5, Draws: 15, Seed: 1}
	three := imputed(t, m, x, o)
	o.Chains, o.Draws = 1, 5
	one := imputed(t, m, x, o)
	seen := map[float32]bool{}
	for i, draw := range three.Draws {
		if i < len(one.Draws) && draw[1] != one.Draws[i][1] {
			t.Errorf("draw %d: want that of a chain alone, %g, found %g", i, one.Draws[i][1], draw[1])
		}
		if seen[draw[1]] {
			t.Errorf("draw %d is one of those before", i)
		}
		seen[draw[1]] = true
	}
}

func TestSamplesAreKeptEvenly(t *testing.T) {
	for _, o := range []ImputeOptions{{Steps: 120, Burn: 20, Samples: 100}, {Steps: 17, Burn: 3, Samples: 4}, {Steps: 5, Samples: 1}} {
		next := 0
		for step := range o.Steps {
			if sample, kept := o.keeps(step); kept {
				if sample != next || step < o.Burn {
					t.Errorf("%+v: step %d is sample %d, where %d is next", o, step, sample, next)
				}
				next++
			}
		}
		if next != o.Samples {
			t.Errorf("%+v: kept %d", o, next)
		}
	}
}

// TestTheChainStopsWithItsContext ends the context while a chain is under way, and while the first guess is made.
func TestTheChainStopsWithItsContext(t *testing.T) {
	m := linearModel(t, "m1", transform.Identity(3))
	dev := ref.New[float32](1)
	defer dev.Close()
	stop, left := func() {}, 0
	a, err := m.On(enginetest.Intercept(dev, func(_ engine.Step, take func()) {
		if left--; left == 0 {
			stop()
		}
		take()
	})).Apply()
	must(t, err)
	x := []float32{1, nan, 2}
	want := imputed(t, m.On(dev), x, DefaultImputeOptions())
	for _, steps := range []int{1, 2, 30} {
		ctx, cancel := context.WithCancel(t.Context())
		stop, left = cancel, steps
		if _, err := a.Impute(ctx, x, DefaultImputeOptions()); !errors.Is(err, context.Canceled) {
			t.Errorf("want the context's error after %d steps, found %v", steps, err)
		}
	}
	found, err := a.Impute(t.Context(), x, DefaultImputeOptions())
	must(t, err)
	if !slices.Equal(found.Mean, want.Mean) {
		t.Error("a chain after one that ended early fills in otherwise")
	}
}
