package report

import (
	"fmt"
	"path/filepath"

	"ssdgm/train"
)

// Curves draws how the validation error of runs and records fell: against wall time, M1's included, and against
// the updates of the phase that lowers it. Those whose folders are called NAME-seedN share a colour. M1 that a run took
// from elsewhere is looked for beside it and among all that are given.
func Curves(dirs []string) ([]Chart, error) {
	l := &Library{}
	var given []*Entry
	for _, dir := range dirs {
		e, err := readEntry(filepath.Dir(dir), filepath.Base(dir))
		if err != nil {
			return nil, err
		}
		if e == nil {
			return nil, fmt.Errorf("open %s: want a run folder or a record, found no %s in it", dir, configName)
		}
		beside, err := Open(filepath.Dir(dir))
		if err != nil {
			return nil, err
		}
		given = append(given, e)
		l.Entries = append(append(l.Entries, e), beside.Entries...)
	}
	const title = "validation error in %"
	time := Chart{Title: "error against wall time", X: "minutes, M1 included", Y: title, LogX: true, LogY: true}
	updates := Chart{Title: "error against updates after M1", X: "updates", Y: title, LogX: true, LogY: true}
	colours := map[string]int{}
	for _, e := range given {
		looks, err := l.looks(e)
		if err != nil {
			return nil, err
		}
		name := baseName(e)
		if _, ok := colours[name]; !ok {
			colours[name] = len(colours)
		}
		byTime, byStep := Curve{Name: name, Colour: colours[name]}, Curve{Name: name, Colour: colours[name]}
		for _, look := range looks {
			byTime.Points = append(byTime.Points, Point{look.seconds / 60, look.percent, 0})
			byStep.Points = append(byStep.Points, Point{float64(look.step), look.percent, 0})
		}
		time.Lines, updates.Lines = append(time.Lines, byTime), append(updates.Lines, byStep)
	}
	return []Chart{time, updates}, nil
}

// look is a look at the validation data.
type look struct {
	step             int
	seconds, percent float64
}

// looks are those of the phase that the result comes from, with the time since the run and its M1 began.
func (l *Library) looks(e *Entry) ([]look, error) {
	before, err := l.secondsBefore(e)
	if err != nil {
		return nil, err
	}
	phase := resultPhase(e.Config)
	timing, err := readLines[train.Timing](e, timingName)
	if err != nil {
		return nil, err
	}
	seconds := map[int]float64{}
	for _, t := range timing {
		if t.Phase == phase {
			seconds[t.Step] = before + float64(t.Seconds)
		}
	}
	log, err := readLines[train.Metrics](e, metricsName)
	if err != nil {
		return nil, err
	}
	var looks []look
	for _, m := range log {
		if m.Phase != phase || m.Validation == nil || m.ValidationError == nil {
			continue
		}
		at, ok := seconds[m.Step]
		if !ok {
			return nil, fmt.Errorf("read %s: want the time of step %d, which %s has, found none", filepath.Join(e.Dir(), timingName), m.Step, metricsName)
		}
		looks = append(looks, look{m.Step, at, float64(*m.ValidationError)})
	}
	if len(looks) == 0 {
		return nil, fmt.Errorf("read %s: want a look at the validation error in %s, found none", e.Dir(), phase)
	}
	return looks, nil
}

// secondsBefore is what the phases before the result's took, an M1 from elsewhere among them.
func (l *Library) secondsBefore(e *Entry) (float64, error) {
	m1 := e
	if from := e.Config.M1.From; from != "" {
		if m1 = l.M1Of(e); m1 == nil {
			return 0, fmt.Errorf("read %s: want the run of its M1, m1.from = %q, found none of it; give its folder too", e.Dir(), from)
		}
	}
	if resultPhase(e.Config) == "m1" || !TrainsM1(m1.Config) {
		return 0, nil
	}
	timing, err := readLines[train.Timing](m1, timingName)
	seconds := 0.0
	for _, t := range timing {
		if t.Phase == "m1" {
			seconds = float64(t.Seconds)
		}
	}
	return seconds, err
}
