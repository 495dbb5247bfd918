// Package bench times training steps of the paper's sizes, whole and part by part, beside the least that they can
// take on this machine's processor. A card's ceiling is not measured.
package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"ssdgm/engine"
	"ssdgm/train"
	"ssdgm/train/report"
)

// Bench times steps on the devices of one kind.
type Bench struct {
	// Open opens a device for so many replicas. It is called once for each number, and Close closes it.
	Open func(replicas int) (engine.Device, error)
	// Threads is how many of the CPU's threads a device works with; 0 for a card.
	Threads func(dev engine.Device) int
	// Peak measures what so many threads do together in registers alone, in FLOP a second.
	Peak func(threads int) float64

	opened map[int]engine.Device
}

// Device is the device for so many replicas.
func (b *Bench) Device(replicas int) (engine.Device, error) {
	if dev := b.opened[replicas]; dev != nil {
		return dev, nil
	}
	dev, err := b.Open(replicas)
	if err != nil {
		return nil, err
	}
	if b.opened == nil {
		b.opened = map[int]engine.Device{}
	}
	b.opened[replicas] = dev
	return dev, nil
}

// deviceFor is the device that suits a training step.
func (b *Bench) deviceFor(name string) (engine.Device, error) {
	replicas, err := train.StepReplicas(name)
	if err != nil {
		return nil, err
	}
	return b.Device(replicas)
}

// Close closes the devices.
func (b *Bench) Close() {
	for _, dev := range b.opened {
		_ = dev.Close() // what went wrong on it, Sync has told
	}
}

// setting is what a device is called in a table.
func (b *Bench) setting(dev engine.Device) string {
	if n := b.Threads(dev); n > 0 {
		return dev.Name() + ", " + report.Threads(n)
	}
	return dev.Name()
}

// Names are the training steps that suit a device.
func (b *Bench) Names(dev engine.Device) []string {
	if b.Threads(dev) > 0 {
		return train.StepNames(1)
	}
	return train.StepNames(math.MaxInt)
}

// Measurement is how long a training step takes.
type Measurement struct {
	Case           string  `json:"case"`
	Steps          int     `json:"steps"`
	MedianMS       float64 `json:"ms_median"`
	TotalMS        float64 `json:"ms_total"`
	Setting        string  `json:"setting"`
	GFLOPS         float64 `json:"gflop_per_s"`
	CeilingGFLOPS  float64 `json:"ceiling_gflop_per_s,omitempty"`
	CeilingPercent float64 `json:"ceiling_percent,omitempty"`
}

// seconds is about how long a case is measured.
const seconds = 2.0

// Measure times a case, and the ceiling before and after it.
func (b *Bench) Measure(name string) (Measurement, error) {
	dev, err := b.deviceFor(name)
	if err != nil {
		return Measurement{}, err
	}
	mark := dev.Mark()
	defer dev.Release(mark)
	step, err := train.NewStep(dev, name)
	if err != nil {
		return Measurement{}, err
	}
	ceiling := b.ceilingGFLOPS(dev)
	first, err := timeSteps(step, 3)
	if err != nil {
		return Measurement{}, err
	}
	times, err := timeSteps(step, max(10, int(seconds/median(first).Seconds())))
	if err != nil {
		return Measurement{}, err
	}
	m := newMeasurement(name, step, times, b.setting(dev))
	if m.CeilingGFLOPS = max(ceiling, b.ceilingGFLOPS(dev)); m.CeilingGFLOPS > 0 {
		m.CeilingPercent = 100 * m.GFLOPS / m.CeilingGFLOPS
	}
	return m, nil
}

func newMeasurement(name string, step *train.Step, times []time.Duration, setting string) Measurement {
	middle, total := median(times), time.Duration(0)
	for _, t := range times {
		total += t
	}
	return Measurement{
		Case: name, Steps: len(times), Setting: setting, GFLOPS: step.Cost().FLOP / middle.Seconds() / 1e9,
		MedianMS: 1e3 * middle.Seconds(), TotalMS: 1e3 * total.Seconds(),
	}
}

// blockTime is about how long steps run before they are waited for: beside it, waiting
// for a card, some 10 µs, is nothing.
const blockTime = 5 * time.Millisecond

// timeSteps takes at least so many steps and gives the time of each; steps of a block
// have its mean.
func timeSteps(step *train.Step, steps int) ([]time.Duration, error) {
	var times []time.Duration
	for block := 1; len(times) < steps; {
		start := time.Now()
		if err := step.Run(block); err != nil {
			return nil, err
		}
		each := time.Since(start) / time.Duration(block)
		for range block {
			times = append(times, each)
		}
		block = min(max(1, int(blockTime/max(1, each))), max(1, steps-len(times)))
	}
	return times, nil
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return (sorted[len(sorted)/2] + sorted[(len(sorted)-1)/2]) / 2
}

// ceilingGFLOPS is what the CPU's threads do together in registers alone; 0 for a card,
// whose ceiling is not measured.
func (b *Bench) ceilingGFLOPS(dev engine.Device) float64 {
	n := b.Threads(dev)
	if n == 0 {
		return 0
	}
	return b.Peak(n) / 1e9
}

// Whole times cases and writes them as a table, or as an object of JSON a line.
func (b *Bench) Whole(w io.Writer, dev engine.Device, names []string, asJSON bool) error {
	var found []Measurement
	for _, name := range names {
		m, err := b.Measure(name)
		if err != nil {
			return err
		}
		if asJSON {
			if err := json.NewEncoder(w).Encode(m); err != nil {
				return err
			}
		}
		found = append(found, m)
	}
	if asJSON {
		return nil
	}
	return b.write(w, dev, found)
}

func (b *Bench) write(w io.Writer, dev engine.Device, found []Measurement) error {
	rows := [][]string{{"training step", "ms", "steps/s", "GFLOP/s", "ceiling", "share"}}
	for _, m := range found {
		ceiling, share := "not measured", ""
		if m.CeilingGFLOPS > 0 {
			ceiling, share = fmt.Sprintf("%.0f", m.CeilingGFLOPS), fmt.Sprintf("%.0f %%", m.CeilingPercent)
		}
		rows = append(rows, []string{
			m.Case, fmt.Sprintf("%.3f", m.MedianMS), fmt.Sprintf("%.1f", 1e3/m.MedianMS), fmt.Sprintf("%.0f", m.GFLOPS),
			ceiling, share,
		})
	}
	memory := "memory"
	if b.Threads(dev) == 0 {
		memory = report.HostMemory
	}
	fmt.Fprintf(w, "%s, medians; at most %d MB of %s\n\n", b.setting(dev), train.PeakMemory()>>20, memory)
	return report.Aligned(w, rows)
}
