package configs

import (
	"fmt"
	"slices"
	"strings"
)

// Diff names the keys in which two configurations differ, with both values. Keys that cannot change the first
// one's numbers are left out: where the data lie (what they are is held by their digest), how often a run is saved,
// and what is drawn afterwards. The fields' `decides` tags say which.
func Diff(a, b *Config) []string {
	var differing []string
	fields, other := fieldsOf(a), fieldsOf(b)
	for i, f := range fields {
		if !f.decidesNumbers(fields) {
			continue
		}
		before, after := format(f.value), format(other[i].value)
		if before != after && !f.settled(a, b) && !f.settled(b, a) {
			differing = append(differing, fmt.Sprintf("%s: %s → %s", f.key, before, after))
		}
	}
	return differing
}

// settled tells whether one configuration leaves a key to the data and the other, of a run that has read them, says what
// it came to.
func (f field) settled(open, run *Config) bool {
	switch f.key {
	case "m1.output":
		return open.M1.Output == auto
	case "data.scale":
		return open.Data.Scale == auto
	case "data.labels", "data.label_counts", "data.label_classes":
		return open.Data.Labels == AllLabels || f.key != "data.labels" && len(open.Data.LabelClasses) > 0
	case "data.validation", "data.validation_fraction":
		d := &run.Data
		return open.Data.ValidationFraction > 0 && d.ValidationFraction == 0 && d.Validation > 0 ||
			f.key == "data.validation" && open.Data.ValidationPath != "" && d.ValidationPath != ""
	}
	return false
}

// auto is the word for what the data decide.
const auto = "auto"

// decidesNumbers tells whether a key of a configuration with these fields can change a run's numbers.
func (f field) decidesNumbers(fields []field) bool {
	return f.decides == "" || f.decides != "nothing" && hasValue(fields, f.decides)
}

// hasValue tells whether a configuration has what "key=value|value" says.
func hasValue(fields []field, condition string) bool {
	key, values, _ := strings.Cut(condition, "=")
	at := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
	if at < 0 {
		panic("configs: no key " + key + ", which a tag names")
	}
	return slices.Contains(strings.Split(values, "|"), fmt.Sprint(fields[at].value.Interface()))
}
