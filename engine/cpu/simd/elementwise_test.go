package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

var lengths = []int{0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 257, 1025}

// vectorLevels are the levels with element-wise kernels that this processor can run.
func vectorLevels(t testing.TB) []Level { return levels(t)[1:] }

// result is the exact value of one output element, and the magnitude that its
// rounding error may scale with.
type result struct{ value, scale float64 }

func exactly(v float64) result { return result{v, math.Abs(v)} }

// tolerance bounds an error relative to its scale: 3.3 units of the last place.
const tolerance = 4e-7

// elementOp is a kernel that treats every element alike: it is given arrays and
// writes the first of them.
type elementOp struct {
	name            string
	arrays, outputs int
	positive        map[int]bool // arrays whose elements are not negative
	missing         map[int]bool // arrays of which a third is NaN
	run             func(k *Kernels, a [][]float32)
	want            func(v []float64) []result
}

func softplus64(x float64) float64 { return max(0, x) + math.Log1p(math.Exp(-math.Abs(x))) }
func sigmoid64(x float64) float64  { return 1 / (1 + math.Exp(-x)) }

func relu64(x float64) float64 { return max(0, x) }

// activationCase is an activation by its definition. Its derivative is a function
// of the output or, where FromInput, of the input.
type activationCase struct {
	name       string
	act        Activation
	f          func(a float64) float64
	derivative func(from float64) result
}

func activationCases() []activationCase {
	one := func(float64) result { return exactly(1) }
	return []activationCase{
		{"identity", Identity, func(a float64) float64 { return a }, one},
		{"softplus", Softplus, softplus64, func(y float64) result { return exactly(-math.Expm1(-y)) }},
		{"relu", ReLU, relu64, func(y float64) result { return exactly(map[bool]float64{true: 1}[y > 0]) }},
		{"tanh", Tanh, math.Tanh, func(y float64) result { return result{1 - y*y, 1 + y*y} }},
		{"gelu", GELU, func(a float64) float64 { return a * sigmoid64(geluGate64(a)) },
			func(a float64) result {
				return gatedDerivative(a, sigmoid64(geluGate64(a)), math.Sqrt(8/math.Pi)*(1+3*0.044715*a*a))
			}},
		{"silu", SiLU, func(a float64) float64 { return a * sigmoid64(a) },
			func(a float64) result { return gatedDerivative(a, sigmoid64(a), 1) }},
	}
}

// geluGate64 is the g of GELU, a·sigmoid(g).
func geluGate64(a float64) float64 { return math.Sqrt(8/math.Pi) * (a + 0.044715*a*a*a) }

// gatedDerivative is that of a·s, s = sigmoid(g), with slope = g'(a).
func gatedDerivative(a, s, slope float64) result {
	change := a * s * (1 - s) * slope
	return result{s + change, s + math.Abs(change) + denormal(1+math.Abs(a*slope))}
}

// denormal is the scale of a denormal e^−|g| times a factor: its error is one of
// their units. Where |g| < 104, beyond which e^−|g| is 0, the factor is below 300.
func denormal(factor float64) float64 { return min(factor, 300) * 0x1p-149 / tolerance }

// value is the activation's exact result.
func (c *activationCase) value(a float64) result {
	y := exactly(c.f(a))
	if c.act.FromInput() {
		y.scale += denormal(math.Abs(a))
	}
	return y
}

// ops are the kernels of an activation.
func (c activationCase) ops() []elementOp {
	return []elementOp{
		{"AddAct/" + c.name, 3, 1, nil, nil,
			func(k *Kernels, a [][]float32) { k.AddAct(c.act, a[0], a[1], a[2]) },
			func(v []float64) []result { return []result{c.value(float64(float32(v[1]) + float32(v[2])))} }},
		{"Act/" + c.name, 2, 1, nil, nil,
			func(k *Kernels, a [][]float32) { k.Act(c.act, a[0], a[1]) },
			func(v []float64) []result { return []result{c.value(v[1])} }},
		{"ActGrad/" + c.name, 3, 1, map[int]bool{2: c.act == Softplus}, nil,
			func(k *Kernels, a [][]float32) { k.ActGrad(c.act, a[0], a[1], a[2]) },
			func(v []float64) []result {
				d := c.derivative(v[2])
				return []result{{v[1] * d.value, math.Abs(v[1]) * d.scale}}
			}},
	}
}

