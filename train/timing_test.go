package train

import (
	"testing"
	"time"

	"ssdgm/train/run"
)

func TestTimesAreThoseOfTheLastLines(t *testing.T) {
	r, err := run.Open(t.TempDir(), nil, run.Options{Phases: []string{"m1", "m2"}, Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if times, err := Times(&r.Folder); err != nil || len(times) != 0 {
		t.Errorf("want no times before the first line, found %v, %v", times, err)
	}
	if _, _, err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	for _, line := range []Timing{
		{Phase: "m1", Step: 1, Seconds: 2, MemoryBytes: 900},
		{Phase: "m1", Step: 2, Seconds: 5, MemoryBytes: 300, ExamplesS: 250}, // of a later process, which needed less
		{Phase: "m2", Step: 1, Seconds: 0.5, Waiting: number(0.25), MemoryBytes: 400, Replicas: 3},
	} {
		if err := r.Timing(line); err != nil {
			t.Fatal(err)
		}
	}
	times, err := Times(&r.Folder)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]PhaseTime{
		"m1": {Duration: 5 * time.Second, MemoryBytes: 900, Replicas: 1, ExamplesS: 250},
		"m2": {Duration: time.Second / 2, Waiting: time.Second / 4, MemoryBytes: 400, Replicas: 3},
	}
	for phase, w := range want {
		if times[phase] != w {
			t.Errorf("%s: want %v, found %v", phase, w, times[phase])
		}
	}
}

func TestAnEvaluationTakesAThirdOfTheTimeThatTrainingOnItsExamplesTook(t *testing.T) {
	times := map[string]PhaseTime{"m1": {ExamplesS: 1000}, "m2": {ExamplesS: 500}, "knn": {}}
	if found := EvaluationTime(times, 10_000); found.Round(time.Millisecond) != 10*time.Second {
		t.Errorf("want 10 s, found %v", found)
	}
}
