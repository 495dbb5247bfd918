package run

import (
	"io"

	"ssdgm/train/safetensors"
)

// ModelName is the file in a run folder that holds the result: the trained
// parameters under their names, for ssdgm and for every other reader of safetensors.
const ModelName = "model" + checkpointSuffix

// WriteModel writes the result, whole or not at all, and returns its path. It carries a sum of its tensors.
func (r *Run) WriteModel(file *safetensors.File) (path string, err error) {
	path = r.path(ModelName)
	return path, writeAtomic(r.fsys, path, func(w io.Writer) error {
		return safetensors.Write(w, file.Tensors, safetensors.Summed(file.Tensors, file.Metadata))
	})
}
