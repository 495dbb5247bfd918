package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ssdgm/configs"
	"ssdgm/train/message"
)

// unknown is what to say of a word that is none of a command's commands.
func unknown(parent *cobra.Command, word string) error {
	_, group, _ := strings.Cut(parent.CommandPath(), parent.Root().CommandPath())
	said := message.UnknownCommand(strings.TrimSpace(group), word, parent.SuggestionsFor(word))
	return usageErrorf("%s; see '%s --help'", said, parent.CommandPath())
}

// unknownFlag is what to say of a mistake in a command's flags.
func unknownFlag(cmd *cobra.Command, err error) error {
	if words := cmd.Flags().Args(); cmd.HasSubCommands() && len(words) > 0 {
		return unknown(cmd, words[0])
	}
	err = message.Plain(err)
	var missing *pflag.NotExistError
	if errors.As(err, &missing) {
		if try := flagHere(cmd, missing.GetSpecifiedName()); try != "" {
			err = fmt.Errorf("%w; use %s", err, try)
		}
	}
	return usageErrorf("%w; see '%s --help'", err, cmd.CommandPath())
}

// flagHere is how a command is told what another program's flag says; empty where it cannot be.
func flagHere(cmd *cobra.Command, name string) string {
	there := message.FlagElsewhere(name)
	if keys, err := configs.Explain(name); err == nil && len(keys) == 1 {
		there = []string{name}
	}
	return message.FlagHere(there,
		func(flag string) bool { return cmd.Flags().Lookup(flag) != nil },
		func(key string) bool { return settable(cmd, key) })
}

// settable tells whether a key has a say in what a command does: a trained model has been trained.
func settable(cmd *cobra.Command, key string) bool {
	if strings.Contains(cmd.Use, "CONFIG") || strings.Contains(cmd.Use, "GRID") {
		return true
	}
	return key == "seed" || strings.HasPrefix(key, "pictures.")
}
