package baseline

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/noise"
)

func device(t *testing.T, threads int) engine.Device {
	dev, err := cpu.New(cpu.Options{Replicas: 1, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	return dev
}

// normals are standard normals that a number names.
func normals(n, name int) []float32 {
	x := make([]float32, n)
	noise.Fill(x, 7, name)
	return x
}

// blobs are n examples of 16 numbers in each of three classes that overlap a little.
func blobs(n, name int) (Matrix, []int32) {
	x, labels := Matrix{Rows: 3 * n, Width: 16, Data: normals(3*n*16, name)}, make([]int32, 3*n)
	for i := range labels {
		labels[i] = int32(i % 3)
		x.Row(i)[i%3] += 4
	}
	return x, labels
}

// blobExamples are a few labelled blobs and many unlabelled ones.
func blobExamples() Examples {
	labelled, labels := blobs(4, 1)
	unlabelled, _ := blobs(60, 2)
	return Examples{Labelled: labelled, Labels: labels, Unlabelled: unlabelled}
}

// classifiers are one of every kind, for the blobs.
func classifiers(t *testing.T, dev engine.Device) map[string]Classifier {
	o := Options{Device: dev, Inputs: 16, Classes: 3, Seed: 5}
	svm := TSVMOptions{Options: o, C: 10, CUnlabelled: 1, Balance: 1, Stages: 4, Hot: 3, Cold: 0.1, Gamma: 1}
	rbf := svm
	rbf.Features = 64
	cnn, err := NewCNN(CNNOptions{
		Options: o, Height: 4, Width: 4, Channels: 1, Filters: []int{8}, Kernel: 3, Hidden: 16, Dropout: 0.25,
		BatchSize: 5, Steps: 60, Rate: 1e-2,
		Optimiser: engine.OptimiserOptions{Rule: engine.Adam, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]Classifier{
		"knn": NewKNN(KNNOptions{Options: o}), "linear": NewTSVM(svm), "rbf": NewTSVM(rbf), "cnn": cnn,
	}
}

// fitted is what a classifier predicts for other blobs after Fit, and how many are wrong.
func fitted(t *testing.T, c Classifier, e Examples) (logits []float32, wrong int) {
	t.Helper()
	if err := c.Fit(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	x, labels := blobs(50, 3)
	logits, err := c.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	return logits, mistakes(logits, labels, 3)
}

func mistakes(logits []float32, labels []int32, classes int) (wrong int) {
	for i, label := range labels {
		if best(logits[i*classes:][:classes]) != int(label) {
			wrong++
		}
	}
	return wrong
}

func TestClassifiersLearn(t *testing.T) {
	for name, c := range classifiers(t, device(t, 1)) {
		if _, wrong := fitted(t, c, blobExamples()); wrong > 45 {
			t.Errorf("%s: %d of 150 wrong, want at most 45", name, wrong)
		}
	}
}

func TestSameBytesForAnyNumberOfThreadsAndTwice(t *testing.T) {
	want := map[string][]float32{}
	for _, threads := range []int{1, 1, 2, 3} {
		for name, c := range classifiers(t, device(t, threads)) {
			logits, _ := fitted(t, c, blobExamples())
			if before, ok := want[name]; ok && !slices.Equal(logits, before) {
				t.Errorf("%s: %d threads gave other logits", name, threads)
			}
			want[name] = logits
		}
	}
}

func TestImportTakesBackWhatExportGave(t *testing.T) {
	fresh := classifiers(t, device(t, 1))
	for name, c := range classifiers(t, device(t, 1)) {
		logits, _ := fitted(t, c, blobExamples())
		tensors := map[string]Tensor{}
		for _, tensor := range c.Export() {
			tensors[tensor.Name] = tensor
		}
		lookup := func(name string) (Tensor, bool) { tensor, ok := tensors[name]; return tensor, ok }
		if err := fresh[name].Import(lookup); err != nil {
			t.Fatal(err)
		}
		x, _ := blobs(50, 3)
		if again, err := fresh[name].Predict(x); err != nil || !slices.Equal(again, logits) {
			t.Errorf("%s: other logits after Import (%v)", name, err)
		}
		damage(t, name, fresh[name], c.Export())
	}
}

// damage takes each tensor away, and changes its shape and its numbers.
func damage(t *testing.T, name string, c Classifier, sound []Tensor) {
	t.Helper()
	for i := range sound {
		damages := map[string]func() []Tensor{
			"missing": func() []Tensor { return slices.Delete(slices.Clone(sound), i, i+1) },
			"longer": func() []Tensor {
				all := slices.Clone(sound)
				all[i].Shape = append(slices.Clone(all[i].Shape), 2)
				return all
			},
			"not a number": func() []Tensor {
				all := slices.Clone(sound)
				if values, ok := all[i].Data.([]float32); ok {
					bad := slices.Clone(values)
					bad[len(bad)-1] = float32(math.NaN())
					all[i].Data = bad
				} else {
					all[i].Data = []float32{1}
				}
				return all
			},
		}
		for what, make := range damages {
			all := make()
			err := c.Import(func(name string) (Tensor, bool) {
				at := slices.IndexFunc(all, func(t Tensor) bool { return t.Name == name })
				if at < 0 {
					return Tensor{}, false
				}
				return all[at], true
			})
			if err == nil {
				t.Errorf("%s: %s %s: want an error, found none", name, sound[i].Name, what)
			}
		}
	}
}

func TestCancelledFitSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range classifiers(t, device(t, 1)) {
		if err := c.Fit(ctx, blobExamples()); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: want %v, found %v", name, context.Canceled, err)
		}
	}
}

func TestFitLeavesNoMemoryOnTheDevice(t *testing.T) {
	dev := device(t, 1)
	mark := dev.Mark()
	for name, c := range classifiers(t, dev) {
		if fitted(t, c, blobExamples()); dev.Mark() != mark {
			t.Errorf("%s: arrays are left", name)
		}
	}
}

// permuted is the examples in another order.
func permuted(e Examples) Examples {
	reverse := func(m Matrix) Matrix {
		out := Matrix{Rows: m.Rows, Width: m.Width}
		for i := m.Rows - 1; i >= 0; i-- {
			out.Data = append(out.Data, m.Row(i)...)
		}
		return out
	}
	labels := slices.Clone(e.Labels)
	slices.Reverse(labels)
	return Examples{Labelled: reverse(e.Labelled), Labels: labels, Unlabelled: reverse(e.Unlabelled)}
}

// The sums of a machine are in another order then, so that it is equal to rounding only.
func TestOrderOfExamplesDoesNotCount(t *testing.T) {
	other := classifiers(t, device(t, 1))
	for name, c := range classifiers(t, device(t, 1)) {
		tolerance := map[string]float64{"knn": 0, "linear": 1e-2, "rbf": 1e-2}
		if _, ok := tolerance[name]; !ok {
			continue // its minibatches depend on the order
		}
		want, _ := fitted(t, c, blobExamples())
		got, _ := fitted(t, other[name], permuted(blobExamples()))
		for i := range want {
			if math.Abs(float64(want[i]-got[i])) > tolerance[name]*(1+math.Abs(float64(want[i]))) {
				t.Errorf("%s: logit %d: %g in one order, %g in the other", name, i, want[i], got[i])
				break
			}
		}
	}
}

// With values missing a classifier is what it is with 0 in their place, and its caller's examples stay as they are.
func TestMissingValuesAreReadAsZero(t *testing.T) {
	dev := device(t, 1)
	zeroed, holed := blobExamples(), blobExamples()
	for _, m := range []*Matrix{&zeroed.Labelled, &zeroed.Unlabelled} {
		m.Data = slices.Clone(m.Data)
		for i := 0; i < len(m.Data); i += 5 {
			m.Data[i] = 0
		}
	}
	for _, m := range []*Matrix{&holed.Labelled, &holed.Unlabelled} {
		m.Data = slices.Clone(m.Data)
		for i := 0; i < len(m.Data); i += 5 {
			m.Data[i] = float32(math.NaN())
		}
	}
	plain := classifiers(t, dev)
	for name, c := range classifiers(t, dev) {
		want, _ := fitted(t, plain[name], zeroed)
		got, _ := fitted(t, Observing(c), holed)
		if !slices.Equal(got, want) {
			t.Errorf("%s: other answers than with 0 in place of what is missing", name)
		}
	}
	for name, c := range plain {
		want, err := c.Predict(zeroed.Unlabelled)
		got, errHoled := Observing(c).Predict(holed.Unlabelled)
		if err := errors.Join(err, errHoled); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: other answers of examples that lack values than with 0 in their place (%v)", name, err)
		}
	}
	if v := holed.Labelled.Data[0]; v == v {
		t.Error("the examples that were given have been changed")
	}
}
