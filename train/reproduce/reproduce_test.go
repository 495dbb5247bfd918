package reproduce

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/experiment"
	"ssdgm/train/report"
)

func TestSeedsAreReadOnceAndInOrder(t *testing.T) {
	for text, want := range map[string][]uint64{"0-2": {0, 1, 2}, "4,0,7-9,8": {0, 4, 7, 8, 9}, "5": {5}} {
		if found, err := ParseSeeds(text); err != nil || !slices.Equal(found, want) {
			t.Errorf("%s: want %v, found %v, %v", text, want, found, err)
		}
	}
	for _, text := range []string{"", "2-1", "x", "-1", "0-1000", "1,,2"} {
		if found, err := ParseSeeds(text); err == nil {
			t.Errorf("%q: want an error, found %v", text, found)
		}
	}
}

// newRequest asks for two rows of the paper's table, of which only the stack trains an M1.
func newRequest(t *testing.T, seeds ...uint64) *Request {
	t.Helper()
	return &Request{
		Table: &report.Table1, Rows: []string{"m2", "m1m2"}, Labels: []int{100}, Seeds: seeds,
		Runs: filepath.Join(t.TempDir(), "runs"), Records: filepath.Join(t.TempDir(), "none"),
	}
}

// carryOut trains a plan by name alone. fault says what a run faults with.
func carryOut(t *testing.T, r *Request, fault func(name string) error) (trained []string, err error) {
	t.Helper()
	p, err := r.Plan()
	if err != nil {
		t.Fatal(err)
	}
	err = p.Train(t.Context(), 0, &Trainer{
		Train: func(_ context.Context, dir string, members []configs.Member) ([]experiment.Outcome, error) {
			all := make([]experiment.Outcome, len(members))
			var names []string
			for i, m := range members {
				name := m.Name
				if name == "" {
					name = filepath.Base(dir)
				}
				names = append(names, name)
				all[i] = experiment.Outcome{Member: m, Fault: fault(name)}
			}
			trained = append(trained, strings.Join(names, " "))
			return all, nil
		},
		Note: func(string) {}, Fault: func(err error) { t.Log(err) }, Mistake: func(error) bool { return false },
	})
	return trained, err
}

func sound(string) error { return nil }

func TestAPlanTrainsEachM1BeforeWhatWaitsForIt(t *testing.T) {
	trained, err := carryOut(t, newRequest(t, 0, 1), sound)
	if err != nil {
		t.Fatal(err)
	}
	m1, stack := slices.Index(trained, "m1-seed0 m1-seed1"), slices.Index(trained, "m1m2-100-seed0 m1m2-100-seed1")
	if len(trained) != 3 || m1 < 0 || stack < m1 || !slices.Contains(trained, "m2-100-seed0 m2-100-seed1") {
		t.Errorf("want the M1s, then the stacks on them, and M2, found %q", trained)
	}
}

func TestARunWaitsInVainForAnM1ThatFails(t *testing.T) {
	trained, err := carryOut(t, newRequest(t, 0, 1), func(name string) error {
		if name == "m1-seed0" {
			return errors.New("no luck")
		}
		return nil
	})
	if err == nil || !strings.HasPrefix(err.Error(), "1 runs failed") {
		t.Errorf("want one run failed, found %v", err)
	}
	if !slices.Contains(trained, "m1m2-100-seed1") {
		t.Errorf("want the stack of seed 1 alone, found %q", trained)
	}
}

func TestTheEndOfTheBudgetIsARequestToStop(t *testing.T) {
	p, err := newRequest(t, 0).Plan()
	if err != nil {
		t.Fatal(err)
	}
	err = p.Train(t.Context(), time.Nanosecond, &Trainer{Note: func(string) {}})
	if !errors.Is(err, train.ErrStopped) || !strings.HasSuffix(fmt.Sprint(err), "the budget of 1ns is used up") {
		t.Errorf("want a stop that names the budget, found %v", err)
	}
}

func TestRowsAreThoseWithAConfiguration(t *testing.T) {
	want := []string{}
	for _, row := range report.Table1.Rows {
		if row.Config != "" {
			want = append(want, row.Key)
		}
	}
	if diff := cmp.Diff(want, RowKeys(&report.Table1)); diff != "" {
		t.Error(diff)
	}
}

