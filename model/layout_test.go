package model

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"ssdgm/engine"
)

// table lists a layout as name and shape.
func table(l *Layout) []string {
	var lines []string
	for _, t := range l.Tensors {
		lines = append(lines, fmt.Sprint(t.Name, t.Shape))
	}
	slices.Sort(lines)
	return lines
}

func TestNamesAndShapesAreTheCheckpoints(t *testing.T) {
	m1 := NewM1(M1Spec{Inputs: 9, Hidden: []int{7, 6}, Latents: 3})
	m1Gaussian := NewM1(M1Spec{Inputs: 9, Hidden: []int{7}, Latents: 3, Output: Gaussian})
	m2 := NewM2(M2Spec{Inputs: 9, Labels: 4, Hidden: []int{7, 6}, ClassifierHidden: []int{5}, Latents: 3, ClassPrior: LearnedPrior})
	supervised := NewSupervised(SupervisedSpec{Inputs: 9, Labels: 4, Hidden: []int{5}})
	cases := []struct {
		layout *Layout
		want   []string
	}{
		{&m1.Layout, []string{
			"m1.encoder.0.weight[7 9]", "m1.encoder.0.bias[7]", "m1.encoder.1.weight[6 7]", "m1.encoder.1.bias[6]",
			"m1.encoder.mean.weight[3 6]", "m1.encoder.mean.bias[3]", "m1.encoder.logvar.weight[3 6]", "m1.encoder.logvar.bias[3]",
			"m1.decoder.0.weight[6 3]", "m1.decoder.0.bias[6]", "m1.decoder.1.weight[7 6]", "m1.decoder.1.bias[7]",
			"m1.decoder.out.weight[9 7]", "m1.decoder.out.bias[9]",
		}},
		{&m1Gaussian.Layout, []string{
			"m1.encoder.0.weight[7 9]", "m1.encoder.0.bias[7]",
			"m1.encoder.mean.weight[3 7]", "m1.encoder.mean.bias[3]", "m1.encoder.logvar.weight[3 7]", "m1.encoder.logvar.bias[3]",
			"m1.decoder.0.weight[7 3]", "m1.decoder.0.bias[7]",
			"m1.decoder.mean.weight[9 7]", "m1.decoder.mean.bias[9]", "m1.decoder.logvar.weight[9 7]", "m1.decoder.logvar.bias[9]",
		}},
		{&m2.Layout, []string{
			"m2.classifier.0.weight[5 9]", "m2.classifier.0.bias[5]", "m2.classifier.out.weight[4 5]", "m2.classifier.out.bias[4]",
			"m2.encoder.0.weight[7 9]", "m2.encoder.0.label.weight[7 4]", "m2.encoder.0.bias[7]",
			"m2.encoder.1.weight[6 7]", "m2.encoder.1.bias[6]",
			"m2.encoder.mean.weight[3 6]", "m2.encoder.mean.bias[3]", "m2.encoder.logvar.weight[3 6]", "m2.encoder.logvar.bias[3]",
			"m2.decoder.0.weight[6 3]", "m2.decoder.0.label.weight[6 4]", "m2.decoder.0.bias[6]",
			"m2.decoder.1.weight[7 6]", "m2.decoder.1.bias[7]", "m2.decoder.out.weight[9 7]", "m2.decoder.out.bias[9]",
			"m2.class_prior.logits[4]",
		}},
		{&supervised.Layout, []string{
			"classifier.0.weight[5 9]", "classifier.0.bias[5]", "classifier.out.weight[4 5]", "classifier.out.bias[4]",
		}},
	}
	for _, c := range cases {
		slices.Sort(c.want)
		if got := table(c.layout); !slices.Equal(got, c.want) {
			t.Errorf("tensors\n%v\nwant\n%v", got, c.want)
		}
	}
}

// largeLayouts are the layouts of the paper's networks and of deep ones.
func largeLayouts() map[string]*Layout {
	deep := []int{60, 50, 40, 30, 20}
	return map[string]*Layout{
		"m1":         &NewM1(M1Spec{Inputs: 784, Hidden: []int{600, 600}, Latents: 50}).Layout,
		"m1 deep":    &NewM1(M1Spec{Inputs: 784, Hidden: deep, Latents: 50, Output: Gaussian}).Layout,
		"m2":         &NewM2(M2Spec{Inputs: 50, Labels: 10, Hidden: []int{500}, ClassifierHidden: []int{500}, Latents: 50, Output: Gaussian}).Layout,
		"m2 deep":    &NewM2(M2Spec{Inputs: 50, Labels: 10, Hidden: deep, ClassifierHidden: deep, Latents: 50, ClassPrior: LearnedPrior}).Layout,
		"supervised": &NewSupervised(SupervisedSpec{Inputs: 784, Labels: 10, Hidden: deep}).Layout,
	}
}

func TestTensorsTileTheFlatArray(t *testing.T) {
	for name, l := range largeLayouts() {
		next := 0
		for _, tensor := range l.Tensors {
			if tensor.Offset != next {
				t.Errorf("%s: %s starts at %d, want %d", name, tensor.Name, tensor.Offset, next)
			}
			next += tensor.Len()
		}
		if l.Size != next {
			t.Errorf("%s: size %d, tensors hold %d", name, l.Size, next)
		}
	}
}

func TestExportAndImportAreInverse(t *testing.T) {
	for name, l := range largeLayouts() {
		flat, back := make([]float32, l.Size), make([]float32, l.Size)
		for i := range flat {
			flat[i] = float32(i)
		}
		for _, tensor := range l.Tensors {
			part := make([]float32, tensor.Len())
			tensor.Export(part, flat)
			tensor.Import(back, part)
		}
		if !slices.Equal(flat, back) {
			t.Errorf("%s: a round trip changes the parameters", name)
		}
	}
}

