// Package format is how a model's parameters and what is known of them lie in a safetensors file: the names of its
// metadata, and tensors in the order of a layout.
package format

import (
	"errors"
	"fmt"

	"ssdgm/model"
	"ssdgm/train/safetensors"
)

// The metadata of a trained model's file.
const (
	Config  = "config" // the configuration's text
	Step    = "step"   // of the last phase but the yardstick's
	Inputs  = "inputs" // values in an example
	Height  = "height"
	Width   = "width"
	Classes = "classes"     // how many
	Digest  = "data_sha256" // of the training examples
	Device  = "device"
	M1      = "m1_sha256" // M1's digest before the stack was trained as one

	// In JSON: what the networks compute, what becomes of an example before they see it, and what the classes are
	// called.
	Architecture = "architecture"
	Input        = "input"
	ClassNames   = "class_names"
	// Fitted when training is over: see trained.Usual and trained.Temperature.
	Usual       = "usual"
	Temperature = "temperature"

	// ResultStep is in a checkpoint: the step of the last finished phase's result.
	ResultStep = "result_step"
	// PhaseSteps is in a checkpoint: how many steps its phase has.
	PhaseSteps = "phase_steps"
)

// Kept is the tensor that lists M1's kept latents.
const Kept = "m1.kept"

// UsualBounds is the tensor of the percentiles of the training examples' bounds, see trained.Usual.
const UsualBounds = "usual.bounds"

// ErrInput marks every error that the user can mend: a path or a file that is not as it should be.
var ErrInput = errors.New("input")

// Errorf formats an error that is ErrInput. It may wrap another with %w.
func Errorf(format string, args ...any) error {
	return inputError{fmt.Errorf(format, args...)}
}

// inputError is an ErrInput that tells only what is wrong.
type inputError struct{ error }

func (e inputError) Is(target error) bool { return target == ErrInput }
func (e inputError) Unwrap() error        { return e.error }

// Export gives a model's parameters as tensors of their own.
func Export(layout *model.Layout, values []float32) []safetensors.Tensor {
	var all []safetensors.Tensor
	for i := range layout.Tensors {
		t := &layout.Tensors[i]
		host := make([]float32, t.Len())
		t.Export(host, values)
		all = append(all, safetensors.Tensor{Name: t.Name, Shape: t.Shape, Data: host})
	}
	return all
}

// Import reads a model's parameters from a file, name by name and shape by shape. It
// allocates only what a sound file has shown to be of its own size.
func Import(layout *model.Layout, f *safetensors.File) ([]float32, error) {
	hosts := make([][]float32, len(layout.Tensors))
	for i := range layout.Tensors {
		t := &layout.Tensors[i]
		host, err := safetensors.Values[float32](f, t.Name, t.Shape...)
		if err != nil {
			return nil, Errorf("%w", err)
		}
		if count, at := (safetensors.Tensor{Data: host}).NotFinite(); count > 0 {
			return nil, Errorf("tensor %q: want finite numbers, found %d of %d that are not, the first %g at place %d",
				t.Name, count, len(host), host[at], at)
		}
		hosts[i] = host
	}
	values := make([]float32, layout.Size)
	for i := range layout.Tensors {
		layout.Tensors[i].Import(values, hosts[i])
	}
	return values, nil
}
