package report

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ssdgm/configs"
	"ssdgm/train"
)

// Curves draws how the validation error of runs and records fell: against wall time (replicas that trained together
// share it), M1's included, and against the updates of the phase that lowers it. Those of one row share a colour if they
// differ in nothing but their seed; a folder of a row's records, or of several runs, stands for all of them. M1 that a
// run took from elsewhere is looked for beside it and among all that are given. Notes say which of a folder's runs have
// nothing to draw.
func Curves(paths []string) (charts []Chart, notes []string, err error) {
	l := &Library{}
	var given []*Entry
	several := map[*Entry]bool{}
	for _, path := range paths {
		found, err := entriesAt(path)
		if err != nil {
			return nil, nil, err
		}
		beside, err := Open(besides(found[0]))
		if err != nil {
			return nil, nil, err
		}
		for _, e := range found {
			several[e] = len(found) > 1
			if !slices.ContainsFunc(given, func(same *Entry) bool { return same.Path() == e.Path() }) {
				given = append(given, e)
			}
		}
		l.Entries = append(append(l.Entries, found...), beside.Entries...)
	}
	const title = "validation error in %"
	time := Chart{Title: "error against wall time", X: "minutes, M1 included", Y: title, LogX: true, LogY: true}
	updates := Chart{Title: "error against updates after M1", X: "updates", Y: title, LogX: true, LogY: true}
	styles := map[string]int{}
	for i, name := range namesApart(given) {
		looks, err := l.looks(given[i])
		if err != nil {
			return nil, nil, err
		}
		if len(looks) == 0 {
			e := given[i]
			if !several[e] {
				return nil, nil, fmt.Errorf("read %s: want a look at the validation error in %s, found none",
					e.Path(), e.Config.ResultPhase())
			}
			notes = append(notes, fmt.Sprintf("%s is not drawn: no validation error of its %s is known", e.Path(), e.Config.ResultPhase()))
			continue
		}
		if _, ok := styles[name]; !ok {
			styles[name] = len(styles)
		}
		byTime, byStep := Curve{Name: name, Style: styles[name]}, Curve{Name: name, Style: styles[name]}
		for _, look := range looks {
			byTime.Points = append(byTime.Points, Point{look.seconds / 60, look.percent, 0})
			byStep.Points = append(byStep.Points, Point{float64(look.step), look.percent, 0})
		}
		time.Lines, updates.Lines = append(time.Lines, byTime), append(updates.Lines, byStep)
	}
	if len(time.Lines) == 0 {
		return nil, nil, fmt.Errorf("want a run whose validation error is known, found none in %s", strings.Join(paths, ", "))
	}
	return []Chart{time, updates}, notes, nil
}

// entriesAt are what a path stands for: a run, a record, a folder of a row's records, or one of several runs.
func entriesAt(path string) ([]*Entry, error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() && !isZip(path) {
		there := "a file"
		if err != nil {
			there = "nothing"
		}
		return nil, fmt.Errorf("open %s: want a run folder or a record, found %s there", path, there)
	}
	found, broken := readEntries(filepath.Split(filepath.Clean(path)))
	if len(broken) > 0 {
		return nil, broken[0]
	}
	if len(found) > 0 {
		return found, nil
	}
	runs, err := RunsIn(path)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		e, err := readEntry(filepath.Split(r.Path))
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("open %s: want a run folder or a record, found no %s in it", path, configName)
	}
	return found, nil
}

// besides is the folder that holds the other runs, or the other rows of records.
func besides(e *Entry) string {
	folder := filepath.Dir(e.Path())
	if isZip(e.Path()) {
		return filepath.Join(folder, "..")
	}
	return folder
}

// namesApart are the entries' rows. Where those of one row were made in several ways, it is the path of the first that
// was made in the same way.
func namesApart(all []*Entry) []string {
	firsts := map[string][]*Entry{} // by row: one of each way
	same := make([]*Entry, len(all))
	for i, e := range all {
		ways := firsts[e.Row()]
		at := slices.IndexFunc(ways, func(first *Entry) bool {
			return len(configs.Diff(forAnySeed(first.Config), forAnySeed(e.Config))) == 0
		})
		if at < 0 {
			at = len(ways)
			ways = append(ways, e)
			firsts[e.Row()] = ways
		}
		same[i] = ways[at]
	}
	names := make([]string, len(all))
	for i, e := range all {
		if names[i] = e.Row(); len(firsts[e.Row()]) > 1 {
			names[i] = same[i].Path()
		}
	}
	return names
}

// look is a look at the validation data.
type look struct {
	step             int // updates after M1
	seconds, percent float64
}

// looks are those of the phases after M1, with the time since the run and its M1 began.
func (l *Library) looks(e *Entry) ([]look, error) {
	log, err := readLines[train.Metrics](e, metricsName)
	if err != nil {
		return nil, err
	}
	clock, err := l.clockAfterM1(e)
	if err != nil {
		return nil, err
	}
	var looks []look
	before, phase, last := 0, "", 0
	for _, m := range log {
		if !e.Config.TrainsClassifier(m.Phase) {
			continue
		}
		if m.Phase != phase {
			before, phase = before+last, m.Phase
		}
		last = m.Step
		if m.Validation == nil || m.ValidationError == nil {
			continue
		}
		at, ok := clock.at(m.Phase, m.Step)
		if !ok {
			return nil, fmt.Errorf("read %s: want the time of step %d, which %s has, found none", filepath.Join(e.Path(), timingName), m.Step, metricsName)
		}
		looks = append(looks, look{before + m.Step, at, float64(*m.ValidationError)})
	}
	return looks, nil
}

// clock tells when a step of a phase was over, in seconds since the run began. Replicas that shared a device have
// an equal share of its time each.
type clock struct {
	began map[string]float64
	times []train.Timing
}

func (c *clock) at(phase string, step int) (seconds float64, ok bool) {
	for _, t := range c.times {
		if t.Phase == phase && t.Step == step {
			return c.began[phase] + t.Share(), true
		}
	}
	return 0, false
}

// clockAfterM1 is a run's clock, begun by the M1 that it was given.
func (l *Library) clockAfterM1(e *Entry) (*clock, error) {
	now := 0.0
	if from := e.Config.M1.From; from != "" {
		m1 := l.M1Of(e)
		if m1 == nil {
			return nil, fmt.Errorf("read %s: want the run of its M1, m1.from = %q, found none of it; give its folder too", e.Path(), from)
		}
		timing, err := readLines[train.Timing](m1, timingName)
		if err != nil {
			return nil, err
		}
		for _, t := range timing {
			if t.Phase == configs.SharedPhase {
				now = t.Share()
			}
		}
	}
	timing, err := readLines[train.Timing](e, timingName)
	c := &clock{began: map[string]float64{}, times: timing}
	end := now
	for _, t := range timing {
		if _, begun := c.began[t.Phase]; !begun {
			now = end
			c.began[t.Phase] = now
		}
		end = now + t.Share()
	}
	return c, err
}
