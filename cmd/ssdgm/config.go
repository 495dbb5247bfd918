package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train/report"
)

const builtInHelp = "CONFIG.toml is a file, or one of the built-in configurations:\n  "

// configHelp says what a command that takes a configuration can be given.
func configHelp() string { return builtInHelp + strings.Join(configs.BuiltIn(), "\n  ") }

func newConfig() *cobra.Command {
	return group(&cobra.Command{Use: "config", Short: "Show, explain or validate a configuration"},
		newConfigShow(), newConfigExplain(), newConfigValidate())
}

func newConfigShow() *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "show [CONFIG.toml]",
		Short: "Print every key of a configuration or a grid and where its value comes from",
		Long:  "Prints every key of a configuration, default.toml if none is given, and where its value comes from.\n\n" + configHelp(),
		Args:  arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			grid, origins, err := flags.load(first(args))
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(grid.Show(origins))
			return err
		},
	}
	flags.add(cmd)
	return cmd
}

func newConfigExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [KEY|TABLE...]",
		Short: "Tell what keys of a configuration mean, their ranges and defaults",
		Long:  "Tells what keys of a configuration, or all keys of tables, mean, which values they may have and what they are if a\nfile does not say it. Without KEY it tells of all.",
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := configs.Explain(args...)
			if err != nil {
				return err
			}
			return report.WriteExplanations(cmd.OutOrStdout(), all)
		},
	}
}

func newConfigValidate() *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "validate [CONFIG.toml]",
		Short: "Find everything that is wrong with a configuration or a grid",
		Long:  "Finds everything that is wrong with a configuration or with any run of a grid, default.toml if none is given.\n\n" + configHelp(),
		Args:  arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			grid, _, err := flags.load(first(args))
			if err != nil {
				return err
			}
			if len(grid.Axes) > 0 {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "sound: %v\n", grid)
				return err
			}
			c := grid.Members[0].Config
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "sound: %s on %s with %v labels, seed %d; trains %s\n",
				report.ModelName(c.Model), c.Data.Name, c.Data.Labels, c.Seed, strings.Join(c.Phases(), ", then "))
			return err
		},
	}
	flags.add(cmd)
	return cmd
}
