package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
	"ssdgm/train"
)

func newBench() *cobra.Command {
	var b benchCommand
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Time training steps against this machine's own ceiling",
		Long: "Times training steps of the paper's sizes: M1 (784-600-600-50) with minibatches of 100 and of 1000, and M2\n" +
			"on 50 features with 100 labelled and 100 unlabelled examples. The ceiling is what the processor does in\n" +
			"multiply-adds that touch no memory; a card's is not measured.",
		Args: arguments(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return b.run(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&b.json, "json", false, "print one JSON object a line")
	cmd.Flags().BoolVar(&b.serve, "serve", false, "answer lines 'CASE STEPS' on stdin, as scripts/peers/protocol.py says")
	cmd.Flags().StringVar(&b.arithmetic.precision, "precision", plain.precision, "`fp32|tf32`: of matrix products; the CPU has fp32 alone")
	cmd.Flags().StringVar(&b.arithmetic.matmul, "matmul", plain.matmul, "`own|cublas`: what computes matrix products; the CPU has own alone")
	b.device.add(cmd)
	return cmd
}

type benchCommand struct {
	json, serve bool
	arithmetic  arithmetic
	device      deviceFlags
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
	dev, err := b.device.open(ctx, b.arithmetic)
	if err != nil {
		return err
	}
	defer dev.Close()
	if b.serve {
		return serve(dev, in, out, b.setting(dev))
	}
	var found []measurement
	for _, name := range train.StepNames() {
		m, err := b.measure(dev, name)
		if err != nil {
			return err
		}
		found = append(found, m)
	}
	if b.json {
		encoder := json.NewEncoder(out)
		for _, m := range found {
			if err := encoder.Encode(m); err != nil {
				return err
			}
		}
		return nil
	}
	return b.print(out, dev, found)
}

func (b *benchCommand) setting(dev engine.Device) string {
	if !onCPU(dev) {
		return dev.Name()
	}
	return fmt.Sprintf("%s, %d threads", dev.Name(), b.device.count())
}

// benchSeconds is about how long a case is measured.
const benchSeconds = 2.0

// measure times a case, and the ceiling before and after it.
func (b *benchCommand) measure(dev engine.Device, name string) (measurement, error) {
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
		Case: name, Steps: len(times), Setting: setting, GFLOPS: step.FLOP / middle.Seconds() / 1e9,
		MedianMS: 1e3 * middle.Seconds(), TotalMS: 1e3 * total.Seconds(),
	}
}

func timeSteps(step *train.Step, steps int) ([]time.Duration, error) {
	times := make([]time.Duration, steps)
	for i := range times {
		start := time.Now()
		if err := step.Run(); err != nil {
			return nil, err
		}
		times[i] = time.Since(start)
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
		memory = hostMemory
	}
	fmt.Fprintf(w, "%s, medians; at most %d MB of %s\n\n", b.setting(dev), train.PeakMemory()>>20, memory)
	return writeAligned(w, rows)
}
