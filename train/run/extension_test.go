package run

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheLastCheckpointOfTheResultIsKept(t *testing.T) {
	dir := t.TempDir()
	r, err := Open(dir, []byte("a = 1\n"), Options{Phases: []string{"m2", "supervised"}, Keep: 1, Result: "m2"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, _, err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []Place{{"m2", 1}, {"m2", 2}, {"supervised", 1}, {"supervised", 2}} {
		if err := r.Save(state(p.Phase, p.Step), false); err != nil {
			t.Fatal(err)
		}
	}
	found, err := r.Places()
	if diff := cmp.Diff([]Place{{"m2", 2}, {"supervised", 2}}, found); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if surplus, err := r.Surplus(1, "m2", "m2", "supervised"); err != nil || len(surplus) > 0 {
		t.Errorf("want nothing too many, found %v, %v", surplus, err)
	}
}

func TestAnExtensionIsReadAsItWasWritten(t *testing.T) {
	r, err := Open(t.TempDir(), []byte("a = 1\n"), Options{Phases: []string{"m2"}, Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want := []Extension{
		{Phase: "m2", Epochs: 3, From: 30, To: 40, Date: "2026-11-27", TestOpened: true},
		{Phase: "m2", Steps: 40, From: 40, To: 60, Date: "2026-11-28", TestOpened: true},
	}
	for _, e := range want {
		if err := r.Extend(e); err != nil {
			t.Fatal(err)
		}
	}
	found, err := r.Extensions()
	if diff := cmp.Diff(want, found); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}
