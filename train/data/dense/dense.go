// Package dense hands data sets to callers that work with Gorgonia's tensors. It
// is apart from package data because that library adds 16 MB to a binary.
package dense

import (
	"gorgonia.org/tensor"

	"ssdgm/train/data"
)

// Images returns a set's examples as float32 [N, D], pixels in [0, 1]. It is a copy, of pixels
// four times the size of the set.
func Images(set *data.Set) *tensor.Dense {
	return tensor.New(tensor.WithShape(set.N, set.D()), tensor.WithBacking(set.Inputs()))
}
