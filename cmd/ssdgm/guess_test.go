package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train/message"
)

// TestWordsOfOtherProgramsNameWhatIsThere holds that each command, flag and key that an answer names exists.
func TestWordsOfOtherProgramsNameWhatIsThere(t *testing.T) {
	t.Parallel()
	root := newRoot()
	for group, words := range message.Elsewhere {
		parent, rest, err := root.Find(strings.Fields(group))
		if err != nil || len(rest) > 0 {
			t.Fatalf("%q is no group", group)
		}
		for word, does := range words {
			line, _, _ := strings.Cut(does, ":")
			named := strings.Fields(line)
			cmd, rest, err := root.Find(named)
			if err != nil || cmd == root && line != "--version" {
				t.Errorf("%s %s: found no command %q: %v", group, word, line, err)
				continue
			}
			if cmd.HasSubCommands() && len(rest) > 0 && cmd != root {
				t.Errorf("%s %s: %q is none of %s's", group, word, rest[0], cmd.Name())
			}
			for _, flag := range rest {
				if name, is := strings.CutPrefix(flag, "--"); is && cmd.Flags().Lookup(name) == nil && name != "version" {
					t.Errorf("%s %s: %s has no flag %s", group, word, cmd.Name(), flag)
				}
			}
			if found, _, _ := parent.Find([]string{word}); found != parent && found.Name() == word {
				t.Errorf("%s %s is a command of its own", group, word)
			}
		}
	}
	for flag, all := range message.FlagsElsewhere {
		for _, said := range all {
			if strings.HasPrefix(said, "--") {
				continue
			}
			if found, err := configs.Explain(said); err != nil || len(found) != 1 {
				t.Errorf("--%s: %s is no key: %v", flag, said, err)
			}
		}
		if !slices.ContainsFunc(root.Commands(), func(cmd *cobra.Command) bool { return flagHere(cmd, flag) != "" }) {
			t.Errorf("--%s says nothing to any command", flag)
		}
	}
}
