package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
	"ssdgm/train/data/fetch"
)

func newDoctor() *cobra.Command {
	var d doctorCommand
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Tell what this machine can run, and how to mend what it cannot",
		Long: "Tells what this machine can run, and how to mend what it cannot. It tries the kernels of the CPU and of every\n" +
			"card. Exits with 2 if --device asks for a card that cannot be used; --device cpu leaves cards alone.",
		Args: arguments(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	d.device.add(cmd)
	d.data.add(cmd)
	return cmd
}

type doctorCommand struct {
	device deviceFlags
	data   dataFlags
}

func (d *doctorCommand) run(ctx context.Context, w io.Writer) error {
	kind, index, err := d.device.parse()
	if err != nil {
		return err
	}
	line := func(subject, format string, args ...any) {
		fmt.Fprintf(w, "%-13s %s\n", subject, fmt.Sprintf(format, args...))
	}
	line("program", "%s", version())
	if err := d.processor(line); err != nil {
		return err
	}
	line("mnist", "%s", d.mnist())
	if kind == deviceCPU {
		return nil
	}
	p, err := d.cards(ctx, line)
	switch {
	case err != nil && kind == deviceCUDA:
		return usageErrorf("--device %s: %w", d.device.device, err)
	case err != nil:
		// A machine without a card is as sound as any.
		return nil
	case index >= len(p.Cards):
		return usageErrorf("--device %s: want one of this machine's cards, cuda:0 to cuda:%d", d.device.device, len(p.Cards)-1)
	}
	for _, c := range p.Cards {
		if !c.Sound {
			return fmt.Errorf("cuda:%d: %s; please report this", c.Index, c.Kernels)
		}
	}
	return nil
}

// processor tells of the CPU, and tries it.
func (d *doctorCommand) processor(line func(subject, format string, args ...any)) error {
	dev, err := d.device.openCPU(plain, "")
	if err != nil {
		return err
	}
	defer dev.Close()
	line("processor", "%s, %d processors", processor(), runtime.NumCPU())
	line("instructions", "%v; the processor's best is %v (%s=portable, avx2 or avx512 changes it)", level(), simd.Best(), levelVariable)
	line("threads", "%d; this process may keep %d busy (--threads changes it)", d.device.count(), cpu.DefaultThreads())
	line("memory", "%s", memory())
	found, err := tryKernel(dev)
	if err != nil {
		return err
	}
	line("kernels", "%s", found)
	if !found.sound() {
		return fmt.Errorf("%s computes wrong numbers: try %s=portable, and please report this", dev.Name(), levelVariable)
	}
	return nil
}

// cards tells of the driver, the build with CUDA and what it finds.
func (d *doctorCommand) cards(ctx context.Context, line func(subject, format string, args ...any)) (*probe, error) {
	path, p, err := probeMachine(ctx)
	newest := ""
	if p != nil {
		newest = ", for CUDA " + p.CUDA + " and older"
	}
	if found := driver(); found != "" {
		line("nvidia driver", "%s%s", found, newest)
	} else if p == nil {
		line("nvidia driver", "none found; install NVIDIA's, or in a container use 'docker run --gpus all'")
	}
	if err != nil {
		line("cuda", "%v", err)
		return nil, err
	}
	line(cudaProgram, "%s", path)
	for _, c := range p.Cards {
		line(fmt.Sprintf("cuda:%d", c.Index), "%v", c)
		line("", "kernels %s", c.Kernels)
	}
	line("cublas", "%s", p.CuBLAS)
	return p, nil
}

// mnist tells whether the data set is there.
func (d *doctorCommand) mnist() string {
	dir := d.data.folder("")
	statuses, err := fetch.Verify("mnist", dir)
	if err != nil {
		return err.Error()
	}
	for _, s := range statuses {
		if s.Err != nil {
			return s.Err.Error()
		}
	}
	return fmt.Sprintf("%d files in %s, sound", len(statuses), dir)
}

// trial is one layer's run on a device.
type trial struct {
	rows, in, out int
	difference    float64 // from plain float64 code, relative L2
	seconds       float64
}

// sound says whether the difference is one of rounding: a sum of 784 products in float32
// is off by some 1e-7.
func (t trial) sound() bool { return t.difference < 1e-5 }

func (t trial) String() string {
	verdict := "sound"
	if !t.sound() {
		verdict = "WRONG"
	}
	gflops := 2 * float64(t.rows) * float64(t.in) * float64(t.out) / t.seconds / 1e9
	return fmt.Sprintf("%s: a layer %d×%d→%d differs from plain float64 by %.1e; %.0f GFLOP/s", verdict, t.rows, t.in, t.out, t.difference, gflops)
}

// tryKernel runs one layer of the paper's M1 on the device and in plain float64.
func tryKernel(dev engine.Device) (trial, error) {
	t := trial{rows: 200, in: 784, out: 600}
	fast, seconds, err := t.layer(dev)
	if err != nil {
		return t, err
	}
	want, _, err := t.layer(ref.New[float64](1))
	if err != nil {
		return t, err
	}
	t.seconds = seconds
	var difference, norm float64
	for i, w := range want {
		difference += float64(fast[i]-w) * float64(fast[i]-w)
		norm += float64(w) * float64(w)
	}
	t.difference = math.Sqrt(difference / norm)
	return t, nil
}

// layer computes softplus(x·Wᵀ + b) of random numbers twice, and gives the time of the
// second run: the first one brings the memory in.
func (t trial) layer(dev engine.Device) (y []float32, seconds float64, err error) {
	mark := dev.Mark()
	defer dev.Release(mark)
	fill := func(n, number int, scale float32) engine.Floats {
		host := make([]float32, n)
		noise.Fill(host, 0, number)
		for i := range host {
			host[i] *= scale
		}
		a := dev.NewFloats(n)
		dev.WriteFloats(a, 0, host)
		return a
	}
	x := fill(t.rows*t.in, 0, 1)
	l := engine.Layer{In: t.in, Out: t.out, Activation: engine.Softplus}
	l.Weight, l.Bias = fill(t.in*t.out, 1, float32(1/math.Sqrt(float64(t.in)))), fill(t.out, 2, 1)
	out := dev.NewFloats(t.rows * t.out)
	program := dev.Compile([]engine.Step{engine.Dense{Y: out, X: x, Rows: t.rows, Layer: l}})
	var start time.Time
	for range 2 {
		start = time.Now()
		program.Run(1)
		if err := dev.Sync(); err != nil {
			return nil, 0, err
		}
	}
	seconds = time.Since(start).Seconds()
	y = make([]float32, out.Len)
	dev.ReadFloats(y, out, 0)
	return y, seconds, nil
}
