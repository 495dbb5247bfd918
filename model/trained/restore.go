package trained

import (
	"cmp"
	"slices"
	"strings"

	"ssdgm/engine"
	"ssdgm/model/baseline"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/spec"
	"ssdgm/train/safetensors"
)

// Restore takes all finished networks from a file; names of tensors that it lacks
// altogether stay untrained.
func (m *Model) Restore(f *safetensors.File) error {
	if _, ok := f.Lookup(format.Kept); ok && m.Config.HasM1() && m.Config.Classifies() {
		if err := m.restoreKept(f); err != nil {
			return err
		}
	}
	for _, p := range m.Parts() {
		if _, ok := f.Lookup(p.Layout.Tensors[0].Name); !ok {
			continue
		}
		values, err := format.Import(p.Layout, f)
		if err != nil {
			return err
		}
		*p.Values = values
	}
	if err := m.restoreLearnt(f); err != nil {
		return err
	}
	return m.RestoreFitted(f)
}

// RestoreFitted takes the Temperature and the Usual that a file has.
func (m *Model) RestoreFitted(f *safetensors.File) error {
	if err := m.readTemperature(f); err != nil {
		return err
	}
	return m.readUsual(f)
}

func (m *Model) restoreKept(f *safetensors.File) error {
	tensor, _ := f.Lookup(format.Kept)
	raw, err := safetensors.Values[int64](f, format.Kept, tensor.Shape...)
	if err != nil {
		return format.Errorf("%w", err)
	}
	kept := make([]int, len(raw))
	for i, j := range raw {
		kept[i] = int(j)
	}
	if len(kept) == 0 || !ascending(kept) || kept[0] < 0 || kept[len(kept)-1] >= m.M1.Latents {
		return format.Errorf("%s: want ascending latents from 0 to %d, found %v", format.Kept, m.M1.Latents-1, kept)
	}
	m.Keep(kept)
	return nil
}

// ascending tells whether every number is greater than the one before it.
func ascending(numbers []int) bool {
	for i := 1; i < len(numbers); i++ {
		if numbers[i] <= numbers[i-1] {
			return false
		}
	}
	return true
}

// baselineInputs is how many numbers of an example a baseline sees.
func (m *Model) baselineInputs() int {
	if m.M1 != nil {
		return len(m.Kept)
	}
	return m.Input.Out()
}

// Baseline makes the configuration's baseline; it has learnt nothing yet. Of the options, only Device and Progress are
// the caller's; without a device it can only import. rule is how a convolutional network is to be trained.
func (m *Model) Baseline(o baseline.Options, rule engine.OptimiserOptions) (baseline.Classifier, error) {
	o.Inputs, o.Classes, o.Seed = m.baselineInputs(), m.K, m.Config.Seed
	images := spec.Images{Height: m.Height, Width: m.Width, Channels: m.channels()}
	classifier, err := spec.Baseline(m.Config, images, o, rule)
	if err != nil {
		return nil, format.Errorf("cnn: %w", err)
	}
	return classifier, nil
}

// channels is how many values a pixel has; 0 where the image's sides are not known.
func (m *Model) channels() int {
	if m.Height == 0 || m.Width == 0 {
		return 0
	}
	return m.Inputs / (m.Height * m.Width)
}

// restoreLearnt takes back what a baseline has learnt, where a file has it.
func (m *Model) restoreLearnt(f *safetensors.File) error {
	phase := m.Config.Baseline()
	learnt := func(tensor safetensors.Tensor) bool { return strings.HasPrefix(tensor.Name, phase+".") }
	if phase == "" || !slices.ContainsFunc(f.Tensors, learnt) {
		return nil
	}
	if m.M1 != nil && m.Kept == nil {
		return format.Errorf("want the tensor %s, found none", format.Kept)
	}
	classifier, err := m.Baseline(baseline.Options{}, engine.OptimiserOptions{})
	if err != nil {
		return err
	}
	var unfit error
	err = classifier.Import(func(name string) (baseline.Tensor, bool) {
		tensor, ok := f.Lookup(name)
		single, err := tensor.Single()
		unfit = cmp.Or(unfit, err)
		return baseline.Tensor(single), ok
	})
	if err = cmp.Or(unfit, err); err != nil {
		return format.Errorf("%w", err)
	}
	m.Learnt = classifier.Export()
	return nil
}

// learnt is the baseline with what it has learnt, on a device.
func (m *Model) learnt(dev engine.Device) (baseline.Classifier, error) {
	classifier, err := m.Baseline(baseline.Options{Device: dev}, engine.OptimiserOptions{})
	if err != nil {
		return nil, err
	}
	return classifier, classifier.Import(func(name string) (baseline.Tensor, bool) {
		at := slices.IndexFunc(m.Learnt, func(tensor baseline.Tensor) bool { return tensor.Name == name })
		if at < 0 {
			return baseline.Tensor{}, false
		}
		return m.Learnt[at], true
	})
}
