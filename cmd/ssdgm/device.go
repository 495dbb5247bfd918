package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/devices"
	"ssdgm/train"
	"ssdgm/train/stop"
)

// deviceFlags choose what a command computes on.
type deviceFlags struct{ devices.Choice }

func (f *deviceFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Device, "device", devices.Auto, "`auto|cpu|cuda|cuda:N`: what to compute on; N counts cards from 0")
	cmd.Flags().IntVar(&f.Threads, "threads", 0, "`N`umber of CPU threads (default: the processors that this process may use)")
	f.Note = note
	// From then on a signal ends this process: it would not reach the next one otherwise.
	f.TakeOver = stop.Reset
}

// open opens a device. In the build without CUDA it does not return where
// the build with CUDA takes over: nothing may be held open that must be closed.
func (f *deviceFlags) open(ctx context.Context, a devices.Arithmetic) (engine.Device, error) {
	dev, err := f.Open(ctx, a)
	if errors.Is(err, context.Canceled) {
		return nil, train.ErrStopped
	}
	return dev, err
}

func arithmeticOf(c *configs.Config) devices.Arithmetic {
	return devices.Arithmetic{Precision: c.Precision, MatMul: c.MatMul}
}

// newProbe is the question that the build without CUDA asks the build with it.
func newProbe() *cobra.Command {
	var kernels bool
	cmd := &cobra.Command{
		Use:    "probe",
		Short:  "Print this machine's cards as one line of JSON",
		Hidden: true,
		Args:   arguments(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return json.NewEncoder(cmd.OutOrStdout()).Encode(devices.Here(kernels))
		},
	}
	cmd.Flags().BoolVar(&kernels, "kernels", false, "try the kernels on every card, and cuBLAS")
	return cmd
}
