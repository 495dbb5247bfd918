package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ssdgm/train/report"
	"ssdgm/train/run"
)

func newCurves() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "curves RUN_OR_RECORD...",
		Short: "Draw how runs' validation error fell with time and updates",
		Long: "Draws, as OUT/curves.svg, the validation error of runs and records against wall time, M1's included, and\n" +
			"against updates. Run folders NAME-seedN or NAME/seedN of one NAME share a colour, and so do the records\n" +
			"NAME/seedN.zip; the folder NAME stands for all of them.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageErrorf("want '%s', found no folder; see '%s --help'", cmd.UseLine(), cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			charts, lines, err := report.Curves(args)
			if err != nil {
				return usageError{err}
			}
			notes(lines)
			path, err := report.SaveCharts(out, "curves", charts)
			if err != nil {
				return run.Unwritable(fmt.Errorf("--out: %w", err))
			}
			return report.List(cmd.OutOrStdout(), "  curves", []string{path})
		},
	}
	cmd.Flags().StringVar(&out, "out", ".", "`folder` for the picture")
	return cmd
}
