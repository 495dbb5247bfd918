package sweep

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"ssdgm/configs"
	"ssdgm/train/report"
)

// Cell is what is known of members that differ in nothing but their seed.
type Cell struct {
	Name    string // of its members but for their seed; empty where the grid has only seeds
	Values  map[string]any
	Line    report.Line
	Missing []string         // members whose runs are not finished
	Failed  []report.Failure // those of them that have failed
}

// Collect reads the results, by cell in the order of the grid. Notes say which folders could not be used.
func (s *Sweep) Collect() (cells []*Cell, notes []string, err error) {
	found, err := report.Open(s.Runs())
	if err != nil {
		return nil, nil, err
	}
	notes = s.notBegun()
	for _, broken := range found.Broken {
		notes = append(notes, "not used: "+oneLine(broken))
	}
	records, err := s.records()
	if err != nil {
		return nil, nil, err
	}
	entries := map[string]*report.Entry{}
	for _, e := range found.Entries {
		entries[e.Name] = e
	}
	chosen := map[*Cell][]*report.Entry{}
	places := map[string]*Cell{}
	for _, m := range s.Grid.Members {
		name := s.cellName(m)
		cell := places[name]
		if cell == nil {
			cell = &Cell{Name: name, Values: s.values(m), Line: report.Line{Labels: int(m.Config.Data.Labels)}}
			places[name], cells = cell, append(cells, cell)
		}
		e := entries[m.Name]
		if e != nil && e.Finished {
			if differing := configs.Diff(e.Config, m.Config); len(differing) > 0 {
				notes = append(notes, fmt.Sprintf("%s is not used: %s", e.Path(), strings.Join(differing, "; ")))
				e = nil
			}
		}
		if e == nil || !e.Finished {
			cell.Missing = append(cell.Missing, m.Name)
			if st := s.status(m, records[m.Name], time.Now()); st.State == Failed {
				cell.Failed = append(cell.Failed, report.Failure{Name: m.Name, Reason: st.Reason})
			}
			continue
		}
		chosen[cell] = append(chosen[cell], e)
	}
	for _, cell := range cells {
		row := &report.Row{Key: cell.key(), Title: cell.key()}
		if cell.Line, err = found.Cell(row, cell.Line.Labels, chosen[cell]); err != nil {
			return nil, nil, err
		}
		cell.Line.Ours = true
	}
	return cells, notes, nil
}

// key is what a cell is called in a table.
func (c *Cell) key() string {
	if c.Name == "" {
		return "all seeds"
	}
	return c.Name
}

const seedKey = "seed"

// cellName is a member's name without its seed, the last of its parts where the grid has seeds.
func (s *Sweep) cellName(m configs.Member) string {
	name, found := strings.CutSuffix(m.Name, fmt.Sprint(seedKey, m.Config.Seed))
	if !found {
		return m.Name
	}
	return strings.TrimSuffix(name, "-")
}

// values are a member's values of the axes but for the seed.
func (s *Sweep) values(m configs.Member) map[string]any {
	values := map[string]any{}
	for i, a := range s.Grid.Axes {
		if a.Key != seedKey {
			values[a.Key] = m.Values[i]
		}
	}
	return values
}

// Lines are the cells as lines of a table.
func Lines(cells []*Cell) []report.Line {
	lines := make([]report.Line, len(cells))
	for i, c := range cells {
		lines[i] = c.Line
	}
	return lines
}

// Missing counts the runs that are not finished.
func Missing(cells []*Cell) int {
	n := 0
	for _, c := range cells {
		n += len(c.Missing)
	}
	return n
}

// failures are the runs that have failed, of all cells.
func failures(cells []*Cell) (all []report.Failure) {
	for _, c := range cells {
		all = append(all, c.Failed...)
	}
	return all
}

// cellJSON is a cell as a program reads it.
type cellJSON struct {
	Name         string         `json:"name"`
	Values       map[string]any `json:"values"`
	ErrorPercent *spread        `json:"error_percent,omitempty"`
	Bound        *spread        `json:"bound_nats,omitempty"`
	Runs         []runJSON      `json:"runs"`
	Missing      []string       `json:"missing,omitempty"`
	// Failed says of those of the missing runs that have failed, why.
	Failed map[string]string `json:"failed,omitempty"`
}

type runJSON struct {
	Name         string   `json:"name"`
	Seed         uint64   `json:"seed"`
	ErrorPercent *float64 `json:"error_percent,omitempty"`
	Bound        *float64 `json:"bound_nats,omitempty"`
}

// spread is a mean and the standard deviation (n − 1), which one value has not.
type spread struct {
	Mean      float64  `json:"mean"`
	Deviation *float64 `json:"deviation,omitempty"`
}

// WriteJSON writes the cells and their runs.
func WriteJSON(w io.Writer, cells []*Cell) error {
	all := make([]cellJSON, len(cells))
	for i, c := range cells {
		all[i] = cellJSON{Name: c.Name, Values: c.Values, Missing: c.Missing, Runs: []runJSON{}}
		for _, f := range c.Failed {
			if all[i].Failed == nil {
				all[i].Failed = map[string]string{}
			}
			all[i].Failed[f.Name] = f.Reason
		}
		var errors, bounds []*float64
		for _, r := range c.Line.Results {
			errors, bounds = append(errors, r.Judged().ErrorPercent), append(bounds, r.Judged().Bound)
			all[i].Runs = append(all[i].Runs, runJSON{Name: r.Name, Seed: r.Config.Seed, ErrorPercent: r.Judged().ErrorPercent, Bound: r.Judged().Bound})
		}
		all[i].ErrorPercent, all[i].Bound = spreadOf(errors), spreadOf(bounds)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(all)
}

// spreadOf is that of the values that there are; nil where there is none.
func spreadOf(found []*float64) *spread {
	var values []float64
	for _, v := range found {
		if v != nil {
			values = append(values, *v)
		}
	}
	switch len(values) {
	case 0:
		return nil
	case 1:
		return &spread{Mean: values[0]}
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	return &spread{mean, &deviation}
}
