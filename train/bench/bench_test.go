package bench

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/train/data"
)

func newBench(t *testing.T) *Bench {
	t.Helper()
	b := &Bench{
		Open: func(replicas int) (engine.Device, error) {
			return cpu.New(cpu.Options{Replicas: replicas, Threads: 1})
		},
		Threads: func(engine.Device) int { return 1 },
		Peak:    func(threads int) float64 { return 1e9 },
	}
	t.Cleanup(b.Close)
	return b
}

func TestServeAnswersWithAsManyStepsAsAskedFor(t *testing.T) {
	var out strings.Builder
	err := newBench(t).Serve(strings.NewReader("m2-100-100 3\nm2-100-100 2\nm2-100-100 none\n"), &out)
	if !errors.Is(err, data.ErrInput) || !strings.HasSuffix(err.Error(), `found "m2-100-100 none"`) {
		t.Errorf("want the third line refused, found %v", err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || lines[0] != "READY" {
		t.Fatalf("want READY and two answers, found %q", lines)
	}
	for i, want := range []int{3, 2} {
		var m Measurement
		if err := json.Unmarshal([]byte(lines[i+1]), &m); err != nil {
			t.Fatal(err)
		}
		if m.Steps != want || m.Case != "m2-100-100" || m.GFLOPS <= 0 || !strings.HasSuffix(m.Setting, ", 1 thread") {
			t.Errorf("want %d steps, found %+v", want, m)
		}
	}
}

func TestServeMeasuresTheCeilingOfSoManyThreads(t *testing.T) {
	b, out := newBench(t), &strings.Builder{}
	b.Peak = func(threads int) float64 { return 7e9 * float64(threads) }
	err := b.Serve(strings.NewReader("ceiling 1\nceiling 2\nceiling 99999\n"), out)
	if !errors.Is(err, data.ErrInput) || !strings.HasSuffix(err.Error(), `want at most 4096 threads, found "ceiling 99999"`) {
		t.Errorf("want the third line refused, found %v", err)
	}
	want := "READY\n" + `{"case":"ceiling","threads":1,"gflop_per_s":7}` + "\n" + `{"case":"ceiling","threads":2,"gflop_per_s":14}` + "\n"
	if out.String() != want {
		t.Errorf("want %s, found %s", want, out)
	}
}

// seer is a device whose model says a µs for each step.
type seer struct{ engine.Device }

func (seer) Foretell(steps []engine.Step) (microseconds float64, card string) {
	return float64(len(steps)), "a card of glass"
}

func TestPartsTellWhatTheDeviceForetells(t *testing.T) {
	steps := make([]engine.Step, 3)
	if us, card := foretelling(seer{})(steps); us != 3 || card != "a card of glass" {
		t.Errorf("want 3 µs on a card of glass, found %v on %q", us, card)
	}
	dev, err := newBench(t).Device(1)
	if err != nil {
		t.Fatal(err)
	}
	if us, card := foretelling(dev)(steps); us != 0 || card != "" {
		t.Errorf("a device without a model: want nothing, found %v on %q", us, card)
	}
	for _, c := range []struct {
		foretold float64
		want     string
	}{
		{0, "m1 on x: 0.000 ms, in 1 steps\n\n  step    shape    µs   MFLOP     MB   floor here, µs\n" +
			"  Dense           9.0     0.0   0.00     not measured\n  sum             9.0     0.0   0.00     not measured\n"},
		{8, "m1 on x: 0.000 ms, in 1 steps\nforetold: 0.008 ms, on a card\n\n" +
			"  step    shape    µs   MFLOP     MB   floor here, µs   foretold, µs\n" +
			"  Dense           9.0     0.0   0.00     not measured            8.0\n" +
			"  sum             9.0     0.0   0.00     not measured            8.0\n"},
	} {
		var out strings.Builder
		d := &dissection{Measurement: Measurement{Case: "m1", Setting: "x"}, Foretold: c.foretold, ForetoldOf: "a card"}
		d.Parts = []part{{Step: "Dense", US: 9, Foretold: c.foretold}}
		if err := d.print(&out); err != nil || out.String() != c.want {
			t.Errorf("%v: want\n%s\nfound\n%s", err, c.want, &out)
		}
	}
}

func TestTheMedianOfAnEvenNumberIsTheMeanOfTheTwoInTheMiddle(t *testing.T) {
	for _, c := range []struct {
		times []time.Duration
		want  time.Duration
	}{{[]time.Duration{5}, 5}, {[]time.Duration{9, 1, 5}, 5}, {[]time.Duration{1, 9, 3, 5}, 4}} {
		if found := median(c.times); found != c.want {
			t.Errorf("%v: want %v, found %v", c.times, c.want, found)
		}
	}
}