var updateOptions = UpdateOptions{Clip: 0.75, Prior: 0.001, Rate: 0.01, Epsilon: 1e-4, Average: 0.125, Keep1: 0.875, Fresh1: 0.125, Keep2: 0.96875, Fresh2: 0.03125}

// ruleOp is an optimiser on the arrays p, states…, average, gradient.
func ruleOp(name string, states int, average bool, run func(k *Kernels, a [][]float32, average []float32), step func(g float64, s []float64) float64) elementOp {
	positive := map[int]bool{}
	if name != "SGD" {
		positive[states] = true // the sum of squares
	}
	o := updateOptions
	return elementOp{fmt.Sprintf("%s/average=%v", name, average), states + 3, states + 2, positive, nil,
		func(k *Kernels, a [][]float32) {
			if average {
				run(k, a, a[states+1])
			} else {
				run(k, a, nil)
			}
		},
		func(v []float64) []result {
			g := float64(o.Clip)*v[states+2] + float64(o.Prior)*v[0]
			s := append([]float64(nil), v[1:1+states]...)
			change := float64(o.Rate) * step(g, s)
			p := v[0] - change
			a := v[states+1]
			out := []result{{p, 1 + math.Abs(v[0]) + math.Abs(change)}}
			for _, x := range s {
				out = append(out, result{x, 1 + math.Abs(x) + math.Abs(g)})
			}
			if average {
				return append(out, result{a + float64(o.Average)*(p-a), 1 + math.Abs(a) + math.Abs(v[0]) + math.Abs(change)})
			}
			return append(out, exactly(a))
		}}
}

func elementOps() []elementOp {
	o := updateOptions
	ops := []elementOp{
		{"Exp", 2, 1, nil, nil, func(k *Kernels, a [][]float32) { k.Exp(a[0], a[1]) },
			func(v []float64) []result { return []result{exactly(math.Exp(v[1]))} }},
		{"AddTo", 2, 1, nil, nil, func(k *Kernels, a [][]float32) { k.AddTo(a[0], a[1]) },
			func(v []float64) []result { return []result{exactly(v[0] + v[1])} }},
		{"GaussianSample", 4, 1, nil, nil, func(k *Kernels, a [][]float32) { k.GaussianSample(a[0], a[1], a[2], a[3]) },
			func(v []float64) []result {
				noise := math.Exp(v[2]/2) * v[3]
				return []result{{v[1] + noise, math.Abs(v[1]) + math.Abs(noise)}}
			}},
		{"GaussianSampleGrad", 5, 2, nil, nil, func(k *Kernels, a [][]float32) { k.GaussianSampleGrad(a[0], a[1], a[2], a[3], a[4]) },
			func(v []float64) []result {
				d := v[2] * v[3] * math.Exp(v[4]/2) / 2
				return []result{{v[0] + v[2], math.Abs(v[0]) + math.Abs(v[2])}, {v[1] + d, math.Abs(v[1]) + math.Abs(d)}}
			}},
		{"KLGrad", 4, 2, nil, nil, func(k *Kernels, a [][]float32) { k.KLGrad(a[0], a[1], a[2], a[3], 0.7) },
			func(v []float64) []result {
				return []result{exactly(float64(float32(0.7)) * v[2]), exactly(float64(float32(0.7)) * math.Expm1(v[3]) / 2)}
			}},
		{"ZeroMissing", 2, 1, nil, map[int]bool{1: true}, func(k *Kernels, a [][]float32) { k.ZeroMissing(a[0], a[1]) },
			func(v []float64) []result {
				if math.IsNaN(v[1]) {
					return []result{exactly(0)}
				}
				return []result{exactly(v[1])}
			}},
		ruleOp("SGD", 1, true, func(k *Kernels, a [][]float32, average []float32) { k.Update(0, a[0], a[3], a[1], nil, average, &o) },
			func(g float64, s []float64) float64 { s[0] = float64(o.Keep1)*s[0] + g; return s[0] }),
		ruleOp("AdaGrad", 1, true, func(k *Kernels, a [][]float32, average []float32) { k.Update(1, a[0], a[3], a[1], nil, average, &o) },
			func(g float64, s []float64) float64 { s[0] += g * g; return g / (math.Sqrt(s[0]) + float64(o.Epsilon)) }),
		ruleOp("RMSprop", 1, false, func(k *Kernels, a [][]float32, average []float32) { k.Update(2, a[0], a[3], a[1], nil, average, &o) },
			func(g float64, s []float64) float64 {
				s[0] = float64(o.Keep2)*s[0] + float64(o.Fresh2)*g*g
				return g / (math.Sqrt(s[0]) + float64(o.Epsilon))
			}),
	}
	for _, c := range activationCases() {
		ops = append(ops, c.ops()...)
	}
	return append(ops, optionalOps()...)
}

