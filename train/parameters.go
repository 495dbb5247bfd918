package train

import (
	"slices"
	"strings"

	"ssdgm/model/trained"
	"ssdgm/train/data"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// Parameters are the tensors of a file that belong to models: all but those that only a
// checkpoint has, to go on from.
func Parameters(f *safetensors.File) []safetensors.Tensor {
	return slices.DeleteFunc(slices.Clone(f.Tensors), func(t safetensors.Tensor) bool {
		group, _, _ := strings.Cut(t.Name, ".")
		return slices.Contains([]string{"optimiser", "metrics", "validation"}, group)
	})
}

// OpenParameters reads the models' tensors, with what is known of them, from a run's result,
// from a file, or from a checkpoint, which must be sound.
func OpenParameters(path string) (*safetensors.File, error) {
	file, err := trained.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if run.IsCheckpoint(file) {
		c, err := run.ReadCheckpoint(path)
		if err != nil {
			return nil, err
		}
		file = &c.File
	}
	tensors := Parameters(file)
	if len(tensors) == 0 {
		return nil, data.InputErrorf("read %s: want a model's parameters, found none", path)
	}
	return &safetensors.File{Tensors: tensors, Metadata: file.Metadata}, nil
}
