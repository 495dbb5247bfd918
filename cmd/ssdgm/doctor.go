package main

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"ssdgm/engine/cpu"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/devices"
	"ssdgm/engine/machine"
	"ssdgm/train/data"
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
	kind, index, err := d.device.Parse()
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
	if kind == devices.CPU {
		return nil
	}
	p, err := d.cards(ctx, line)
	switch {
	case err != nil && kind == devices.CUDA:
		return usageErrorf("--device %s: %w", d.device.Device, err)
	case err != nil:
		// A machine without a card is as sound as any.
		return nil
	case index >= len(p.Cards):
		return usageErrorf("--device %s: want one of this machine's cards, cuda:0 to cuda:%d", d.device.Device, len(p.Cards)-1)
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
	dev, err := d.device.OpenCPU(devices.Plain, "")
	if err != nil {
		return err
	}
	defer dev.Close()
	line("processor", "%s, %d processors", machine.Processor(), runtime.NumCPU())
	line("instructions", "%v; the processor's best is %v (%s=portable, avx2 or avx512 changes it)", devices.Level(), simd.Best(), devices.LevelVariable)
	line("threads", "%d; this process may keep %d busy (--threads changes it)", d.device.Count(), cpu.DefaultThreads())
	line("memory", "%s", machine.Memory())
	found, err := machine.Try(dev)
	if err != nil {
		return err
	}
	line("kernels", "%s", found)
	if !found.Sound() {
		return fmt.Errorf("%s computes wrong numbers: try %s=portable, and please report this", dev.Name(), devices.LevelVariable)
	}
	return nil
}

// cards tells of the driver, the build with CUDA and what it finds.
func (d *doctorCommand) cards(ctx context.Context, line func(subject, format string, args ...any)) (*devices.Probe, error) {
	path, p, err := devices.ProbeMachine(ctx)
	newest := ""
	if p != nil {
		newest = ", for CUDA " + p.CUDA + " and older"
	}
	if found := machine.Driver(); found != "" {
		line("nvidia driver", "%s%s", found, newest)
	} else if p == nil {
		line("nvidia driver", "none found; install NVIDIA's, or in a container use 'docker run --gpus all'")
	}
	if err != nil {
		line("cuda", "%v", err)
		return nil, err
	}
	line(devices.CUDAProgram, "%s", path)
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
	statuses, err := fetch.Verify(data.Options{Name: "mnist", Dir: dir})
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