// optionalOps are the kernels with an argument that may be nil, with and without it.
func optionalOps() (ops []elementOp) {
	o := updateOptions
	for _, average := range []bool{false, true} {
		ops = append(ops, ruleOp("Adam", 2, average, func(k *Kernels, a [][]float32, average []float32) { k.Update(3, a[0], a[4], a[1], a[2], average, &o) },
			func(g float64, s []float64) float64 {
				s[0] = float64(o.Keep1)*s[0] + float64(o.Fresh1)*g
				s[1] = float64(o.Keep2)*s[1] + float64(o.Fresh2)*g*g
				return s[0] / (math.Sqrt(s[1]) + float64(o.Epsilon))
			}))
	}
	for _, missing := range []bool{false, true} {
		ops = append(ops, likelihoodOps(missing)...)
	}
	return ops
}

// likelihoodOps are the gradients of the likelihoods; with missing, an element counts as often as its x
// is there.
func likelihoodOps(missing bool) []elementOp {
	weigh := func(x float64) (value, weight float64) {
		if missing && math.IsNaN(x) {
			return 0, 0
		}
		return x, float64(float32(0.7))
	}
	return []elementOp{
		{fmt.Sprintf("BernoulliNLL/missing=%v", missing), 3, 1, nil, map[int]bool{2: missing},
			func(k *Kernels, a [][]float32) { k.BernoulliNLL(a[0], a[1], a[2], 0.7, missing) },
			func(v []float64) []result {
				x, w := weigh(v[2])
				return []result{{w * (sigmoid64(v[1]) - x), sigmoid64(v[1]) + math.Abs(x)}}
			}},
		{fmt.Sprintf("GaussianNLL/missing=%v", missing), 5, 2, nil, map[int]bool{2: missing},
			func(k *Kernels, a [][]float32) { k.GaussianNLL(a[0], a[1], a[2], a[3], a[4], 0.7, missing) },
			func(v []float64) []result {
				x, w := weigh(v[2])
				precision, delta := math.Exp(-v[4]), v[3]-x
				mean, square := w*delta*precision, delta*delta*precision
				return []result{{mean, 2 * math.Abs(mean)}, {w * (1 - square) / 2, math.Abs(w) * (1 + square)}}
			}},
	}
}

// draw gives a number of one of several magnitudes.
func draw(r *rand.Rand) float32 {
	return float32(r.NormFloat64() * math.Pow(10, float64(r.IntN(5)-3)))
}

func TestElementsEqualTheirDefinition(t *testing.T) {
	for _, l := range vectorLevels(t) {
		k := For(l)
		for _, op := range elementOps() {
			t.Run(fmt.Sprintf("%v/%s", l, op.name), func(t *testing.T) {
				worst := 0.0
				for _, n := range lengths {
					worst = max(worst, op.check(t, k, n))
				}
				t.Logf("largest relative error %.2g", worst)
			})
		}
	}
}

