package train

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"ssdgm/model/trained"
	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
)

// gappySet is measuredSet with years that tell about the age, without some three values of ten.
func gappySet(n int) *data.Set {
	set := measuredSet(n)
	for row := range slices.Chunk(set.Floats, set.D()) {
		row[4] -= float32(math.Round(float64(row[0]) / 5))
	}
	state := uint32(5)
	for i := range set.Floats {
		if state = state*1664525 + 1013904223; state>>8 < 3<<24/10 {
			set.Floats[i] = float32(math.NaN())
		}
	}
	return set
}

// boundOn is a model's mean bound on a set.
func boundOn(t *testing.T, m *trained.Model, set *data.Set) float64 {
	t.Helper()
	e := must[*trained.Evaluation](t)(m.On(openCPU(t)).Evaluate(t.Context(), ExamplesOf(set, "test")))
	return *e.Bound
}

// A model that leaves out what is missing comes to a higher bound on what is there than one that was trained with means
// in its place, which it takes for data.
func TestAMaskBeatsMeansOnTheValuesThatAreThere(t *testing.T) {
	set, dir := gappySet(400), t.TempDir()
	sets := append(slices.Clone(onMeasured), "model=m1",
		"m1.hidden=[24]", "m1.train.steps=1000", "m1.train.log_every=100",
		"m1.train.batch_size=50", "m1.train.optimiser.rate=0.003", "eval.samples=20", "checkpoint.every_steps=1000")
	results, o, err := trainOn(t, set, dir, append(sets, `grid.data.missing=["mask", "mean"]`)...)
	if err != nil {
		t.Fatal(err)
	}
	mask, mean := results[0].Trained, results[1].Trained
	if !mask.M1.Missing || mean.M1.Missing || mask.Input.Missing != transform.Mask {
		t.Fatalf("want the first model alone to know of missing values")
	}
	// The parameters that means gave, asked about what is there.
	c := *mask.Config
	size := trained.Size{Inputs: mask.Inputs, Height: 1, Width: mask.Width, Classes: mask.K, Input: mask.Input}
	same := trained.New(&c, size)
	same.M1Values = mean.M1Values
	first, found, ofMeans := float64(*o.lines[0].Bound), boundOn(t, mask, set), boundOn(t, same, set)
	t.Logf("bound %.3f nats in the first steps, %.3f in the end; of means %.3f", first, found, ofMeans)
	if !(found > first+1) || !(found > ofMeans+0.2) {
		t.Errorf("want a higher bound than %g in the first steps and than %g of means, found %g", first, ofMeans, found)
	}
}

// Every model takes a table with gaps, answers about rows with gaps, and takes what is missing for 0 where it reads it:
// after standardisation the mean, which a raw row can have too.
func TestEveryModelTakesMissingValues(t *testing.T) {
	set := gappySet(240)
	filled := *set
	for _, model := range []string{"m1", "m2", "m1m2", "supervised", "knn", "tsvm", "m1knn"} {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			results, _, err := trainOn(t, set, dir, append(slices.Clone(onMeasured), "data.missing=mask", "model="+model)...)
			if err != nil || results[0].Fault != nil {
				t.Fatal(err, results)
			}
			file := filepath.Join(dir, "model.safetensors")
			m := must[*trained.Model](t)(trained.Open(file, trained.Settings("data.missing=error")))
			m = m.On(openCPU(t))
			must[*trained.Evaluation](t)(m.Evaluate(t.Context(), ExamplesOf(set, "test")))
			if model != "knn" && model != "tsvm" {
				requireNetworks(t, m, set)
			}
			filled := filled
			filled.Floats = slices.Clone(set.Floats)
			for i, v := range filled.Floats {
				if v != v {
					filled.Floats[i] = m.Input.Shift[i%set.D()]
				}
			}
			for name, ask := range map[string]func(x *tensor.Dense) (*tensor.Dense, error){
				"classify": func(x *tensor.Dense) (*tensor.Dense, error) { return m.Classify(t.Context(), x) },
				"encode":   func(x *tensor.Dense) (*tensor.Dense, error) { return m.Encode(t.Context(), x) },
			} {
				if name == "classify" && model == "m1" || name == "encode" && m.M1 == nil && m.M2 == nil {
					continue
				}
				found, want := must[*tensor.Dense](t)(ask(arrayOf(set))), must[*tensor.Dense](t)(ask(arrayOf(&filled)))
				if !slices.Equal(found.Data().([]float32), want.Data().([]float32)) {
					t.Errorf("%s: other answers than of rows with means in place of what is missing", name)
				}
			}
		})
	}
}
