package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"ssdgm/engine"
	"ssdgm/engine/floor"
	"ssdgm/train"
)

// part is one step of the device's contract within a training step.
type part struct {
	floor.Work
	US        float64 `json:"us"` // alone, replayed
	H200Floor float64 `json:"h200_floor_us"`
}

// dissection is a training step and its parts. Their times add up to more than the
// whole where a device overlaps or fuses what it replays.
type dissection struct {
	measurement
	Parts []part `json:"parts"`
}

// printParts times the cases part by part.
func (b *benchCommand) printParts(out io.Writer, devices *benchDevices) error {
	for _, name := range b.cases {
		d, err := b.dissect(devices, name)
		if err != nil {
			return err
		}
		if b.json {
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

func (b *benchCommand) dissect(devices *benchDevices, name string) (d dissection, err error) {
	if d.measurement, err = b.measure(devices, name); err != nil {
		return d, err
	}
	// A step of its own: a part that is taken again and again leaves no sense in its arrays.
	dev, err := devices.openFor(name)
	if err != nil {
		return d, err
	}
	mark := dev.Mark()
	defer dev.Release(mark)
	step, err := train.NewStep(dev, name)
	if err != nil {
		return d, err
	}
	card := cardOf(dev)
	for _, work := range step.Works {
		seconds, err := timePart(dev, work)
		if err != nil {
			return d, fmt.Errorf("%s: %s: %w", name, work.Step, err)
		}
		d.Parts = append(d.Parts, part{work, 1e6 * seconds, 1e6 * card.Seconds(work)})
	}
	return d, nil
}

// cardOf is the card that a device's floors are computed for.
func cardOf(dev engine.Device) floor.Card {
	if strings.Contains(dev.Name(), " tf32 ") {
		return floor.H200TF32
	}
	return floor.H200
}

// timePart is the time of a step that is replayed for about blockTime, at the second try.
func timePart(dev engine.Device, work floor.Work) (seconds float64, err error) {
	program, times := dev.Record(work.Take), 1
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
	fmt.Fprintf(w, "%s on %s: %.3f ms, in %d steps\n\n", d.Case, d.Setting, d.MedianMS, len(d.Parts))
	rows := [][]string{{"step", "shape", "µs", "MFLOP", "MB", "floor on an H200, µs"}}
	var sum part
	for _, p := range d.Parts {
		rows = append(rows, p.row())
		sum.US, sum.H200Floor = sum.US+p.US, sum.H200Floor+p.H200Floor
		sum.FLOP, sum.Bytes = sum.FLOP+p.FLOP, sum.Bytes+p.Bytes
	}
	sum.Step = "sum"
	if err := writeAligned(w, append(rows, sum.row())); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nAs many nodes of a graph cost an H200 at least %.0f µs beside.\n\n", 1e6*floor.NodeSeconds*float64(len(d.Parts)))
	return err
}

func (p part) row() []string {
	return []string{
		p.Step, p.Shape, fmt.Sprintf("%.1f", p.US), fmt.Sprintf("%.1f", p.FLOP/1e6), fmt.Sprintf("%.2f", p.Bytes/1e6), fmt.Sprintf("%.2f", p.H200Floor),
	}
}
