package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
	"ssdgm/train"
	"ssdgm/train/report"
)

func newBench() *cobra.Command {
	var b benchCommand
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Time training steps against this machine's own ceiling",
		Long: "Times training steps of the paper's sizes: M1 (784-600-600-50) with minibatches of 100 and of 1000, and M2\n" +
			"on 50 features with 100 labelled and 100 or 500 unlabelled examples, and a stack of both trained as one; on a\n" +
			"card also M1 for 40 models at once.\n" +
			"The ceiling is what the processor does in multiply-adds that touch no memory; a card's is not measured.",
		Args: arguments(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return b.run(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&b.json, "json", false, "print one JSON object a line")
	cmd.Flags().BoolVar(&b.parts, "parts", false, "time each step of the device's contract by itself, beside the least that it can take on this machine's processor")
	cmd.Flags().StringArrayVar(&b.cases, "case", nil, "`NAME` of a training step to time, may be repeated (default: all that suit the device)")
	cmd.Flags().BoolVar(&b.serve, "serve", false, "answer lines 'CASE STEPS' on stdin, as scripts/peers/protocol.py says")
	cmd.Flags().StringVar(&b.arithmetic.precision, "precision", plain.precision, "`fp32|tf32`: of matrix products; the CPU has fp32 alone")
	cmd.Flags().StringVar(&b.arithmetic.matmul, "matmul", plain.matmul, "`own|cublas`: what computes matrix products; the CPU has own alone")
	b.device.add(cmd)
	return cmd
}

type benchCommand struct {
	json, parts, serve bool
	cases              []string
	arithmetic         arithmetic
	device             deviceFlags
}

// measurement is how long a training step takes.
type measurement struct {
	Case           string  `json:"case"`
	Steps          int     `json:"steps"`
	MedianMS       float64 `json:"ms_median"`
	TotalMS        float64 `json:"ms_total"`
	Setting        string  `json:"setting"`
	GFLOPS         float64 `json:"gflop_per_s"`
	CeilingGFLOPS  float64 `json:"ceiling_gflop_per_s,omitempty"`
	CeilingPercent float64 `json:"ceiling_percent,omitempty"`
}

func (b *benchCommand) run(ctx context.Context, in io.Reader, out io.Writer) error {
	if err := b.arithmetic.check(); err != nil {
		return err
	}
	devices := &benchDevices{ctx: ctx, command: b}
	defer devices.close()
	// Opened before anything is read or written: the build with CUDA may take over here.
	dev, err := devices.open(1)
	if err != nil {
		return err
	}
	if b.serve {
		return serve(devices, in, out)
	}
	if len(b.cases) == 0 {
		b.cases = train.StepNames(1)
		if !onCPU(dev) {
			b.cases = train.StepNames(math.MaxInt)
		}
	}
	if b.parts {
		return b.printParts(out, devices)
	}
	var found []measurement
	for _, name := range b.cases {
		m, err := b.measure(devices, name)
		if err != nil {
			return err
		}
		if b.json {
			if err := json.NewEncoder(out).Encode(m); err != nil {
				return err
			}
		}
		found = append(found, m)
	}
	if b.json {
		return nil
	}
	return b.print(out, dev, found)
}

// benchDevices are the devices of a run, by their number of replicas.
type benchDevices struct {
	ctx     context.Context
	command *benchCommand
	opened  map[int]engine.Device
}

func (d *benchDevices) open(replicas int) (engine.Device, error) {
	if dev := d.opened[replicas]; dev != nil {
		return dev, nil
	}
	flags := d.command.device
	flags.replicas = replicas
	dev, err := flags.open(d.ctx, d.command.arithmetic)
	if err != nil {
		return nil, err
	}
	if d.opened == nil {
		d.opened = map[int]engine.Device{}
	}
	d.opened[replicas] = dev
	return dev, nil
}

// openFor opens the device that suits a training step.
func (d *benchDevices) openFor(name string) (engine.Device, error) {
	replicas, err := train.StepReplicas(name)
	if err != nil {
		return nil, err
	}
	return d.open(replicas)
}

func (d *benchDevices) close() {
	for _, dev := range d.opened {
		_ = dev.Close() // what went wrong on it, Sync has told
	}
}

func (b *benchCommand) setting(dev engine.Device) string {
	if !onCPU(dev) {
		return dev.Name()
	}
	return dev.Name() + ", " + report.Threads(b.device.count())
}

// benchSeconds is about how long a case is measured.
const benchSeconds = 2.0

// measure times a case, and the ceiling before and after it.
func (b *benchCommand) measure(devices *benchDevices, name string) (measurement, error) {
	dev, err := devices.openFor(name)
	if err != nil {
		return measurement{}, err
	}
	mark := dev.Mark()
	defer dev.Release(mark)
	step, err := train.NewStep(dev, name)
	if err != nil {
		return measurement{}, err
	}
	ceiling := b.ceilingGFLOPS(dev)
	first, err := timeSteps(step, 3)
	if err != nil {
		return measurement{}, err
	}
	times, err := timeSteps(step, max(10, int(benchSeconds/median(first).Seconds())))
	if err != nil {
		return measurement{}, err
	}
	m := newMeasurement(name, step, times, b.setting(dev))
	if m.CeilingGFLOPS = max(ceiling, b.ceilingGFLOPS(dev)); m.CeilingGFLOPS > 0 {
		m.CeilingPercent = 100 * m.GFLOPS / m.CeilingGFLOPS
	}
	return m, nil
}

func newMeasurement(name string, step *train.Step, times []time.Duration, setting string) measurement {
	middle, total := median(times), time.Duration(0)
	for _, t := range times {
		total += t
	}
	return measurement{
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
func (b *benchCommand) ceilingGFLOPS(dev engine.Device) float64 {
	if !onCPU(dev) {
		return 0
	}
	each := make([]float64, b.device.count())
	var wait sync.WaitGroup
	for i := range each {
		wait.Go(func() { each[i] = simd.PeakFLOPS(level()) })
	}
	wait.Wait()
	total := 0.0
	for _, flops := range each {
		total += flops
	}
	return total / 1e9
}

func (b *benchCommand) print(w io.Writer, dev engine.Device, found []measurement) error {
	rows := [][]string{{"training step", "ms", "steps/s", "GFLOP/s", "ceiling", "share"}}
	for _, m := range found {
		ceiling, share := "not measured", ""
		if m.CeilingGFLOPS > 0 {
			ceiling, share = fmt.Sprintf("%.0f", m.CeilingGFLOPS), fmt.Sprintf("%.0f %%", m.CeilingPercent)
		}
		rows = append(rows, []string{
			m.Case, fmt.Sprintf("%.3f", m.MedianMS), fmt.Sprintf("%.1f", 1e3/m.MedianMS), fmt.Sprintf("%.0f", m.GFLOPS), ceiling, share,
		})
	}
	memory := "memory"
	if !onCPU(dev) {
		memory = report.HostMemory
	}
	fmt.Fprintf(w, "%s, medians; at most %d MB of %s\n\n", b.setting(dev), train.PeakMemory()>>20, memory)
	return report.Aligned(w, rows)
}
