package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ssdgm/train/data"
	"ssdgm/train/data/fetch"
)

func newDoctor() *cobra.Command {
	var device deviceFlags
	var sets dataFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Tell what this machine can run, and how to mend what it cannot",
		Long: "Tells what this machine can run, and how to mend what it cannot. It tries the kernels of the CPU and of every\n" +
			"card. Exits with 2 if --device asks for a card that cannot be used; --device cpu leaves cards alone.",
		Args: arguments(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, _, err := device.Parse(); err != nil {
				return err
			}
			line := func(subject, format string, args ...any) {
				fmt.Fprintf(cmd.OutOrStdout(), "%-13s %s\n", subject, fmt.Sprintf(format, args...))
			}
			line("program", "%s", version())
			if err := device.DescribeProcessor(line); err != nil {
				return err
			}
			line("mnist", "%s", fetch.Describe(data.Options{Name: "mnist", Dir: sets.folder("")}))
			return device.DescribeCards(cmd.Context(), line)
		},
	}
	device.add(cmd)
	sets.add(cmd)
	return cmd
}
