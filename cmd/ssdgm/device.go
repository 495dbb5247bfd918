package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/configs"
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
	// replicas is how many models the device is for; 0 is one.
	replicas int
	// handOver gives what the build with CUDA is to get beside the command's arguments
	// when it takes over; nil where that is nothing.
	handOver func() (arguments []string, err error)
}

func (f *deviceFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.device, "device", deviceAuto, "`auto|cpu|cuda|cuda:N`: what to compute on; N counts cards from 0")
	cmd.Flags().IntVar(&f.threads, "threads", 0, "`N`umber of CPU threads (default: the processors that this process may use)")
}

// The kinds of device that a person can ask for.
const (
	deviceAuto = "auto"
	deviceCPU  = "cpu"
	deviceCUDA = "cuda"
)

// maxThreads is more than any machine has processors for.
const maxThreads = 4096

// parse splits the flag into a kind of device and a card, 0 where none is named.
func (f *deviceFlags) parse() (kind string, card int, err error) {
	if f.threads < 0 || f.threads > maxThreads {
		return "", 0, usageErrorf("--threads %d: want 1 to %d, or 0 for all processors", f.threads, maxThreads)
	}
	kind, number, numbered := strings.Cut(f.device, ":")
	if numbered && kind == deviceCUDA {
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return "", 0, usageErrorf("--device %s: want a card's number after the colon, as in cuda:0", f.device)
		}
		return kind, int(n), nil
	}
	if numbered || kind != deviceAuto && kind != deviceCPU && kind != deviceCUDA {
		return "", 0, usageErrorf("--device %s: want auto, cpu, cuda or cuda:N", f.device)
	}
	return kind, 0, nil
}

// arithmetic is how a device is to multiply matrices, in the words of a configuration.
type arithmetic struct{ precision, matmul string }

func arithmeticOf(c *configs.Config) arithmetic { return arithmetic{c.Precision, c.MatMul} }

// plain is the arithmetic that every device has.
var plain = arithmetic{"fp32", "own"}

func (a arithmetic) check() error {
	if a.precision != plain.precision && a.precision != "tf32" {
		return usageErrorf("--precision %s: want fp32 or tf32", a.precision)
	}
	if a.matmul != plain.matmul && a.matmul != "cublas" {
		return usageErrorf("--matmul %s: want own or cublas", a.matmul)
	}
	return nil
}

// errNoCUDA is why there is no card to compute on.
type errNoCUDA struct {
	reason string
	// expected says that something on this machine hints at a card, so that a person
	// should hear why it stays idle.
	expected bool
}

func (e *errNoCUDA) Error() string { return e.reason }

// open opens a device. In the build without CUDA it does not return where
// the build with CUDA takes over: nothing may be held open that must be closed.
func (f *deviceFlags) open(ctx context.Context, a arithmetic) (engine.Device, error) {
	kind, card, err := f.parse()
	if err != nil {
		return nil, err
	}
	if kind == deviceCPU {
		return f.openCPU(a, "--device cpu is none")
	}
	dev, err := openCUDA(ctx, f, card, a)
	var none *errNoCUDA
	switch {
	case !errors.As(err, &none):
		return dev, err
	case kind == deviceCUDA:
		return nil, usageErrorf("--device %s: %w; or use --device cpu", f.device, none)
	}
	dev, err = f.openCPU(a, none.reason)
	if err == nil && none.expected {
		fmt.Fprintf(os.Stderr, "computing on the CPU: %v; --device cpu does so without this line\n", none)
	}
	return dev, err
}

// more opens devices like one that is open already, for more replicas.
func (f *deviceFlags) more(ctx context.Context, dev engine.Device, a arithmetic) func(replicas int) (engine.Device, error) {
	return func(replicas int) (engine.Device, error) {
		flags := *f
		flags.replicas = replicas
		if onCPU(dev) {
			return flags.openCPU(a, "this run is on the CPU")
		}
		_, card, err := flags.parse()
		if err != nil {
			return nil, err
		}
		return openCUDA(ctx, &flags, card, a)
	}
}

// openCPU opens the CPU; why says why no card is there that could do another arithmetic.
func (f *deviceFlags) openCPU(a arithmetic, why string) (engine.Device, error) {
	if a.precision != plain.precision {
		return nil, usageErrorf("precision = %q: want a CUDA card: %s; or use precision = %q", a.precision, why, plain.precision)
	}
	if a.matmul != plain.matmul {
		return nil, usageErrorf("matmul = %q: want a CUDA card: %s; or use matmul = %q", a.matmul, why, plain.matmul)
	}
	dev, err := cpu.New(cpu.Options{Replicas: max(1, f.replicas), Threads: f.threads, Level: os.Getenv(levelVariable)})
	if err != nil {
		return nil, usageErrorf("%s=%s: %w", levelVariable, os.Getenv(levelVariable), err)
	}
	return dev, nil
}

// count is how many threads the CPU works with.
func (f *deviceFlags) count() int {
	if f.threads > 0 {
		return f.threads
	}
	return cpu.DefaultThreads()
}

// countOn is how many threads a device works with; 0 for a card.
func (f *deviceFlags) countOn(dev engine.Device) int {
	if !onCPU(dev) {
		return 0
	}
	return f.count()
}

// onCPU tells whether a device is the processor: its name begins with its back end.
func onCPU(dev engine.Device) bool { return strings.HasPrefix(dev.Name(), deviceCPU+" ") }

// level is the instruction set that openCPU has taken.
func level() simd.Level {
	if l, err := simd.ParseLevel(os.Getenv(levelVariable)); err == nil {
		return l
	}
	return simd.Best()
}
