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
	text := fmt.Sprintf("unknown command %q", word)
	_, group, _ := strings.Cut(parent.CommandPath(), parent.Root().CommandPath())
	does := message.Elsewhere[strings.TrimSpace(group)][strings.ToLower(word)]
	if near := parent.SuggestionsFor(word); does == "" && len(near) > 0 {
		text += fmt.Sprintf("; did you mean %s?", near[0])
	}
	if does != "" {
		line, what, described := strings.Cut(does, ":")
		text += fmt.Sprintf("; use '%s %s'", message.Program, line)
		if described {
			text += ":" + what
		}
	}
	return usageErrorf("%s; see '%s --help'", text, parent.CommandPath())
}

// unknownFlag is what to say of a mistake in a command's flags.
func unknownFlag(cmd *cobra.Command, err error) error {
	if words := cmd.Flags().Args(); cmd.HasSubCommands() && len(words) > 0 {
		return unknown(cmd, words[0])
	}
	err = plainly(err)
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
	var here []string
	there := message.FlagsElsewhere[strings.ReplaceAll(strings.ToLower(name), "_", "-")]
	if keys, err := configs.Explain(name); err == nil && len(keys) == 1 {
		there = []string{name}
	}
	for _, said := range there {
		flag, _, _ := strings.Cut(strings.TrimPrefix(said, "--"), " ")
		key := said
		if !strings.HasPrefix(said, "--") {
			flag, said = "set", "--set "+said+"=VALUE"
		}
		if cmd.Flags().Lookup(strings.TrimSuffix(flag, ",")) != nil && (flag != "set" || settable(cmd, key)) {
			here = append(here, said)
		}
	}
	return strings.Join(here, " or ")
}

// settable tells whether a key has a say in what a command does: a trained model has been trained.
func settable(cmd *cobra.Command, key string) bool {
	if strings.Contains(cmd.Use, "CONFIG") || strings.Contains(cmd.Use, "GRID") {
		return true
	}
	return key == "seed" || strings.HasPrefix(key, "pictures.")
}
