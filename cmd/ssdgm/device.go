package main

import (
	"os"

	"github.com/spf13/cobra"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/cpu/simd"
)

// levelVariable names the instruction set to use instead of the processor's best.
const levelVariable = "SSDGM_SIMD"

// deviceFlags choose what a command computes on.
type deviceFlags struct {
	device  string
	threads int
}

func (f *deviceFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.device, "device", "auto", "`auto|cpu|cuda`: what to compute on")
	f.addThreads(cmd)
}

func (f *deviceFlags) addThreads(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.threads, "threads", 0, "`N`umber of CPU threads (default: the processors that this process may use)")
}

// open opens a device for one model.
func (f *deviceFlags) open() (engine.Device, error) {
	switch f.device {
	case "auto", "cpu":
	case "cuda":
		return nil, usageErrorf("--device cuda: want a build with CUDA, found one without it; use --device cpu")
	default:
		return nil, usageErrorf("--device %s: want auto, cpu or cuda", f.device)
	}
	if f.threads < 0 {
		return nil, usageErrorf("--threads %d: want at least 1, or 0 for all processors", f.threads)
	}
	dev, err := cpu.New(cpu.Options{Replicas: 1, Threads: f.threads, Level: os.Getenv(levelVariable)})
	if err != nil {
		return nil, usageErrorf("%s=%s: %w", levelVariable, os.Getenv(levelVariable), err)
	}
	return dev, nil
}

// count is how many threads the device works with.
func (f *deviceFlags) count() int {
	if f.threads > 0 {
		return f.threads
	}
	return cpu.DefaultThreads()
}

// level is the instruction set that open has taken.
func level() simd.Level {
	if l, err := simd.ParseLevel(os.Getenv(levelVariable)); err == nil {
		return l
	}
	return simd.Best()
}
