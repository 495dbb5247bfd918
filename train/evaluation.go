package train

import (
	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/train/data"
)

// ExamplesOf is a data set, of which split says which part it is, as a trained model is evaluated on it.
func ExamplesOf(set *data.Set, split string) *trained.Set {
	examples := &trained.Set{
		Name: set.Name, Split: split, N: set.N, Inputs: set.D(), Classes: set.Classes,
		Bytes: set.Images, Floats: set.Floats, Real: set.Real(), Labels: set.Labels, Places: set.Places, Columns: set.Columns,
	}
	if set.Spooled != nil {
		examples.Row = func(dst []float32, example int) error {
			set.Row(dst, example)
			return set.Fault()
		}
	}
	return examples
}

// TestSplit and ValidationSplit are what evaluations call the examples that a model is judged by.
const (
	TestSplit       = "test"
	ValidationSplit = "validation"
)

// Judges are the examples that a model is judged by.
type Judges struct {
	*data.Set
	Split string // TestSplit or ValidationSplit
}

// Judging reads the examples that a model with this configuration is judged by: the test part, or where there is none the
// validation examples of the training part, or where these are none, none.
func Judging(c *configs.Config, train, test data.Part, note func(line string)) (Judges, error) {
	if test != nil {
		set, err := data.Load(roomy(test), note)
		if err == nil {
			err = set.Check()
		}
		return Judges{set, TestSplit}, err
	}
	set, n, err := trainingSet(c, roomy(train))
	if err != nil {
		return Judges{}, err
	}
	return Judges{set.Last(n), ValidationSplit}, nil
}
