package train

import (
	"ssdgm/model/trained"
	"ssdgm/train/data"
)

// ExamplesOf is a data set, of which split says which part it is, as a trained model is evaluated on it.
func ExamplesOf(set *data.Set, split string) *trained.Set {
	return &trained.Set{
		Name: set.Name, Split: split, N: set.N, Inputs: set.D(), Classes: set.Classes,
		Bytes: set.Images, Floats: set.Floats, Real: set.Real(), Labels: set.Labels,
	}
}
