package devices

import (
	"context"
	"fmt"
	"runtime"

	"ssdgm/engine/cpu"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/machine"
)

// Line takes a line for a person: what it is about, and what is to say of it.
type Line func(subject, format string, args ...any)

// DescribeProcessor tells of the CPU, and tries it. An error is that it cannot be used.
func (f *Choice) DescribeProcessor(line Line) error {
	dev, err := f.OpenCPU(Plain, "")
	if err != nil {
		return err
	}
	defer dev.Close()
	line("processor", "%s, %d processors", machine.Processor(), runtime.NumCPU())
	line("instructions", "%v; the processor's best is %v (%s=portable, avx2 or avx512 changes it)", Level(), simd.Best(), LevelVariable)
	line("threads", "%d; this process may keep %d busy (--threads changes it)", f.Count(), cpu.DefaultThreads())
	line("memory", "%s", machine.Memory())
	found, err := machine.Try(dev)
	if err != nil {
		return err
	}
	line("kernels", "%s", found)
	if !found.Sound() {
		return fmt.Errorf("%s computes wrong numbers: try %s=portable, and please report this", dev.Name(), LevelVariable)
	}
	return nil
}

// DescribeCards tells of the driver, the build with CUDA and the cards that it finds, and tries them. A machine without
// a card is as sound as any, unless the choice is one of its cards.
func (f *Choice) DescribeCards(ctx context.Context, line Line) error {
	kind, index, err := f.Parse()
	if err != nil || kind == CPU {
		return err
	}
	p, err := describeMachine(ctx, line)
	switch {
	case err != nil && kind == CUDA:
		return userErrorf("--device %s: %w", f.Device, err)
	case err != nil:
		return nil
	case index >= len(p.Cards):
		return userErrorf("--device %s: want one of this machine's cards, cuda:0 to cuda:%d", f.Device, len(p.Cards)-1)
	}
	for _, c := range p.Cards {
		if !c.Sound {
			return fmt.Errorf("cuda:%d: %s; please report this", c.Index, c.Kernels)
		}
	}
	return nil
}

// describeMachine tells what ProbeMachine finds.
func describeMachine(ctx context.Context, line Line) (*Probe, error) {
	path, p, err := ProbeMachine(ctx)
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
	line(CUDAProgram, "%s", path)
	for _, c := range p.Cards {
		line(fmt.Sprintf("cuda:%d", c.Index), "%v", c)
		line("", "kernels %s", c.Kernels)
	}
	line("cublas", "%s", p.CuBLAS)
	return p, nil
}
