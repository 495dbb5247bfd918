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
	return group(&cobra.Command{Use: "config", Short: "Show or validate a configuration"},
		newConfigShow(), newConfigValidate())
}

func newConfigShow() *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "show [CONFIG.toml]",
		Short: "Print every key of a configuration and where its value comes from",
		Long:  "Prints every key of a configuration, default.toml if none is given, and where its value comes from.\n\n" + configHelp(),
		Args:  arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, origins, err := configs.Load(first(args), flags.sets)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(c.Show(origins))
			return err
		},
	}
	flags.add(cmd)
	return cmd
}

func newConfigValidate() *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "validate [CONFIG.toml]",
		Short: "Find everything that is wrong with a configuration",
		Long:  "Finds everything that is wrong with a configuration, default.toml if none is given.\n\n" + configHelp(),
		Args:  arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, _, err := configs.Load(first(args), flags.sets)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "sound: %s on %s with %d labels, seed %d; trains %s\n",
				report.ModelName(c.Model), c.Data.Name, c.Data.Labels, c.Seed, strings.Join(c.Phases(), ", then "))
			return err
		},
	}
	flags.add(cmd)
	return cmd
}