func TestALabelTableIsTransposedInMemory(t *testing.T) {
	l := &Layout{}
	l.table("table", 2, 3, 1)
	exported := make([]float32, 6)
	l.Tensors[0].Export(exported, []float32{1, 2, 3, 4, 5, 6}) // labels 0, 1, 2 of two units each
	if want := []float32{1, 3, 5, 2, 4, 6}; !slices.Equal(exported, want) {
		t.Errorf("exported %v, want %v", exported, want)
	}
}

func TestFindGivesTheTensorOfAName(t *testing.T) {
	for name, l := range largeLayouts() {
		for i := range l.Tensors {
			if found, ok := l.Find(l.Tensors[i].Name); !ok || found != &l.Tensors[i] {
				t.Errorf("%s: %s is not found", name, l.Tensors[i].Name)
			}
		}
		if _, ok := l.Find("m3.encoder.0.weight"); ok {
			t.Errorf("%s: a tensor is found that is not there", name)
		}
	}
}

func TestAtNamesEveryPlace(t *testing.T) {
	l := &Layout{}
	l.add("a", 0, 2, 3)
	l.table("b", 2, 3, 1)
	l.add("c", 0, 1)
	for place, want := range map[int]string{0: "a[0]", 5: "a[5]", 6: "b[0]", 7: "b[3]", 8: "b[1]", 11: "b[5]", 12: "c[0]"} {
		if got := l.At(place); got != want {
			t.Errorf("place %d is %s, want %s", place, got, want)
		}
	}
}

// initial is one tensor's initial values.
func initial(t *testing.T, l *Layout, name string, seed uint64) []float32 {
	t.Helper()
	tensor, ok := l.Find(name)
	if !ok {
		t.Fatalf("no tensor %s", name)
	}
	return l.Init(seed)[tensor.Offset:][:tensor.Len()]
}

func TestInitialValuesOfATensorDependOnItAlone(t *testing.T) {
	narrow := NewM2(M2Spec{Inputs: 9, Labels: 4, Hidden: []int{7}, Latents: 3})
	deep := NewM2(M2Spec{
		Inputs: 9, Labels: 4, Hidden: []int{7, 5}, ClassifierHidden: []int{6}, Latents: 2, Output: Gaussian, ClassPrior: LearnedPrior,
	})
	for _, name := range []string{"m2.encoder.0.weight", "m2.encoder.0.label.weight"} {
		if !slices.Equal(initial(t, &narrow.Layout, name, 1), initial(t, &deep.Layout, name, 1)) {
			t.Errorf("%s changes with the other tensors", name)
		}
	}
}

func TestInitialValuesHaveTheSpreadOfTheirFanIn(t *testing.T) {
	for name, l := range largeLayouts() {
		values := l.Init(1)
		for _, tensor := range l.Tensors {
			if tensor.scale == 0 {
				continue
			}
			part := values[tensor.Offset:][:tensor.Len()]
			square := 0.0
			for _, v := range part {
				square += float64(v) * float64(v) / float64(len(part))
			}
			// The mean of n squares is off by √(2/n) of itself; five times that never happens.
			if relative := square * fanInOf(l, &tensor); !(math.Abs(relative-1) <= 5*math.Sqrt(2/float64(len(part)))) {
				t.Errorf("%s: %s has %.3f of the mean square that its fan-in asks for", name, tensor.Name, relative)
			}
		}
	}
}

// fanInOf is the number of inputs of a unit: a layer with a label table also has
// one for each label.
func fanInOf(l *Layout, t *Tensor) float64 {
	in := t.Shape[1]
	for _, prefix := range []string{"m2.encoder.0", "m2.decoder.0"} {
		weight, ok := l.Find(prefix + ".weight")
		if !ok {
			continue
		}
		label, _ := l.Find(prefix + ".label.weight")
		if t.Name == weight.Name || t.Name == label.Name {
			in = weight.Shape[1] + label.Shape[1]
		}
	}
	return float64(in)
}

func TestBiasesAndLogvarHeadsStartAtZero(t *testing.T) {
	for name, l := range largeLayouts() {
		values := l.Init(1)
		for _, tensor := range l.Tensors {
			zero := len(tensor.Shape) == 1 || slices.Contains([]string{
				"m1.encoder.logvar.weight", "m1.decoder.logvar.weight", "m2.encoder.logvar.weight", "m2.decoder.logvar.weight",
			}, tensor.Name)
			for _, v := range values[tensor.Offset:][:tensor.Len()] {
				if (v == 0) != zero {
					t.Errorf("%s: %s starts with %g", name, tensor.Name, v)
					break
				}
			}
		}
	}
}

func TestNoTwoTensorsShareInitialNoise(t *testing.T) {
	numbers := map[int]string{}
	for _, l := range largeLayouts() {
		for i, tensor := range l.Tensors {
			n := l.number(i)
			if other, ok := numbers[n]; ok && other != tensor.Name {
				t.Errorf("%s and %s start from the same noise", tensor.Name, other)
			}
			numbers[n] = tensor.Name
		}
	}
}

func TestReversedMirrors(t *testing.T) {
	widths := []int{7, 6, 5}
	if got := reversed(widths); !slices.Equal(got, []int{5, 6, 7}) || widths[0] != 7 {
		t.Errorf("the mirror of [7 6 5] is %v and leaves %v", got, widths)
	}
}

func TestM2WithoutAHiddenLayerPanics(t *testing.T) {
	defer func() {
		if r := recover(); r != "model: M2 without a hidden layer" {
			t.Errorf("panic %v", r)
		}
	}()
	NewM2(M2Spec{Inputs: 3, Labels: 2, Latents: 1, Activation: engine.Softplus})
}