// check runs the operation on n elements and gives the largest relative error.
// Inputs end where the readable memory ends.
func (op elementOp) check(t *testing.T, k *Kernels, n int) (worst float64) {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	arrays, before := make([][]float32, op.arrays), make([][]float32, op.arrays)
	outputs := make([]guarded, op.outputs)
	for a := range arrays {
		if a < op.outputs {
			outputs[a] = newGuarded(n)
			arrays[a] = outputs[a].data
		} else {
			arrays[a] = edge[float32](t, n)
		}
		for i := range arrays[a] {
			if arrays[a][i] = draw(r); op.positive[a] {
				arrays[a][i] = max(arrays[a][i], -arrays[a][i])
			} else if op.missing[a] && r.IntN(3) == 0 {
				arrays[a][i] = guardValue
			}
		}
		before[a] = append([]float32(nil), arrays[a]...)
	}
	op.run(k, arrays)
	v := make([]float64, op.arrays)
	for i := range n {
		for a := range v {
			v[a] = float64(before[a][i])
		}
		for a, want := range op.want(v) {
			got := float64(arrays[a][i])
			e := math.Abs(got-want.value) / (want.scale + 1e-38)
			if !(e <= tolerance) {
				t.Fatalf("n = %d: output %d of %v = %v, want %v (error %.2g)", n, a, v, got, want.value, e)
			}
			worst = max(worst, e)
		}
	}
	for _, g := range outputs {
		g.check(t, op.name)
	}
	for a := op.outputs; a < op.arrays; a++ {
		equalBits(t, "an input after the operation", arrays[a], before[a])
	}
	// In place of fresh memory, outputs may end where the readable memory ends.
	again := make([][]float32, op.arrays)
	for a := range again {
		again[a] = edge[float32](t, n)
		copy(again[a], before[a])
	}
	op.run(k, again)
	for a := range again {
		equalBits(t, "a second run", again[a], arrays[a])
	}
	return worst
}

func TestNaNShows(t *testing.T) {
	for _, l := range vectorLevels(t) {
		k := For(l)
		for _, op := range elementOps() {
			for input := range op.arrays {
				const n = 19
				arrays := make([][]float32, op.arrays)
				for a := range arrays {
					arrays[a] = make([]float32, n)
					for i := range arrays[a] {
						arrays[a][i] = 0.5
					}
					arrays[a][17] = map[bool]float32{true: guardValue, false: 0.5}[a == input]
				}
				v := make([]float64, op.arrays)
				for a := range v {
					v[a] = float64(arrays[a][17])
				}
				op.run(k, arrays)
				for a, want := range op.want(v) {
					got := arrays[a][17]
					if math.IsNaN(want.value) != (got != got) {
						t.Errorf("%v %s: NaN in array %d: output %d = %v, want %v", l, op.name, input, a, got, want.value)
					}
					if x := arrays[a][16]; x != x {
						t.Errorf("%v %s: NaN spread to its neighbour", l, op.name)
					}
				}
			}
		}
	}
}

func TestElementsDoNotDependOnTheirPlace(t *testing.T) {
	const n = 67
	for _, l := range vectorLevels(t) {
		k := For(l)
		for _, op := range elementOps() {
			r := rand.New(rand.NewPCG(13, 14))
			whole, shifted := make([][]float32, op.arrays), make([][]float32, op.arrays)
			for a := range whole {
				whole[a] = make([]float32, n)
				for i := range whole[a] {
					whole[a][i] = float32(math.Abs(r.NormFloat64()))
				}
				shifted[a] = append([]float32(nil), whole[a][5:n-3]...)
			}
			op.run(k, whole)
			op.run(k, shifted)
			for a := range whole {
				equalBits(t, fmt.Sprintf("%v %s", l, op.name), shifted[a], whole[a][5:n-3])
			}
		}
	}
}

