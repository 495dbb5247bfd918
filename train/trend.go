package train

import (
	"fmt"
	"math"
)

// trend notices a bound that gets worse and does not recover.
type trend struct {
	mean, best float64 // running mean of the lines, and the best that it was
	lines      int
	falling    int // how many lines in a row the mean was far below its best
	told       bool
}

// Lines are noisy and some phases start with a fall: what counts is a running mean over about
// trendLines lines that is further below its best than trendFraction of it, or than
// trendNats near 0, at so many lines in a row.
const (
	trendLines    = 4
	trendFraction = 0.05
	trendNats     = 0.1
)

// add takes a line's figure, the larger the better, and tells whether that is the moment to warn.
func (t *trend) add(figure float64) (warn bool) {
	if t.lines++; t.lines == 1 {
		t.mean, t.best = figure, figure
	}
	t.mean += (figure - t.mean) / trendLines
	t.best = max(t.best, t.mean)
	if t.best-t.mean <= max(trendNats, trendFraction*math.Abs(t.best)) {
		t.falling = 0
		return false
	}
	t.falling++
	warn = t.falling >= trendLines && !t.told
	t.told = t.told || warn
	return warn
}

// watchBound warns once in a phase of a member whose bound, or loss where it has no bound, gets
// worse. While the KL's weight rises, the bound is not what is optimised.
func (l *looper) watchBound(m *member, line *Metrics) {
	figure, what := line.Bound, "bound"
	if figure == nil && line.ClassifierLoss != nil {
		figure, what = number(-float64(*line.ClassifierLoss)), "negative loss"
	}
	if figure == nil || l.step <= l.p.warmup {
		return
	}
	if !m.trend.add(float64(*figure)) {
		return
	}
	m.falls = true
	l.session.note(m, fmt.Sprintf("%s: step %d: the %s has fallen for %d lines, to %.4g nats on average from %.4g; a smaller rate may help",
		l.p.Name(), l.step, what, trendLines, m.trend.mean, m.trend.best))
}
