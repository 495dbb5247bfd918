// Package reproduce reproduces a published table: it takes finished runs and records of the same configuration,
// plans what is missing, the cheapest first, has it trained, and gives the lines of the table from what there is
// then. M1 is trained once a seed, and all models on top of it share it.
package reproduce

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ssdgm/configs"
	"ssdgm/train/report"
)

// Plan is what to do for a table: which runs count already and which are to be trained.
type Plan struct {
	taken  []*report.Entry
	groups []*taskGroup // the cheapest first
	notes  []string     // what is not used and why
}

// taskGroup is what one cell of the table lacks.
type taskGroup struct {
	title string
	cells []*task // one for each seed
	m1    []*task // what they wait for and no group before this one has
}

// whole is the time of the group with all M1s that it waits for: what groups are ordered by.
func (g *taskGroup) whole() (seconds float64) {
	for _, t := range g.cells {
		seconds += t.time()
		if t.m1 != nil {
			seconds += t.m1.time()
		}
	}
	return seconds
}

// own is the time of the group beside those before it.
func (g *taskGroup) own() (seconds float64) {
	for _, t := range slices.Concat(g.m1, g.cells) {
		seconds += t.time()
	}
	return seconds
}

// batches are the runs that are trained together, in the order in which they are trained: the M1s that a
// cell waits for, then its seeds.
func (p *Plan) batches() [][]*task {
	var all [][]*task
	for _, g := range p.groups {
		for _, together := range [][]*task{g.m1, g.cells} {
			if len(together) > 0 {
				all = append(all, together)
			}
		}
	}
	return all
}

// task is a run to train or to go on with.
type task struct {
	dir      string
	config   *configs.Config
	goesOn   bool
	m1       *task   // that it waits for; nil where none is missing
	measured float64 // seconds that it takes here, as a trial of it tells; 0 where there was none
	seconds  float64 // that it took before, with any seed; 0 where nothing tells
	guess    float64 // seconds that the table gives for it on two cores, where seconds is 0
}

// time is what is known of how long it takes, in seconds; 0 where nothing is.
func (t *task) time() float64 { return cmp.Or(t.measured, t.seconds, t.guess) }

func (t *task) what() string {
	if t.goesOn {
		return "go on"
	}
	return "train"
}

// planner makes a plan.
type planner struct {
	*Request
	found *report.Library // in the records and below out
	own   *report.Library // below out alone: these have parameters
	names map[string]bool // folders that the plan makes
	m1    map[string]*task
	Plan
}

// Plan plans what the request lacks.
func (r *Request) Plan() (*Plan, error) {
	p := &planner{Request: r, names: map[string]bool{}, m1: map[string]*task{}}
	var err error
	if p.found, err = report.Open(r.Records, r.Runs); err != nil {
		return nil, err
	}
	if p.own, err = report.Open(r.Runs); err != nil {
		return nil, err
	}
	for _, broken := range p.found.Broken {
		p.notes = append(p.notes, fmt.Sprintf("not used: %v", broken))
	}
	for i := range r.Table.Rows {
		row := &r.Table.Rows[i]
		if !r.wanted(row) || !reproducible(r.Table, row) {
			continue
		}
		for _, labels := range r.Labels {
			if err := p.cell(row, labels); err != nil {
				return nil, err
			}
		}
	}
	p.order()
	return &p.Plan, nil
}

// cell plans a cell of the table.
func (p *planner) cell(row *report.Row, labels int) error {
	g := &taskGroup{}
	for _, seed := range p.Seeds {
		c, err := row.Configuration(labels, seed)
		if err != nil {
			return err
		}
		choice := p.found.Choose(c, p.Runs)
		p.notes = append(p.notes, choice.Notes...)
		if choice.Finished != nil {
			p.taken = append(p.taken, choice.Finished)
			continue
		}
		t, err := p.task(row, labels, seed, c, choice.Unfinished)
		if err != nil {
			return err
		}
		g.cells = append(g.cells, t)
		t.guess = row.Seconds
		if t.m1 != nil {
			t.m1.guess = p.Table.M1Seconds
		}
	}
	if len(g.cells) > 0 {
		g.title = fmt.Sprintf("%s with %d labels", row.Title, labels)
		p.groups = append(p.groups, g)
	}
	return nil
}

// task plans one run. One that has begun goes on with its own configuration.
func (p *planner) task(
	row *report.Row, labels int, seed uint64, c *configs.Config, begun *report.Entry,
) (*task, error) {
	if begun != nil {
		return &task{dir: begun.Path(), config: begun.Config, goesOn: true, seconds: p.found.Estimate(begun.Config)}, nil
	}
	t := &task{dir: p.free(fmt.Sprintf("%s-%d", row.Key, labels), seed)}
	var err error
	if c.TrainsM1() && c.Classifies() {
		var from string
		from, t.m1 = p.m1Of(c)
		c, err = row.Configuration(labels, seed, "m1.from="+from)
	}
	t.config = c
	if err == nil {
		t.seconds = p.found.Estimate(c)
	}
	return t, err
}