// ulps is the error in units of the last place of a float32, denormals included.
func ulps(got float32, want float64) float64 {
	unit := math.Max(math.Abs(want)*0x1p-23, 0x1p-149)
	return math.Abs(float64(got)-want) / unit
}

func TestExpHoldsOverItsWholeRange(t *testing.T) {
	for _, l := range vectorLevels(t) {
		k := For(l)
		const n = 200_000
		x, y := make([]float32, n), make([]float32, n)
		for i := range x {
			x[i] = -104 + 192.7*float32(i)/n
		}
		k.Exp(y, x)
		worst := 0.0
		for i := range x {
			worst = max(worst, ulps(y[i], math.Exp(float64(x[i]))))
		}
		t.Logf("%v: largest error %.2f ulp", l, worst)
		if worst > 2 {
			t.Errorf("%v: error of %.2f ulp", l, worst)
		}
		inf := float32(math.Inf(1))
		x = []float32{inf, -inf, 0, 89, -104, 1000, -1000, guardValue}
		y = y[:len(x)]
		k.Exp(y, x)
		for i, want := range []float32{inf, 0, 1, inf, 0, inf, 0} {
			if y[i] != want {
				t.Errorf("%v: exp(%v) = %v, want %v", l, x[i], y[i], want)
			}
		}
		if y[7] == y[7] {
			t.Errorf("%v: exp(NaN) = %v", l, y[7])
		}
	}
}

func TestActivationsHoldOverTheirWholeRange(t *testing.T) {
	for _, l := range vectorLevels(t) {
		k := For(l)
		for _, c := range []struct {
			name string
			act  Activation
			f    func(float64) float64
		}{{"softplus", Softplus, softplus64}, {"tanh", Tanh, math.Tanh}} {
			const n = 100_000
			x, y, zero := make([]float32, n), make([]float32, n), make([]float32, n)
			for i := range x {
				x[i] = -105 + 210*float32(i)/n
				if i%2 == 0 {
					x[i] = float32(math.Exp(float64(x[i]/2))) * float32(1-i%4)
				}
			}
			k.AddAct(c.act, y, x, zero)
			worst := 0.0
			for i := range x {
				worst = max(worst, ulps(y[i], c.f(float64(x[i]))))
			}
			t.Logf("%v: %s: largest error %.2f ulp", l, c.name, worst)
			if worst > 3.3 { // 4e-7
				t.Errorf("%v: %s: error of %.2f ulp", l, c.name, worst)
			}
		}
	}
}

// TestGatedActivationsHoldOverTheirWholeRange goes over GELU and SiLU and their
// derivatives, whose tails are held relative to themselves down to the denormals.
func TestGatedActivationsHoldOverTheirWholeRange(t *testing.T) {
	const n = 400_000
	x, y, dx, ones := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range x {
		ones[i] = 1
		x[i] = []float32{-105 + 210*float32(i)/n, -12 + 24*float32(i)/n}[i%2]
		if i%4 > 1 {
			x[i] = float32(math.Exp(float64(x[i])*0.8)) * float32(5-2*(i%4))
		}
	}
	for _, l := range vectorLevels(t) {
		for _, c := range activationCases() {
			if !c.act.FromInput() {
				continue
			}
			For(l).Act(c.act, y, x)
			For(l).ActGrad(c.act, dx, ones, x)
			worst, worstGrad := 0.0, 0.0
			for i := range x {
				value, derivative := c.value(float64(x[i])), c.derivative(float64(x[i]))
				if value.value != 0 || y[i] != 0 {
					worst = max(worst, math.Abs(float64(y[i])-value.value)/value.scale)
				}
				worstGrad = max(worstGrad, math.Abs(float64(dx[i])-derivative.value)/derivative.scale)
			}
			t.Logf("%v: %s: largest error %.2f ulp, of the derivative %.2f", l, c.name, worst*0x1p23, worstGrad*0x1p23)
			if !(worst <= tolerance && worstGrad <= tolerance) {
				t.Errorf("%v: %s: error of %.2g, of the derivative %.2g", l, c.name, worst, worstGrad)
			}
		}
	}
}

