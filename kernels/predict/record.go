package predict

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// Case is a training step as nodes: each step of the contract by itself, as 'ssdgm bench --parts' times it, and all of
// them as one program. A record of a card keeps them in launches.jsonl, which scripts/launches writes.
type Case struct {
	Case      string `json:"case"`
	Precision string `json:"precision"`
	Steps     []Step `json:"steps"`
	Program   []Node `json:"program"`
}

// Step is a step of the contract as nodes.
type Step struct {
	Step  string `json:"step"`
	Nodes []Node `json:"nodes"`
}

// Measured is a step of a record: how many µs it took, and the nodes that it was.
type Measured struct {
	Case, Precision, Step, Shape string
	Time                         float64
	Nodes                        []Node
}

// Off is how far a card's model is off: 0.1 where it says a tenth too much.
func (m *Measured) Off(c *Card) float64 { return c.Program(m.Nodes)/m.Time - 1 }

// Dissection is a line of a record of 'ssdgm bench --parts --json'.
type Dissection struct {
	Case     string  `json:"case"`
	MedianMS float64 `json:"ms_median"`
	Parts    []struct {
		Step  string  `json:"step"`
		Shape string  `json:"shape"`
		US    float64 `json:"us"`
	} `json:"parts"`
}

// ReadLaunches reads a record's launches.jsonl.
func ReadLaunches(folder string) ([]Case, error) {
	return readLines[Case](filepath.Join(folder, "launches.jsonl"))
}

// ReadParts reads what a record says of the parts of its training steps.
func ReadParts(folder, precision string) ([]Dissection, error) {
	return readLines[Dissection](filepath.Join(folder, "second", "parts-"+precision+".jsonl"))
}

// ReadSteps reads a record's steps: its parts with their launches.
func ReadSteps(folder string) (all []Measured, err error) {
	cases, err := ReadLaunches(folder)
	if err != nil {
		return nil, err
	}
	measured := map[string][]Dissection{}
	for _, c := range cases {
		if measured[c.Precision] == nil {
			if measured[c.Precision], err = ReadParts(folder, c.Precision); err != nil {
				return nil, err
			}
		}
		for _, d := range measured[c.Precision] {
			if d.Case != c.Case {
				continue
			}
			steps, err := c.measured(d)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", folder, c.Case, err)
			}
			all = append(all, steps...)
		}
	}
	return all, nil
}

// measured are a case's steps with what a record says of them.
func (c *Case) measured(d Dissection) (steps []Measured, err error) {
	if len(d.Parts) != len(c.Steps) {
		return nil, fmt.Errorf("want the launches of %d steps, found %d", len(d.Parts), len(c.Steps))
	}
	for i, p := range d.Parts {
		if p.Step != c.Steps[i].Step {
			return nil, fmt.Errorf("want the launches of %s, found those of %s", p.Step, c.Steps[i].Step)
		}
		steps = append(steps, Measured{c.Case, c.Precision, p.Step, p.Shape, p.US, c.Steps[i].Nodes})
	}
	return steps, nil
}

// readLines reads a file of JSON objects, one a line.
func readLines[T any](path string) (all []T, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for decoder := json.NewDecoder(bufio.NewReader(file)); ; {
		var one T
		if err := decoder.Decode(&one); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		all = append(all, one)
	}
}

// Near is what a foretold time may be off and still count as near.
const Near = 0.15

// Spread is how far a card's model is off: the median, and the share of steps for which it is near.
func Spread(c *Card, steps []Measured) (median, near float64) {
	var off []float64
	for i := range steps {
		off = append(off, math.Abs(steps[i].Off(c)))
		if off[i] <= Near {
			near++
		}
	}
	slices.Sort(off)
	return (off[len(off)/2] + off[(len(off)-1)/2]) / 2, near / float64(len(off))
}
