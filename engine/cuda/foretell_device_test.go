//go:build cuda

package cuda

import (
	"slices"
	"strings"
	"testing"

	"ssdgm/engine"
)

func TestADeviceForetellsWithoutTakingMemoryOrAStep(t *testing.T) {
	s := newTraining(packed(t, 2))
	defer closed(t, s.device)
	before, values := s.Mark(), s.values(0)
	program, card := s.Foretell(s.steps())
	var alone float64
	for _, step := range s.steps() {
		us, _ := s.Foretell([]engine.Step{step})
		alone += us
	}
	if program <= 0 || program > alone || !strings.HasPrefix(card, "an NVIDIA H200") {
		t.Errorf("want at most the steps' %v µs on an H200, found %v on %s", alone, program, card)
	}
	if found := s.values(0); s.Mark() != before || !slices.Equal(found, values) {
		t.Error("foretelling has changed the device")
	}
}
