//go:build cuda

package devices

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"ssdgm/engine"
	"ssdgm/engine/cuda"
	"ssdgm/engine/machine"
)

// openCUDA opens a card. The cards are counted only where that may explain a failure.
func openCUDA(_ context.Context, f *Choice, index int, a Arithmetic) (engine.Device, error) {
	dev, err := cuda.New(cuda.Options{Replicas: max(1, f.Replicas), Device: index, Precision: a.Precision, MatMul: a.MatMul, SelfTest: true})
	if err == nil {
		return dev, nil
	}
	if unsupported := (*cuda.Unsupported)(nil); errors.As(err, &unsupported) {
		return nil, userError{err}
	}
	cards, unlisted := cuda.Devices()
	switch {
	case unlisted != nil || index < len(cards):
		return nil, err
	case len(cards) == 0:
		return nil, &NoCUDA{Here(false).Problem, true}
	}
	return nil, userErrorf("--device cuda:%d: want one of this machine's cards, cuda:0 to cuda:%d; 'nvidia-smi -L' lists them", index, len(cards)-1)
}

// Count is how many cards this machine has.
func Count(context.Context) int { return len(Here(false).Cards) }

// Here lists this machine's cards, and with kernels tries each of them.
func Here(kernels bool) Probe {
	p := Probe{Build: machine.ThisBuild()}
	found, err := cuda.Devices()
	switch {
	case err != nil:
		p.Problem = err.Error()
	case len(found) == 0:
		p.Problem = "want a card, found none; 'nvidia-smi -L' lists them, and CUDA_VISIBLE_DEVICES hides them"
	}
	for _, f := range found {
		c := Card{
			Index: f.Index, Name: f.Name, Capability: fmt.Sprintf("%d.%d", f.Major, f.Minor),
			TotalBytes: f.TotalBytes, UUID: f.UUID,
		}
		if kernels {
			c.tryKernels()
		}
		p.CUDA, p.Cards = f.Driver, append(p.Cards, c)
	}
	if kernels && len(found) > 0 {
		p.CuBLAS = tryCuBLAS()
	}
	return p
}

// ProbeMachine tries everything; path is this program.
func ProbeMachine(context.Context) (path string, p *Probe, err error) {
	here := Here(true)
	if here.Problem != "" {
		return "", nil, &NoCUDA{here.Problem, true}
	}
	if path, err = os.Executable(); err != nil {
		path = "this program"
	}
	return path, &here, nil
}

// tryKernels tests every kernel on a card, and times one layer.
func (c *Card) tryKernels() {
	found, free, err := tryDevice(cuda.Options{Replicas: 1, Device: c.Index, SelfTest: true})
	c.FreeBytes = free
	if err != nil {
		c.Kernels = err.Error()
		return
	}
	c.Kernels, c.Sound = found.String(), found.Sound()
}

// tryCuBLAS says where cuBLAS lies, or how to get it.
func tryCuBLAS() string {
	found, _, err := tryDevice(cuda.Options{Replicas: 1, MatMul: cuda.CuBLAS})
	if err != nil {
		return strings.TrimPrefix(err.Error(), "cuda: cuBLAS: ")
	}
	return fmt.Sprintf("%s; %v", machine.Mapped("libcublas.so"), found)
}

// tryDevice opens a device, tells how many bytes are free there, and times one layer.
func tryDevice(o cuda.Options) (found machine.Trial, free int64, err error) {
	dev, err := cuda.New(o)
	if err != nil {
		return found, 0, err
	}
	defer dev.Close()
	free = dev.Room(0)
	found, err = machine.Try(dev)
	return found, free, err
}
