package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"ssdgm/engine"
	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/devices"
	"ssdgm/train/bench"
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
	cmd.Flags().BoolVar(&b.parts, "parts", false, "time each step of the device's contract by itself, beside the least that it can take on this machine's processor, or what a model of a card foretells")
	cmd.Flags().StringArrayVar(&b.cases, "case", nil, "`NAME` of a training step to time, may be repeated (default: all that suit the device)")
	cmd.Flags().BoolVar(&b.serve, "serve", false, "answer lines 'CASE STEPS' on stdin, as scripts/peers/protocol.py says")
	cmd.Flags().StringVar(&b.arithmetic.Precision, "precision", devices.Plain.Precision, "`fp32|tf32`: of matrix products; the CPU has fp32 alone")
	cmd.Flags().StringVar(&b.arithmetic.MatMul, "matmul", devices.Plain.MatMul, "`own|cublas`: what computes matrix products; the CPU has own alone")
	b.device.add(cmd)
	apart(cmd, "serve", "json", "parts", "case") // what to time comes on stdin, and the answers are JSON
	return cmd
}

type benchCommand struct {
	json, parts, serve bool
	cases              []string
	arithmetic         devices.Arithmetic
	device             deviceFlags
}

func (b *benchCommand) run(ctx context.Context, in io.Reader, out io.Writer) error {
	if err := b.arithmetic.Check(); err != nil {
		return err
	}
	devices := &bench.Bench{
		Open: func(replicas int) (engine.Device, error) {
			flags := b.device
			flags.Replicas = replicas
			return flags.open(ctx, b.arithmetic)
		},
		Threads: b.device.CountOn,
		Peak:    func(threads int) float64 { return simd.PeakTogether(devices.Level(), threads) },
	}
	defer devices.Close()
	// Opened before anything is read or written: the build with CUDA may take over here.
	dev, err := devices.Device(1)
	if err != nil {
		return err
	}
	if len(b.cases) == 0 {
		b.cases = devices.Names(dev)
	}
	switch {
	case b.serve:
		return devices.Serve(in, out)
	case b.parts:
		return devices.Parts(out, b.cases, b.json)
	}
	return devices.Whole(out, dev, b.cases, b.json)
}
