package main

import (
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/train/message"
)

// repeat is a command in quotes, with those of the named flags that cmd was given.
func repeat(cmd *cobra.Command, words []string, names ...string) string {
	for _, name := range names {
		if flag := cmd.Flags().Lookup(name); flag.Changed {
			value := flag.Value.String()
			if strings.HasSuffix(flag.Value.Type(), "Slice") {
				value = strings.Trim(value, "[]")
			}
			if words = append(words, "--"+name); flag.Value.Type() == "bool" {
				continue
			}
			words = append(words, value)
		}
	}
	return message.Command(words...)
}
