package apply

import (
	"fmt"
	"strings"

	"ssdgm/model/trained"
	"ssdgm/train/message"
	"ssdgm/train/run"
)

// lack is what a model cannot say, and what of it a training run that goes on would add, as a pronoun.
type lack struct{ text, addable string }

// lackOf is a model's.
func (c *Classification) lackOf(m *trained.Model) lack {
	var l lack
	var clauses []string
	switch {
	case c.Usual && m.M2 == nil:
		clauses = append(clauses, fmt.Sprintf("model = %q has no bound on log p(x): nothing tells how usual a row is", m.Config.Model))
	case c.Usual && m.Usual == nil:
		clauses = append(clauses, "it has no percentiles of its training examples: nothing tells how usual a row is")
		l.addable = "them"
	}
	if m.Temperature == nil && m.Config.Baseline() == "" {
		const so = ": probabilities are as training left them"
		d := m.Config.Data
		validated := d.Validation > 0 || d.ValidationFraction > 0 || d.ValidationPath != ""
		switch {
		case validated && m.Usual != nil: // Both are fitted together.
			clauses = append(clauses, "it has no temperature, as its validation examples show none that is best"+so)
		case validated:
			clauses = append(clauses, "it has no temperature"+so)
			if l.addable == "" {
				l.addable = "it"
			}
		default:
			clauses = append(clauses, "it has no temperature, as there were no validation examples"+so)
		}
	}
	l.text = strings.Join(clauses, "; ")
	return l
}

// tellLacks tells what models cannot say, in one line of all that lack the same.
func (c *Classification) tellLacks(members []trained.Member) {
	names := map[lack][]string{}
	for _, m := range members {
		l := c.lackOf(m.Model)
		names[l] = append(names[l], m.Name)
	}
	for _, m := range members {
		l := c.lackOf(m.Model)
		name := m.Name
		if l.text == "" || names[l][0] != name {
			continue
		}
		if others := len(names[l]) - 1; others > 0 {
			name += fmt.Sprintf(" and %d more", others)
		}
		c.Note(name + ": " + l.line(m.Name))
	}
}

// Lacks is a line on what a model that has classes cannot say: by a temperature how sure it is and, where that is wanted,
// how usual a row is; empty of one that lacks nothing. path is where it lies.
func Lacks(path string, m *trained.Model, usual bool) string {
	if m.Classes() == nil {
		return ""
	}
	c := &Classification{Usual: usual}
	return c.lackOf(m).line(path)
}

// line is what a model lacks, and how to add it.
func (l lack) line(path string) string {
	if l.addable == "" {
		return l.text
	}
	return l.text + "; " + adding(path, l.addable)
}

// adding says how to add what a model lacks.
func adding(path, what string) string {
	if !run.IsRun(path) {
		path = "RUN"
	}
	return fmt.Sprintf("%s adds %s", message.Command("train", "--out", path), what)
}
