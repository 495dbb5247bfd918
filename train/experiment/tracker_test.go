package experiment

import (
	"testing"

	"ssdgm/train"
	"ssdgm/train/run"
)

func TestTheTimeLeftIsKeptWhereThereIsLittleRoom(t *testing.T) {
	var tracker Tracker
	tracker.Begin("m2", 1, 0, 100)
	bound, wrong := run.Float(-91.25), run.Float(2.5)
	tracker.Figures([]train.Metrics{{Bound: &bound, Validation: &train.Validation{ValidationError: &wrong}}})
	tracker.Advance(100)
	const last, figures = "took 0.0 s", "bound -91.25 nats, validation error 2.50 %, "
	for columns, want := range map[int]string{
		0: last, 10: last, 28: last, 29: "bound -91.25 nats, " + last, 34: "bound -91.25 nats, " + last,
		35: "validation error 2.50 %, " + last, 53: "validation error 2.50 %, " + last, 54: figures + last, 200: figures + last,
	} {
		if found := tracker.StateWithin(columns); found != want {
			t.Errorf("%d columns: want %q, found %q", columns, want, found)
		}
	}
	if found := tracker.State(); found != figures+last {
		t.Errorf("want %q, found %q", figures+last, found)
	}
}