func TestEachKindOfRunIsTriedOnce(t *testing.T) {
	r := newRequest(t, 0, 1, 2, 3)
	r.Rows, r.Labels = []string{"m2", "m1m2", "cnn"}, []int{600, 1000}
	p, err := r.Plan()
	if err != nil {
		t.Fatal(err)
	}
	var tried []string
	err = p.Measure(func(members []configs.Member) (*experiment.Trial, error) {
		c := members[0].Config
		tried = append(tried, fmt.Sprintf("%s of %d", c.Model, len(members)))
		if c.M1.From != "" {
			t.Errorf("%s: want a piece of M1 trained too, which is not there yet", c.Model)
		}
		return &experiment.Trial{}, nil
	}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(tried)
	// The number of labels counts for a baseline alone.
	want := []string{"cnn of 3", "cnn of 3", "m1 of 3", "m1m2 of 3", "m2 of 3"}
	if diff := cmp.Diff(want, tried); diff != "" {
		t.Error(diff)
	}
}

func TestABudgetTakesTheBeginningOfThePlan(t *testing.T) {
	group := func(title string, seconds ...float64) *taskGroup {
		g := &taskGroup{title: title}
		for _, s := range seconds {
			g.cells = append(g.cells, &task{measured: s})
		}
		return g
	}
	for budget, want := range map[time.Duration][]string{
		time.Second:      {"A, 20 s", "B, 40 s", "C, 1 min 40 s"},
		20 * time.Second: {"B, 40 s", "C, 1 min 40 s"},
		99 * time.Second: {"C, 1 min 40 s"},
		time.Hour:        nil,
	} {
		p := &Plan{groups: []*taskGroup{group("C", 50, 50), group("A", 10, 10), group("B", 40)}}
		p.order()
		var left []string
		for _, line := range p.Within(budget) {
			_, cell, _ := strings.Cut(line, ": ")
			left = append(left, cell)
		}
		if diff := cmp.Diff(want, left); diff != "" || len(p.groups)+len(left) != 3 {
			t.Errorf("%v: %s, %d groups", budget, diff, len(p.groups))
		}
	}
}

func TestWhatTheTableDoesNotHaveIsTheUsersMistake(t *testing.T) {
	r := newRequest(t, 0)
	r.Labels = []int{600, 100, 600}
	if err := r.Check(); err != nil || !slices.Equal(r.Labels, []int{100, 600}) {
		t.Errorf("want 100 and 600 labels, found %v, %v", r.Labels, err)
	}
	r.Labels = []int{7}
	if err := r.Check(); !errors.Is(err, data.ErrInput) {
		t.Errorf("7 labels: want a mistake of the user's, found %v", err)
	}
	r.Rows = []string{"m3"}
	if err := r.Check(); !errors.Is(err, data.ErrInput) || !strings.HasPrefix(err.Error(), "--rows m3: ") {
		t.Errorf("a row m3: want a mistake of the user's, found %v", err)
	}
}

func TestALongPlanWantsAgreementOrABudget(t *testing.T) {
	plan := func() *Plan {
		p, err := newRequest(t, 0, 1, 2).Plan()
		if err != nil {
			t.Fatal(err)
		}
		if p.Time() <= unasked {
			t.Fatalf("want a plan of more than %v, found one of %v", unasked, p.Time())
		}
		return p
	}
	var left []string
	note := func(line string) { left = append(left, line) }
	if err := plan().Allow(0, true, note); err != nil || left != nil {
		t.Errorf("want what was agreed to allowed, found %v and %v", err, left)
	}
	if err := plan().Allow(0, false, note); !errors.Is(err, data.ErrInput) {
		t.Errorf("nobody agreed: want a mistake of the user's, found %v", err)
	}
	if err := plan().Allow(time.Second, false, note); !errors.Is(err, data.ErrInput) || len(left) == 0 {
		t.Errorf("a second: want no room for the first, and what is left out told; found %v and %v", err, left)
	}
	p, whole := plan(), plan().Time()
	if err := p.Allow(whole-time.Second, false, note); err != nil || p.Time() >= whole || p.Empty() {
		t.Errorf("want a part of the plan within %v, found %v of it and %v", whole-time.Second, p.Time(), err)
	}
}

func TestSeedsAreAFlag(t *testing.T) {
	s := Seeds{0, 1, 2}
	if err := s.Set("7,3-4"); err != nil || s.String() != "3,4,7" {
		t.Errorf("want 3,4,7, found %v, %v", s.String(), err)
	}
}
