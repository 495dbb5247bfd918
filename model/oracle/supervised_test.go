//go:build !cuda

package oracle

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func drawSupervised(seed uint64, s SupervisedSpec, rows int) (Params, Matrix, []int) {
	r := rand.New(rand.NewPCG(seed, 3))
	p := initial{r: r, params: Params{}}
	p.dense("classifier.out", p.stack("classifier", s.Inputs, s.Hidden), s.Labels)
	labels := make([]int, rows)
	for i := range labels {
		labels[i] = r.IntN(s.Labels)
	}
	return p.params, normals(r, rows, s.Inputs, 1), labels
}

func TestSupervisedGradientsAreThoseOfFiniteDifferences(t *testing.T) {
	for _, activation := range activationNames() {
		for _, hidden := range [][]int{nil, {5}, {4, 3}} {
			for _, rows := range []int{1, 4} {
				t.Run(fmt.Sprintf("%s/%v/%d", activation, hidden, rows), func(t *testing.T) {
					s := SupervisedSpec{Inputs: 4, Labels: 3, Hidden: hidden, Activation: activation, WeightPrior: 2, NTotal: 30}
					seed := awayFromKinks(t, activation, func(seed uint64) float64 {
						params, x, labels := drawSupervised(seed, s, rows)
						b := newBrute(params, activation)
						b.supervised(s, x, labels)
						return b.kink
					})
					params, x, labels := drawSupervised(seed, s, rows)
					loss, grads, err := Supervised(s, params, x, labels)
					if err != nil {
						t.Fatal(err)
					}
					b := newBrute(params, activation)
					requireAgreement(t, params, func() float64 { return b.supervised(s, x, labels) }, loss, grads)
				})
			}
		}
	}
}
