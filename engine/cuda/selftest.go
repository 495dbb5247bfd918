//go:build cuda

package cuda

import (
	"errors"
	"fmt"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
	"ssdgm/engine/ref"
)

// selfTest holds every step against the reference on a device like this one: a
// driver or a card that computes something else is found before it has spoilt a
// run. Its cases are the smaller ones of the conformance suite, which is the thorough one.
func (d *device) selfTest() error {
	o := Options{Replicas: 2, Device: d.card.info.Index, Precision: FP32, MatMul: Own}
	if d.tf32 {
		o.Precision = TF32
	}
	if d.blas != nil {
		o.MatMul = CuBLAS
	}
	same, err := open(o)
	if err != nil {
		return err
	}
	// For a card this small, products this small are cut into tiles of every size.
	same.plans.Multiprocessors = 1
	// The way of data that stay on the host takes the other's kernels, and more.
	same.onHost = true
	wrong := d.compare(same)
	if err := errors.Join(same.Sync(), same.Close()); err != nil {
		return fmt.Errorf("self-test of %s: %w", d.Name(), err)
	}
	if wrong != nil {
		return fmt.Errorf("self-test of %s: %w; update the driver, or see that the card is sound ('nvidia-smi -q'); %s=1 goes on without",
			d.Name(), wrong, skipVariable)
	}
	return nil
}

// trial is one case of the self-test: what some steps give on a device.
type trial struct {
	name string
	run  func(dev engine.Device) ([]cases.Tensor, error)
}

// trials are the self-test's cases.
func trials() []trial {
	var all []trial
	for _, s := range cases.Steps() {
		for _, c := range s.Quick() {
			all = append(all, trial{s.Name + " " + c.Name, func(dev engine.Device) ([]cases.Tensor, error) {
				return c.Outputs(dev, cases.Seeds(dev.Replicas()), cases.Layout{})
			}})
		}
	}
	for _, s := range cases.Sequences() {
		all = append(all, trial{s.Name, func(dev engine.Device) ([]cases.Tensor, error) {
			return s.Outputs(dev, cases.Seeds(dev.Replicas()), 3)
		}})
	}
	return all
}

// compare runs the trials on a device and on the reference, and names the first that differs.
func (d *device) compare(same *device) error {
	all := trials()
	want := make(chan []cases.Tensor, len(all))
	go func() {
		for _, t := range all {
			tensors, _ := t.run(ref.New[float64](same.replicas)) // the suite has shown that it keeps to its arrays
			want <- tensors
		}
	}()
	var first error
	for _, t := range all {
		got, err := t.run(same)
		tensors := <-want
		if first == nil && err != nil {
			first = fmt.Errorf("%s: %w", t.name, err)
		}
		if first == nil {
			first = d.differ(t.name, got, tensors)
		}
	}
	return first
}

// differ names the tensor that is too far from the reference's, if one is.
func (d *device) differ(name string, got, want []cases.Tensor) error {
	for i, w := range want {
		for r := range w.Values {
			if e := cases.RelativeError(got[i].Values[r], w.Values[r]); !(e <= d.tolerance()) {
				return fmt.Errorf("%s: %s: relative error %.2g against the reference, want at most %.2g", name, w.Name, e, d.tolerance())
			}
		}
	}
	return nil
}

// tolerance is far above what rounding does to these few elements, and far below
// what a wrong step does.
func (d *device) tolerance() float64 {
	if d.tf32 {
		return 1e-2
	}
	return 1e-4
}
