package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/engine/devices"
	"ssdgm/engine/machine"
	"ssdgm/train/gradcheck"
)

func newCheck() *cobra.Command {
	var c checkCommand
	cmd := &cobra.Command{
		Use:   "check [CONFIG.toml]",
		Short: "Compare a configuration's gradients with Gorgonia's",
		Long: "Computes the gradients of every model that a configuration trains, on a small random minibatch, and holds\n" +
			"them against those that Gorgonia derives by itself in float64. Exits with 1 if one of them is further off\n" +
			"than rounding explains. Always computes in fp32.\n\n" + configHelp(),
		Args: arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, first(args)) },
	}
	cmd.Flags().StringVar(&c.reference, "reference", "", "`file` with Gorgonia's answers: taken from there if it exists, written there if not")
	c.device.add(cmd)
	c.config.add(cmd)
	return cmd
}

type checkCommand struct {
	reference string
	device    deviceFlags
	config    configFlags
}

func (k *checkCommand) run(cmd *cobra.Command, path string) error {
	c, origins, err := configs.Load(path, k.config.sets)
	if err != nil {
		return err
	}
	notes(origins.Idle)
	held, err := gradcheck.New(c)
	if err != nil {
		return err
	}
	if _, _, err := k.device.Parse(); err != nil {
		return err
	}
	written, err := held.Answer(k.reference, oracle)
	if err != nil {
		return err
	}
	if written {
		note("wrote " + k.reference)
	}
	k.device.HandOver = func() ([]string, error) { return k.handOver(held) }
	// The formulas are what is held here: the coarser products of tf32 would hide a mistake.
	dev, err := k.device.open(cmd.Context(), devices.Arithmetic{Precision: devices.Plain.Precision, MatMul: c.MatMul})
	if err != nil {
		return err
	}
	defer dev.Close()
	return held.Compare(cmd.OutOrStdout(), dev)
}

// handOver gives the answers to a build that has no Gorgonia, in a file of no name, unless
// the reference file has them already.
func (k *checkCommand) handOver(held *gradcheck.Check) ([]string, error) {
	if k.reference != "" {
		return nil, nil
	}
	file, err := os.CreateTemp("", "ssdgm-check-*.safetensors")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(file.Close(), held.Write(file.Name())); err != nil {
		return nil, err
	}
	path, err := machine.Inherit(file.Name())
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, usageErrorf("want --reference FILE for Gorgonia's answers where a card computes")
	}
	return []string{"--reference", path}, err
}
