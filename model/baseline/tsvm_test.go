package baseline

import (
	"context"
	"math"
	"testing"
)

// moons are two half circles, each with an end beside the other's middle, and one label each:
// at the outer end of the upper and in the middle of the lower.
func moons(n int) (Examples, []int32) {
	x, labels, jitter := Matrix{Rows: n, Width: 2, Data: make([]float32, 2*n)}, make([]int32, n), normals(2*n, 4)
	for i := range labels {
		angle := math.Pi * float64(i/2) / float64(n/2-1)
		row, sign := x.Row(i), 1.0
		if labels[i] = int32(i % 2); i%2 == 1 {
			sign = -1
			row[0], row[1] = 1, 0
		}
		row[0] += float32(sign*math.Cos(angle)) + 0.05*jitter[2*i]
		row[1] += float32(sign*math.Sin(angle)) + 0.05*jitter[2*i+1]
	}
	return Examples{
		Labelled: Matrix{Rows: 2, Width: 2, Data: []float32{-1, 0, 1, -1}}, Labels: []int32{0, 1}, Unlabelled: x,
	}, labels
}

func TestUnlabelledMoonsHelp(t *testing.T) {
	e, labels := moons(200)
	wrong := map[float64]int{}
	for _, weight := range []float64{0, 1} {
		c := NewTSVM(TSVMOptions{
			Options:  Options{Device: device(t, 1), Inputs: 2, Classes: 2, Seed: 1},
			Features: 1000, Gamma: 5, C: 10, CUnlabelled: weight, Balance: 1, Stages: 12, Hot: 1, Cold: 0.1,
		})
		if err := c.Fit(context.Background(), e); err != nil {
			t.Fatal(err)
		}
		logits, err := c.Predict(e.Unlabelled)
		if err != nil {
			t.Fatal(err)
		}
		wrong[weight] = mistakes(logits, labels, 2)
	}
	if wrong[0] < 10 || wrong[1] > wrong[0]/5 {
		t.Errorf("of 200, %d wrong with the labels alone and %d with the moons; want at least 10, and at most a fifth of them", wrong[0], wrong[1])
	}
}

func TestSharesOfClassesAreHeld(t *testing.T) {
	f := normals(300, 5)
	shares := []float64{0.5, 0.3, 0.2}
	for _, temperature := range []float64{3, 0.3} {
		a := &assignment{classes: 3, shares: shares, balance: 1, shift: make([]float64, 3), p: make([]float32, len(f))}
		for range 20 { // each goes on from the shifts before it
			a.assign(f, temperature)
		}
		means := make([]float64, 3)
		for i, q := range a.p {
			means[i%3] += float64(q) / 100
		}
		for i := 0; i < len(f); i += 3 {
			if sum := float64(a.p[i] + a.p[i+1] + a.p[i+2]); math.Abs(sum-1) > 1e-5 {
				t.Fatalf("the probabilities of example %d sum to %g", i/3, sum)
			}
		}
		for k, mean := range means {
			if math.Abs(mean-shares[k]) > 2e-3 {
				t.Errorf("temperature %g: class %d has the share %.4f, want %g", temperature, k, mean, shares[k])
			}
		}
	}
}

// An assignment is the minimum of Σ p·(l(f) − l(−f)) − T·H(p) over the p of one example.
func TestAssignmentIsTheMinimumOfItsObjective(t *testing.T) {
	const temperature = 0.7
	f := []float32{0.3, -0.8, 1.4}
	a := &assignment{classes: 3, shares: []float64{1, 1, 1}, shift: make([]float64, 3), p: make([]float32, 3)}
	a.assign(f, temperature)
	objective := func(p [3]float64) (sum float64) {
		for k, q := range p {
			sum += -q*gain(float64(f[k])) + temperature*q*math.Log(q)
		}
		return sum
	}
	p := [3]float64{float64(a.p[0]), float64(a.p[1]), float64(a.p[2])}
	least := objective(p)
	for k := range p {
		other := p
		other[k] += 1e-3
		other[(k+1)%3] -= 1e-3
		if objective(other) < least {
			t.Errorf("moving from class %d to %d lowers the objective", (k+1)%3, k)
		}
	}
}

// The gradient is computed in float64 from its definition.
func TestNewtonEndsWhereTheGradientIsZero(t *testing.T) {
	const rows, width, labels = 60, 5, 3
	p := newProblem(newProducts(device(t, 1), rows, width, labels))
	phi, weights := normals(rows*width, 6), normals(2*rows*labels, 7)
	p.dev.WriteFloats(p.phi, 0, phi)
	for i := range p.up {
		p.up[i], p.down[i] = weights[2*i]*weights[2*i], weights[2*i+1]*weights[2*i+1]
	}
	if err := p.minimise(context.Background(), effort{newton: 30, conjugate: 50, tolerance: 1e-10}); err != nil {
		t.Fatal(err)
	}
	for k := range labels {
		gradient, bias, w := make([]float64, width), 0.0, p.v[k*width:][:width]
		for j := range gradient {
			gradient[j] = float64(w[j])
		}
		for i := range rows {
			x := phi[i*width:][:width]
			f := dot(w, x) + float64(p.v[labels*width+k])
			slope := -float64(p.up[i*labels+k])*max(0, 1-f) + float64(p.down[i*labels+k])*max(0, 1+f)
			bias += slope
			for j := range gradient {
				gradient[j] += slope * float64(x[j])
			}
		}
		// The sums are of some 60 numbers of about 1, with roundings of 6e-8.
		for j, g := range append(gradient, bias) {
			if math.Abs(g) > 1e-3 {
				t.Errorf("machine %d: the gradient in coefficient %d is %g", k, j, g)
			}
		}
	}
}

// The products of features are means of m cosines. By Hoeffding's inequality all 45 pairs are
// within ε of the kernel but with probability 45·2·exp(−mε²/2), here 1e-6.
func TestRandomFeaturesApproximateTheKernel(t *testing.T) {
	const m, gamma, rows, width = 2000, 0.1, 10, 6
	x := Matrix{Rows: rows, Width: width, Data: normals(rows*width, 8)}
	phi := make([]float32, rows*2*m)
	newFourier(device(t, 1), width, 2*m, gamma, 3).of(phi, x)
	epsilon := math.Sqrt(2 * math.Log(2*45/1e-6) / m)
	for i := range rows {
		for j := range i + 1 {
			squares := 0.0
			for k := range width {
				d := float64(x.Row(i)[k] - x.Row(j)[k])
				squares += d * d
			}
			want, got := math.Exp(-gamma*squares), dot(phi[i*2*m:][:2*m], phi[j*2*m:][:2*m])
			if math.Abs(got-want) > epsilon || i == j && math.Abs(got-1) > 1e-5 {
				t.Errorf("examples %d and %d: want %.4f ± %.4f, found %.4f", i, j, want, epsilon, got)
			}
		}
	}
}
