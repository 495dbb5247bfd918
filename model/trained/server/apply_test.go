package server

import (
	"errors"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/ref"
	"ssdgm/model/trained"
)

// counted is a device that tells when it is closed.
type counted struct {
	engine.Device
	closed *int
}

func (c counted) Close() error {
	*c.closed++
	return c.Device.Close()
}

// TestWhatCannotBeAppliedIsClosed holds that models that are no ensemble, and a device that does not open, are errors,
// and that every device that was opened is closed.
func TestWhatCannotBeAppliedIsClosed(t *testing.T) {
	m := tiny(t)
	other := *m
	other.ClassNames = []string{"a", "b", "d"}
	lost := errors.New("no such card")
	for want, members := range map[error][]trained.Member{
		trained.ErrInput: {{Name: "one", Model: m}, {Name: "two", Model: &other}},
		lost:             {{Name: "one", Model: m}},
	} {
		opened, closed := 0, 0
		workers, close, err := Apply(members, 2, func() (engine.Device, error) {
			if want == lost && opened == 1 {
				return nil, lost
			}
			opened++
			return counted{ref.New[float32](1), &closed}, nil
		})
		if workers != nil || close != nil || !errors.Is(err, want) || opened == 0 || closed != opened {
			t.Errorf("want %v, found %v; %d devices were opened, %d closed", want, err, opened, closed)
		}
	}
}
