//go:build cuda

package trained

import (
	"math"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/cuda"
)

// TestACardAnswersAsTheProcessor compares every answer of every kind of model, samples and imputations among them: their
// noise is the same, so they differ by rounding alone. On the card too a row's answers do not hang on its neighbours, but
// for rounding: a minibatch of another size may sum in another order.
func TestACardAnswersAsTheProcessor(t *testing.T) {
	for name, c := range applicable(t) {
		on := func(dev engine.Device, err error) map[string][]float32 {
			must(t, err)
			defer func() { must(t, dev.Close()) }()
			a, err := c.m.On(dev).Apply()
			must(t, err)
			defer func() { must(t, a.Close()) }()
			whole := answers(t, a, c.x)
			alone := map[string][]float32{}
			for i := range 3 {
				for call, values := range answers(t, a, c.x[i*16:][:16]) {
					alone[call] = append(alone[call], values...)
				}
			}
			for call, values := range alone {
				near(t, name+", "+call+" of a row alone and among others", values, whole[call][:len(values)])
			}
			return whole
		}
		card, processor := on(cuda.New(cuda.Options{Replicas: 1})), on(cpu.New(cpu.Options{Replicas: 1, Threads: 2}))
		if len(card) != len(processor) {
			t.Errorf("%s: a card answers %d calls, a processor %d", name, len(card), len(processor))
		}
		for call, values := range card {
			near(t, name+", "+call+" of a card and a processor", values, processor[call])
		}
	}
}

// near holds that values differ by rounding.
func near(t *testing.T, what string, found, want []float32) {
	t.Helper()
	if len(found) != len(want) {
		t.Fatalf("%s: %d and %d values", what, len(found), len(want))
	}
	for i, v := range found {
		if !(math.Abs(float64(v-want[i])) <= 1e-4*max(1, math.Abs(float64(want[i])))) {
			t.Errorf("%s: value %d is %g and %g", what, i, v, want[i])
			return
		}
	}
}
