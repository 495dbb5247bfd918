package experiment

import (
	"os"
	"testing"
	"time"

	"ssdgm/configs"
)

// A trial of 50 steps of 10 ms after one of 30 ms, with a look of 2 s, in 5 s beside M1's 1 s.
func TestAPredictionIsThePieceAndTheStepsAndLooksThatItLacks(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	m1 := piece{
		phase: "m1", entered: at(0), left: at(1000), first: at(100), last: at(590), firstStep: 1, atStep: 50,
		look: 410 * time.Millisecond, epochs: 0.5,
	}
	m2 := piece{
		phase: "m2", entered: at(1000), left: at(3520), first: at(1030), last: at(1520), firstStep: 1, atStep: 50,
		look: 2 * time.Second,
	}
	trial := &Trial{took: 6 * time.Second, pieces: []piece{m1, m2}}
	for _, c := range []struct {
		sets []string
		want time.Duration
	}{
		// 950 steps more; looks at 250, 500, 750 and 1000, and one is in the piece.
		{[]string{"m1.from=run", "joint.steps=0", "m2.train.steps=1000", "m2.train.validate_every=250"},
			5*time.Second + 9500*time.Millisecond + 3*2*time.Second},
		// M1 for 3 epochs of 100 steps: 250 steps more, and looks at 200 and 300.
		{[]string{"joint.steps=0", "m2.train.steps=50", "m2.train.validate_every=50", "m1.train.epochs=3",
			"m1.train.log_every=20"}, 6*time.Second + 2500*time.Millisecond + 410*time.Millisecond},
	} {
		config, _, err := configs.Load("mnist-m1m2-100.toml", c.sets)
		if err != nil {
			t.Fatal(err)
		}
		if found := trial.Predict(config); found != c.want {
			t.Errorf("%v: want %v, found %v", c.sets, c.want, found)
		}
	}
}

// The clock of this machine may not be relied on in a test, but what is counted may: each phase of each kind once.
func TestATrialTrainsAPieceOfEachPhaseAndLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, model := range []string{"m1m2", "m1knn", "tsvm", "cnn"} {
		grid := load(t, "model="+model, "seeds=[0, 1]", "cnn.train.steps=40", "tsvm.features=16")
		trial, err := newLab(t).Trial(t.Context(), grid.Members)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, p := range trial.pieces {
			if seen[p.phase] = true; p.left.Before(p.entered) || p.atStep < 1 || p.each() < 0 {
				t.Errorf("%s: %+v", model, p)
			}
		}
		c := grid.Members[0].Config
		if want := len(c.Phases()); len(seen) != want {
			t.Errorf("%s: want %d phases, found %v", model, want, seen)
		}
		if trial.Predict(c) <= 0 {
			t.Errorf("%s: found no time", model)
		}
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("want nothing left, found %v, %v", left, err)
	}
}
