package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"ssdgm/engine"
	"ssdgm/train"
	"ssdgm/train/report"
)

// part is one step of the device's contract within a training step.
type part struct {
	Step  string `json:"step"`
	Shape string `json:"shape"`
	engine.Cost
	US    float64 `json:"us"`                 // alone, replayed
	Floor float64 `json:"floor_us,omitempty"` // on this machine; 0 where that is not known
	// Foretold is what the device's model says, 0 where it has none.
	Foretold float64 `json:"foretold_us,omitempty"`
}

// foreteller is a device with a model of how long steps take, which says of which card it is.
type foreteller interface {
	Foretell(steps []engine.Step) (microseconds float64, card string)
}

// dissection is a training step and its parts. Their times add up to more than the
// whole where a device overlaps or fuses what it replays.
type dissection struct {
	Measurement
	Foretold   float64 `json:"foretold_us,omitempty"` // of the program as a whole
	ForetoldOf string  `json:"foretold_of,omitempty"` // the card
	Parts      []part  `json:"parts"`
}

// Parts times cases part by part and writes each as a table, or as an object of JSON a line.
func (b *Bench) Parts(out io.Writer, names []string, asJSON bool) error {
	for _, name := range names {
		d, err := b.dissect(name)
		if err != nil {
			return err
		}
		if asJSON {
			err = json.NewEncoder(out).Encode(d)
		} else {
			err = d.print(out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Bench) dissect(name string) (d dissection, err error) {
	if d.Measurement, err = b.Measure(name); err != nil {
		return d, err
	}
	// A step of its own: a part that is taken again and again leaves no sense in its arrays.
	dev, err := b.deviceFor(name)
	if err != nil {
		return d, err
	}
	mark := dev.Mark()
	defer dev.Release(mark)
	step, err := train.NewStep(dev, name)
	if err != nil {
		return d, err
	}
	least, model := b.floor(dev), foretelling(dev)
	d.Foretold, d.ForetoldOf = model(step.Steps)
	for _, s := range step.Steps {
		p := part{Step: engine.Name(s), Shape: shapeOf(s), Cost: s.Cost(dev.Replicas())}
		p.Foretold, _ = model([]engine.Step{s})
		took, err := timePart(dev, s)
		if err != nil {
			return d, fmt.Errorf("%s: %s: %w", name, p.Step, err)
		}
		p.US, p.Floor = 1e6*took, 1e6*least(p.Cost)
		d.Parts = append(d.Parts, p)
	}
	return d, nil
}

// foretelling is a device's model, or one that knows nothing.
func foretelling(dev engine.Device) func([]engine.Step) (microseconds float64, card string) {
	if f, ok := dev.(foreteller); ok {
		return f.Foretell
	}
	return func([]engine.Step) (float64, string) { return 0, "" }
}

// floor gives the least time for some work on this machine: by what its processor does in
// registers and by what it copies. Of a card neither is measured here, and the time is 0.
func (b *Bench) floor(dev engine.Device) func(engine.Cost) float64 {
	if b.Threads(dev) == 0 {
		return func(engine.Cost) float64 { return 0 }
	}
	flop, bytes := 1e9*b.ceilingGFLOPS(dev), copyRate(b.Threads(dev))
	return func(c engine.Cost) float64 { return c.Seconds(flop, bytes) }
}

// copyRate is how many bytes a second so many threads read and write together, copying arrays that
// no cache holds: the best of a few tries.
func copyRate(threads int) (best float64) {
	const size, tries = 64 << 20, 5
	from, to := make([][]byte, threads), make([][]byte, threads)
	for i := range threads {
		from[i], to[i] = make([]byte, size), make([]byte, size)
		clear(from[i]) // the first touch gives the pages
		clear(to[i])
	}
	for range tries {
		var wait sync.WaitGroup
		start := time.Now()
		for i := range threads {
			wait.Go(func() { copy(to[i], from[i]) })
		}
		wait.Wait()
		best = max(best, float64(2*size*threads)/time.Since(start).Seconds())
	}
	return best
}

// shapeOf is a step's sizes: 100×784×600.
func shapeOf(s engine.Step) string {
	var sizes []string
	for _, n := range engine.Shape(s) {
		sizes = append(sizes, fmt.Sprint(n))
	}
	return strings.Join(sizes, "×")
}

// timePart is the time of a step that is replayed for about blockTime, at the second try.
func timePart(dev engine.Device, s engine.Step) (seconds float64, err error) {
	program, times := dev.Compile([]engine.Step{s}), 1
	for range 3 {
		start := time.Now()
		program.Run(times)
		if err := dev.Sync(); err != nil {
			return 0, err
		}
		seconds = time.Since(start).Seconds() / float64(times)
		times = max(1, min(int(blockTime.Seconds()/max(seconds, 1e-9)), mostReplays))
	}
	return seconds, nil
}

// mostReplays bounds how far a step that is taken again and again may drive its numbers.
const mostReplays = 2000

func (d *dissection) print(w io.Writer) error {
	fmt.Fprintf(w, "%s on %s: %.3f ms, in %d steps\n", d.Case, d.Setting, d.MedianMS, len(d.Parts))
	rows := [][]string{{"step", "shape", "µs", "MFLOP", "MB", "floor here, µs"}}
	if d.Foretold > 0 {
		fmt.Fprintf(w, "foretold: %.3f ms, on %s\n", d.Foretold/1e3, d.ForetoldOf)
		rows[0] = append(rows[0], "foretold, µs")
	}
	fmt.Fprintln(w)
	var sum part
	for _, p := range d.Parts {
		rows = append(rows, p.row())
		sum.US, sum.Floor, sum.Cost = sum.US+p.US, sum.Floor+p.Floor, sum.Cost.Add(p.Cost)
		sum.Foretold += p.Foretold
	}
	sum.Step = "sum"
	return report.Aligned(w, append(rows, sum.row()))
}

func (p part) row() []string {
	row := []string{
		p.Step, p.Shape, fmt.Sprintf("%.1f", p.US), fmt.Sprintf("%.1f", p.FLOP/1e6), fmt.Sprintf("%.2f", p.Bytes/1e6),
		"not measured",
	}
	if p.Floor > 0 {
		row[5] = fmt.Sprintf("%.2f", p.Floor)
	}
	if p.Foretold > 0 {
		row = append(row, fmt.Sprintf("%.1f", p.Foretold))
	}
	return row
}