// m1Of is the folder of the M1 that a configuration's seed shares, and the task that trains it where it is
// not trained yet.
func (p *planner) m1Of(c *configs.Config) (dir string, t *task) {
	m1 := report.M1Config(c)
	key := string(m1.TOML())
	if t := p.m1[key]; t != nil {
		return t.dir, t
	}
	choice := p.own.Choose(m1, p.Runs)
	if choice.Finished != nil {
		return choice.Finished.Path(), nil
	}
	p.notes = append(p.notes, choice.Notes...)
	if begun := choice.Unfinished; begun != nil {
		t = &task{dir: begun.Path(), config: begun.Config, goesOn: true}
	} else {
		t = &task{dir: p.free("m1", c.Seed), config: m1}
	}
	t.seconds = p.found.Estimate(m1)
	p.m1[key] = t
	return t.dir, t
}

// free is a folder below out that nothing has.
func (p *planner) free(name string, seed uint64) string {
	for n := 1; ; n++ {
		numbered := name
		if n > 1 {
			numbered = fmt.Sprintf("%s-%d", name, n)
		}
		dir := filepath.Join(p.Runs, fmt.Sprintf("%s-seed%d", numbered, seed))
		if _, err := os.Lstat(dir); err != nil && !p.names[dir] {
			p.names[dir] = true
			return dir
		}
	}
}

// order puts the cheapest groups first, and each missing M1 before the first that needs it.
func (p *Plan) order() {
	slices.SortStableFunc(p.groups, func(a, b *taskGroup) int { return cmp.Compare(a.whole(), b.whole()) })
	given := map[*task]bool{}
	for _, g := range p.groups {
		g.m1 = nil
		for _, t := range g.cells {
			if t.m1 != nil && !given[t.m1] {
				given[t.m1] = true
				g.m1 = append(g.m1, t.m1)
			}
		}
	}
}

// Time is what is known of how long the plan takes.
func (p *Plan) Time() time.Duration {
	seconds := 0.0
	for _, g := range p.groups {
		seconds += g.own()
	}
	return duration(seconds)
}

// Within leaves out what would not be done within a budget, in the plan's order, and gives a line for each cell of the
// table that is.
func (p *Plan) Within(budget time.Duration) (left []string) {
	spent, fitting := 0.0, 0
	for fitting < len(p.groups) && duration(spent+p.groups[fitting].own()) <= budget {
		spent += p.groups[fitting].own()
		fitting++
	}
	for _, g := range p.groups[fitting:] {
		left = append(left, fmt.Sprintf("left out, as it would be done only after the budget of %v: %s, %s",
			budget, g.title, about(g.own())))
	}
	p.groups = p.groups[:fitting]
	return left
}

// Empty tells whether there is nothing to train.
func (p *Plan) Empty() bool { return len(p.groups) == 0 }

// Write tells a person what is going to be done, in this order.
func (p *Plan) Write(w io.Writer) error {
	for _, note := range p.notes {
		fmt.Fprintln(w, note)
	}
	runs, guessed, unknown := 0, 0, 0
	for _, e := range p.taken {
		fmt.Fprintf(w, "  take   %s\n", e.Path())
	}
	for _, g := range p.groups {
		for _, t := range slices.Concat(g.m1, g.cells) {
			runs++
			took := "time unknown"
			switch {
			case t.measured > 0:
				took = "about " + about(t.measured)
			case t.seconds > 0:
				took = about(t.seconds) + " before"
			case t.guess > 0:
				took = "roughly " + about(t.guess)
				guessed++
			default:
				unknown++
			}
			fmt.Fprintf(w, "  %s  %s, %s\n", t.what(), t.dir, took)
		}
		if seconds := g.own(); seconds > 0 && len(g.m1)+len(g.cells) > 1 {
			fmt.Fprintf(w, "         %s: %s\n", g.title, about(seconds))
		}
	}
	line := fmt.Sprintf("%d finished runs are taken, %d are to be trained", len(p.taken), runs)
	if total := p.Time(); total > 0 {
		line += ", about " + report.Duration(total)
	}
	if unknown > 0 && unknown < runs {
		line += fmt.Sprintf(" without the %d of unknown time", unknown)
	}
	if guessed > 0 {
		line += fmt.Sprintf("; %d of the times are guesses for two cores", guessed)
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

func about(seconds float64) string { return report.Duration(duration(seconds)) }

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
