package cuda

import (
	"testing"

	"ssdgm/engine/counting"
	"ssdgm/kernels"
	"ssdgm/train"
)

// compiled is the launches of a training step of the paper's sizes, for a card of 132 multiprocessors.
func compiled(t *testing.T, name string) []launch {
	t.Helper()
	step, err := train.NewStep(counting.New(1), name)
	if err != nil {
		t.Fatal(err)
	}
	f, card := &fake{}, kernels.Card{Multiprocessors: 132, Replicas: 1}
	c := compiler{Builder: kernels.Builder{Memory: f, Replicas: 1, Card: card}, data: f, rules: rules}
	return c.compile(step.Steps)
}

// longestPath is how many launches of a graph follow one another at least.
func longestPath(all []launch) int {
	main, aside := 0, 0
	for i, l := range all {
		if !l.aside {
			main++
			continue
		}
		if i == 0 || !all[i-1].aside {
			aside = max(aside, main)
		}
		aside++
	}
	return max(main, aside)
}

// A launch that others wait for costs a card about a microsecond, whatever it does.
func TestLaunchesOfATrainingStep(t *testing.T) {
	for _, want := range []struct {
		step           string
		launches, path int
	}{
		{"m1-b100", 24, 22},
		{"m2-100-100", 38, 36},
		{"m2-100-500", 38, 35},
		{"joint-50-200", 60, 58},
	} {
		all := compiled(t, want.step)
		if path := longestPath(all); len(all) != want.launches || path != want.path {
			t.Errorf("%s: %d launches, %d on the longest path; want %d and %d", want.step, len(all), path, want.launches, want.path)
		}
	}
}
