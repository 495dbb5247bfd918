package train

import (
	"fmt"
	"math"

	"ssdgm/configs"
	"ssdgm/train/data"
)

// OwnOptions are what a configuration says of data that are named by their paths.
func OwnOptions(c *configs.Config) data.OwnOptions {
	d := &c.Data
	o := data.OwnOptions{
		Path: d.Path, LabelsPath: d.LabelsPath, UnlabelledPath: d.UnlabelledPath,
		ValidationPath: d.ValidationPath, ValidationLabelsPath: d.ValidationLabelsPath,
		TestPath: d.TestPath, TestLabelsPath: d.TestLabelsPath, Variable: d.Variable, LabelColumn: d.LabelColumn,
		Columns: d.Columns, DropColumns: d.DropColumns, OneHot: d.OneHot, MissingLabels: d.MissingLabels,
		Heading: d.Heading, Delimiter: d.Delimiter, Decimal: d.Decimal, Size: d.Size, Channels: d.Channels, Resize: d.Resize,
		Scale: d.Scale, Missing: d.Missing, Storage: d.Storage, TestFraction: d.TestFraction,
		Classifies: learnsLabels(c),
	}
	// Runs whose seed draws no part share their examples.
	if d.TestFraction > 0 || d.ValidationFraction > 0 || d.Validation > 0 && d.ValidationPath == "" {
		o.Seed = c.Seed
	}
	return o
}

// learnsLabels tells whether something that a configuration trains learns from labels.
func learnsLabels(c *configs.Config) bool { return c.Classifies() || c.HasSupervised() }

// heldOut is how many examples a configuration keeps for validation out of a training part as it was read.
func heldOut(c *configs.Config, set *data.Set) int {
	if set.Held > 0 {
		return set.Held
	}
	if f := c.Data.ValidationFraction; f > 0 {
		known := set.N
		if learnsLabels(c) {
			known = set.Labelled()
		}
		return int(math.Round(f * float64(known)))
	}
	return c.Data.Validation
}

// overruled is a line where a configuration asks for other validation examples than those that are given; empty where it
// does not.
func overruled(c *configs.Config, set *data.Set) string {
	key := "data.validation_fraction"
	if c.Data.ValidationFraction == 0 {
		key = "data.validation"
	}
	if set.Held == 0 || c.Data.ValidationFraction == 0 && (c.Data.Validation == 0 || c.Data.Validation == set.Held) {
		return ""
	}
	return fmt.Sprintf("%s has no effect: %s has %d examples for validation of its own", key, set.Name, set.Held)
}

// settled is a configuration with what it leaves to the data: how many examples are kept for validation, and of each class
// how many are labelled. set is what is used of the training part, the validation examples last.
func settled(c *configs.Config, set *data.Set, validation int) (*configs.Config, error) {
	if validation == c.Data.Validation && c.Data.ValidationFraction == 0 && c.Data.Labels != configs.AllLabels &&
		len(c.Data.LabelClasses) == 0 {
		return c, nil
	}
	own := *c
	d := &own.Data
	d.Validation, d.ValidationFraction = validation, 0
	counts, err := labelCounts(c, set, validation)
	if err != nil {
		return nil, err
	}
	if counts != nil || d.Labels == configs.AllLabels {
		d.LabelCounts, d.LabelClasses, d.Labels = counts, nil, 0
		for _, n := range counts {
			d.Labels += configs.Labels(n)
		}
	}
	return &own, nil
}

// labelCounts are how many examples of each class are labelled, where a configuration says it by the classes' names or
// wants all; else nil.
func labelCounts(c *configs.Config, set *data.Set, validation int) ([]int, error) {
	d := &c.Data
	counts := make([]int, set.Classes)
	switch {
	case len(d.LabelClasses) > 0:
		for i, name := range d.LabelClasses {
			class := set.Class(name)
			if class < 0 {
				return nil, data.InputErrorf("data.label_counts: wanted classes of %s, which are %s, found %.40q",
					set.Name, set.ClassList(), name)
			}
			counts[class] = d.LabelCounts[i]
		}
	case d.Labels == configs.AllLabels && learnsLabels(c):
		// Where more are wanted for validation than there are, the split says so.
		for _, label := range set.Labels[:max(0, len(set.Labels)-validation)] {
			if label != data.Unlabelled {
				counts[label]++
			}
		}
	default:
		return nil, nil
	}
	return counts, nil
}