func TestGatedActivationsAreTheirLimitsFarOut(t *testing.T) {
	inf := float32(math.Inf(1))
	x := []float32{1e4, -1e4, 1e20, -1e20, 3e38, -3e38, math.MaxFloat32, -math.MaxFloat32, inf, -inf, guardValue, 0}
	values := []float32{1e4, 0, 1e20, 0, 3e38, 0, math.MaxFloat32, 0, inf, guardValue, guardValue, 0}
	derivatives := []float32{1, 0, 1, 0, 1, 0, 1, 0, 1, 0, guardValue, 0.5}
	equal := func(got, want float32) bool { return got == want || got != got && want != want }
	for _, l := range vectorLevels(t) {
		k := For(l)
		for _, act := range []Activation{GELU, SiLU} {
			y, sum, dx := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
			k.Act(act, y, x)
			k.AddAct(act, sum, x, make([]float32, len(x)))
			ones := []float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
			k.ActGrad(act, dx, ones, x)
			for i := range x {
				if !equal(y[i], values[i]) || !equal(sum[i], values[i]) || !equal(dx[i], derivatives[i]) {
					t.Errorf("%v, activation %d of %v = %v, of the sum with 0 %v, derivative %v; want %v and %v",
						l, act, x[i], y[i], sum[i], dx[i], values[i], derivatives[i])
				}
			}
		}
	}
}

// TestDerivativesEqualDifferences compares every activation's derivative with
// (f(a + h) − f(a − h))/2h in float64, whose error is some h²/6 and 2⁻⁵³·|a|/h.
func TestDerivativesEqualDifferences(t *testing.T) {
	const n, h = 4000, 1e-5
	a, from, dx, ones := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range a {
		a[i], ones[i] = -20+40*(float32(i)+0.5)/n, 1
	}
	for _, l := range vectorLevels(t) {
		k := For(l)
		for _, c := range activationCases() {
			k.Act(c.act, from, a)
			if c.act.FromInput() {
				copy(from, a)
			}
			k.ActGrad(c.act, dx, ones, from)
			for i := range a {
				x := float64(a[i])
				want := (c.f(x+h) - c.f(x-h)) / (2 * h)
				if math.Abs(float64(dx[i])-want) > 1e-6 {
					t.Fatalf("%v: %s'(%v) = %v, its difference quotient is %v", l, c.name, x, dx[i], want)
				}
			}
		}
	}
}

// TestActivationsWorkInPlace runs them at every length up to 70 in memory that
// they read, and compares with fresh memory, and Act with AddAct of zeros.
func TestActivationsWorkInPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	for _, l := range vectorLevels(t) {
		k := For(l)
		for _, c := range activationCases() {
			for n := range 71 {
				x, y, zeros := make([]float32, n), make([]float32, n), make([]float32, n)
				for i := range x {
					x[i], y[i] = draw(r), draw(r)
				}
				in := func(what string, data []float32, want []float32, run func(x []float32)) {
					g := newGuarded(n)
					copy(g.data, data)
					run(g.data)
					g.check(t, what)
					equalBits(t, fmt.Sprintf("%v %s %s of %d in place", l, what, c.name, n), g.data, want)
				}
				want := make([]float32, n)
				k.Act(c.act, want, x)
				in("Act", x, want, func(x []float32) { k.Act(c.act, x, x) })
				in("AddAct", x, want, func(x []float32) { k.AddAct(c.act, x, x, zeros) })
				in("AddAct", x, want, func(x []float32) { k.AddAct(c.act, x, zeros, x) })
				k.ActGrad(c.act, want, y, x)
				in("ActGrad", y, want, func(dy []float32) { k.ActGrad(c.act, dy, dy, x) })
				in("ActGrad", x, want, func(from []float32) { k.ActGrad(c.act, from, y, from) })
			}
		}
	}
}

