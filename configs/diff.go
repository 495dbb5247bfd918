package configs

import (
	"fmt"
	"slices"
)

// withoutEffect lists the keys and tables that cannot change a run's numbers: where the data lie (what they
// are is held by their digest), how often a run is saved, and what is drawn afterwards.
var withoutEffect = []string{"data.dir", "checkpoint", "pictures"}

// Diff names the keys in which two configurations differ, with both values. Keys that cannot change a
// run's numbers are left out.
func Diff(a, b *Config) []string {
	var differing []string
	other := fieldsOf(b)
	for i, f := range fieldsOf(a) {
		if slices.Contains(withoutEffect, f.key) || slices.Contains(withoutEffect, f.table) {
			continue
		}
		before, after := format(f.value), format(other[i].value)
		if before != after {
			differing = append(differing, fmt.Sprintf("%s: %s → %s", f.key, before, after))
		}
	}
	return differing
}
