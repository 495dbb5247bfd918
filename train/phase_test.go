package train

import (
	"maps"
	"slices"
	"testing"

	"ssdgm/configs"
)

func TestEveryPhaseIsRegistered(t *testing.T) {
	found := slices.Sorted(maps.Keys(registry))
	if want := slices.Sorted(slices.Values(configs.PhaseNames())); !slices.Equal(found, want) {
		t.Errorf("want the phases of configs, %v, found %v", want, found)
	}
}