func TestSoftplusIsStable(t *testing.T) {
	inf := float32(math.Inf(1))
	x := []float32{1000, -1000, inf, -inf, 0, -80, -100}
	for _, l := range vectorLevels(t) {
		y, zero := make([]float32, len(x)), make([]float32, len(x))
		For(l).AddAct(Softplus, y, x, zero)
		for i := range x {
			if want := float32(softplus64(float64(x[i]))); y[i] != want && ulps(y[i], float64(want)) > 3 {
				t.Errorf("%v: softplus(%v) = %v, want %v", l, x[i], y[i], want)
			}
		}
		if y[5] <= 0 || y[6] <= 0 {
			t.Errorf("%v: softplus of −80 and −100 are %v and %v, want positive", l, y[5], y[6])
		}
	}
}

func TestSoftplusGradIsAccurateForTinyOutputs(t *testing.T) {
	for _, l := range vectorLevels(t) {
		var y, dx, dy []float32
		for x := 1e-37; x < 100; x *= 1.01 {
			y, dy, dx = append(y, float32(x)), append(dy, 1), append(dx, 0)
		}
		For(l).ActGrad(Softplus, dx, dy, y)
		for i := range y {
			want := -math.Expm1(-float64(y[i]))
			if e := math.Abs(float64(dx[i])-want) / want; e > 4e-7 {
				t.Fatalf("%v: sigmoid from softplus %v is %v, want %v", l, y[i], dx[i], want)
			}
		}
	}
}

func TestColumnSumsAddInTheOrderOfRows(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for _, l := range vectorLevels(t) {
		k := For(l)
		for _, cols := range append(lengths, 64, 128, 130) {
			for _, rows := range []int{0, 1, 2, 17} {
				ld := cols + 3
				src, dst := edge[float32](t, max(0, rows*ld-3)), newGuarded(cols)
				for i := range src {
					src[i] = draw(r)
				}
				want := make([]float32, cols)
				for i := range rows {
					for j := range want {
						want[j] += src[i*ld+j]
					}
				}
				k.ColumnSums(dst.data, src, rows, cols, ld)
				equalBits(t, "ColumnSums", dst.data, want)
				k.AddColumnSums(dst.data, src, rows, cols, ld)
				for i := range rows {
					for j := range want {
						want[j] += src[i*ld+j]
					}
				}
				equalBits(t, "AddColumnSums", dst.data, want)
				dst.check(t, "column sums")
			}
		}
	}
}

func TestSumsHaveADocumentedOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	for _, l := range vectorLevels(t) {
		k := For(l)
		for _, n := range lengths {
			x := edge[float32](t, n)
			var sums, squares [16]float64
			for i := range x {
				x[i] = draw(r)
				sums[i%16] += float64(x[i])
				squares[i%16] += float64(x[i]) * float64(x[i])
			}
			for half := 8; half > 0; half /= 2 {
				for i := range half {
					sums[i] += sums[i+half]
					squares[i] += squares[i+half]
				}
			}
			if got := k.Sum(x); got != sums[0] {
				t.Errorf("%v, n = %d: sum %v, want %v", l, n, got, sums[0])
			}
			if got := k.SumSquares(x); got != squares[0] {
				t.Errorf("%v, n = %d: sum of squares %v, want %v", l, n, got, squares[0])
			}
			if n > 0 {
				x[n-1] = guardValue
				if got := k.SumSquares(x); got == got {
					t.Errorf("%v, n = %d: sum of squares of NaN is %v", l, n, got)
				}
				x[n-1] = float32(math.Inf(-1))
				if got := k.SumSquares(x); !math.IsInf(got, 1) {
					t.Errorf("%v, n = %d: sum of squares of −Inf is %v", l, n, got)
				}
			}
		}
	}
}

func TestSlicesOfDifferentLengthsPanic(t *testing.T) {
	for _, l := range vectorLevels(t) {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: Exp of 3 elements into 4 did not panic", l)
				}
			}()
			For(l).Exp(make([]float32, 4), make([]float32, 3))
		}()
	}
}
