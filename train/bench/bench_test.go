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
