package trained

import (
	"context"
	"fmt"
	"testing"

	"ssdgm/configs"
)

// paperModel is an M1+M2 of the paper's sizes (784-600-600-50, and M2 of 300) on MNIST's pixels, with initial parameters.
func paperModel(tb testing.TB) *Model {
	tb.Helper()
	c, _, err := configs.Parse("paper", nil, []string{"model=m1m2", "m1.hidden=[600, 600]", "m1.latents=50",
		"m2.hidden=[300]", "m2.classifier_hidden=[300]", "m2.latents=10", "yardstick=false",
		"m1.train.steps=1", "m2.train.steps=1"})
	if err != nil {
		tb.Fatal(err)
	}
	m := New(c, Size{Inputs: 784, Height: 28, Width: 28, Classes: 10})
	kept := make([]int, 40)
	for i := range kept {
		kept[i] = i
	}
	m.Keep(kept)
	for _, p := range m.Parts() {
		*p.Values = p.Layout.Init(0)
	}
	return m
}

// BenchmarkApplied answers rows of MNIST's size by the paper's M1+M2: one, a few, and as many as a stream hands over. Of
// two processors that 'ssdgm bench' gives a ceiling of C GFLOP/s, 4096 rows are to be classified at 170·C rows a second
// at least, and 42·C with their bounds.
func BenchmarkApplied(b *testing.B) {
	a, err := paperModel(b).Apply()
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	for name, call := range map[string]func(context.Context, []float32) ([]float32, error){
		"Classify": a.Classify, "Encode": a.Encode, "Bounds": a.Bounds,
	} {
		for _, n := range []int{1, 8, 64, 4096} {
			x := make([]float32, n*784)
			for i := range x {
				x[i] = float32(i*i%256) / 255
			}
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := call(b.Context(), x); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}
