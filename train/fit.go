package train

import (
	"context"

	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/model/trained/format"
	"ssdgm/train/safetensors"
)

// usualMost is how many training examples tell how usual an example is, at most.
const usualMost = 10_000

// Fit fits what tells how far the answers of a trained model are to be trusted, on a device of one replica, and writes
// model.safetensors again with it: the model's Temperature on the labels of the validation examples, where there are
// any and the model classifies, and its Usual on training examples, evenly spaced, where the model has a bound. The same
// model and examples give the same. It does nothing where an earlier process has done it.
func (r *Result) Fit(ctx context.Context, dev engine.Device) error {
	if r.Fitted {
		return nil
	}
	m := r.Trained
	set, validation, err := trainingSet(m.Config, roomy(r.Train))
	if err != nil {
		return err
	}
	on := m.On(dev)
	if validation > 0 && m.Config.Classifies() {
		examples := ExamplesOf(set.Last(validation), ValidationSplit)
		if m.Temperature, err = on.FitTemperature(ctx, examples); err != nil {
			return err
		}
	}
	if m.HasBound() {
		examples := ExamplesOf(set.Picked(spaced(set.N-validation, usualMost)), "train")
		if m.Usual, err = on.FitUsual(ctx, examples); err != nil {
			return err
		}
	}
	r.Fitted = true
	_, err = r.Run.WriteModel(m.File())
	return err
}

// FitPasses is about how many examples go through the model in Fit.
func (r *Result) FitPasses() int {
	if r.Fitted {
		return 0
	}
	n, m := 0, r.Trained
	for _, validation := range r.Examples.Validation {
		n += validation
	}
	if !m.HasBound() {
		return n
	}
	rows := r.Examples.WithoutLabel
	for class, labelled := range r.Examples.Labelled {
		rows += labelled + r.Examples.Unlabelled[class]
	}
	return n + min(rows, usualMost)*min(m.Config.Eval.Samples, trained.UsualSamples)
}

// spaced are at most so many of the numbers below n, evenly spaced.
func spaced(n, most int) []int32 {
	count := min(n, most)
	all := make([]int32, count)
	for i := range all {
		all[i] = int32(i * n / count)
	}
	return all
}

// takeFitted takes what was fitted when an earlier process had ended the training, if the file that it left has these
// very parameters. It tells whether that is all that Fit would fit.
func (m *member) takeFitted() bool {
	t := m.trained
	file, err := trained.ReadFile(m.run.Dir())
	if err != nil || file.Metadata[format.Digest] != t.Data {
		return false
	}
	if t.RestoreFitted(file) != nil || safetensors.Summed(t.Tensors(), nil)[safetensors.SumKey] != file.Metadata[safetensors.SumKey] {
		t.Temperature, t.Usual = nil, nil
		return false
	}
	return t.Usual != nil || t.Temperature != nil && !t.HasBound()
}
