package train

import (
	"slices"

	"ssdgm/train/data"
)

// Composition is what a run has been trained and evaluated with, in numbers. Lists are by class.
type Composition struct {
	ClassNames []string `json:"class_names,omitempty"` // where they are more than numbers
	Labelled   []int    `json:"labelled"`
	// Unlabelled are the examples of which no label was used, though they have one, and WithoutLabel those that have none.
	Unlabelled   []int `json:"unlabelled"`
	WithoutLabel int   `json:"without_label,omitempty"`
	Validation   []int `json:"validation,omitempty"`
	Test         []int `json:"test,omitempty"`
	// Missing are the values that are missing in the training part, validation examples included, and TestMissing those of
	// the test part.
	Missing     int `json:"missing,omitempty"`
	TestMissing int `json:"test_missing,omitempty"`
}

// compositionOf is that of a split of a training part.
func compositionOf(set *data.Set, split data.Split) *Composition {
	c := &Composition{ClassNames: set.ClassNames}
	c.Labelled, _ = set.Counts(slices.Values(split.Labelled))
	c.Unlabelled, c.WithoutLabel = set.Counts(slices.Values(split.Unlabelled))
	if len(split.Validation) > 0 {
		c.Validation, _ = set.Counts(slices.Values(split.Validation))
	}
	c.Missing, _ = set.Missing()
	return c
}

// With is the composition with the test part, if that is what the run is judged by.
func (c *Composition) With(judges Judges) *Composition {
	all := *c
	if judges.Split == TestSplit {
		all.Test, _ = judges.Counts(judges.All())
		all.TestMissing, _ = judges.Missing()
	}
	return &all
}
