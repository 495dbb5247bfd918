// Package completion tells a shell what can stand behind a command: configurations, keys and their values, data sets,
// devices and run folders.
package completion

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ssdgm/configs"
	"ssdgm/engine/devices"
	"ssdgm/engine/machine"
	"ssdgm/train/data"
)

// What a shell completes. Words come first; where there are none it completes files.
type completion = func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective)

// starting are the words that begin so.
func starting(begun string, words []string) (matching []cobra.Completion) {
	for _, word := range words {
		if strings.HasPrefix(word, begun) {
			matching = append(matching, word)
		}
	}
	return matching
}

// oneOf completes words.
func oneOf(words func() []string) completion {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return starting(begun, words()), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeConfig completes built-in configurations, and files.
func completeConfig(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	files, _ := filepath.Glob(begun + "*.toml") // A pattern that is none completes nothing.
	return append(starting(begun, configs.BuiltIn()), files...), cobra.ShellCompDirectiveDefault
}

// completeKeys completes keys of a configuration.
func completeKeys(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	all, _ := configs.Explain() // Of all keys there is one each.
	var keys []cobra.Completion
	for _, e := range all {
		if strings.HasPrefix(e.Key, begun) {
			keys = append(keys, cobra.CompletionWithDesc(e.Key, e.Text))
		}
	}
	return keys, cobra.ShellCompDirectiveNoFileComp
}

// completeSet completes KEY=VALUE: the keys, and behind one the words that it may have, or its default.
func completeSet(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	key, _, valued := strings.Cut(begun, "=")
	if !valued {
		keys, _ := completeKeys(nil, nil, begun)
		for i, word := range keys {
			name, text, _ := strings.Cut(word, "\t")
			keys[i] = cobra.CompletionWithDesc(name+"=", text)
		}
		return keys, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	found, err := configs.Explain(key)
	if err != nil || len(found) != 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	values := found[0].Values()
	for i := range values {
		values[i] = key + "=" + values[i]
	}
	return starting(begun, values), cobra.ShellCompDirectiveNoFileComp
}

// completeRun completes folders of runs, and those on the way to one, which may hold several.
func completeRun(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	found, _ := filepath.Glob(begun + "*") // A pattern that is none completes nothing.
	directive := cobra.ShellCompDirectiveNoFileComp
	var folders []cobra.Completion
	for _, path := range found {
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			continue
		}
		if !machine.IsFile(filepath.Join(path, "config.toml")) {
			path += string(filepath.Separator)
			directive = cobra.ShellCompDirectiveNoSpace
		}
		folders = append(folders, path)
	}
	return folders, directive
}

// thenFiles completes the first argument, and files behind it.
func thenFiles(first completion) completion {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return first(cmd, args, begun)
	}
}

// deviceWords are those of --device. Cards are not counted: that may take seconds.
func deviceWords() []string {
	return []string{devices.Auto, devices.CPU, devices.CUDA, devices.CUDA + ":0"}
}

// Add gives a command and those below it their completions: their lines of usage and the help of their flags say what
// they take.
func Add(cmd *cobra.Command) {
	for _, child := range cmd.Commands() {
		Add(child)
	}
	names := data.Names
	if cmd.Name() == "get" {
		names = func() []string { return data.NamesOf(data.Fetched) }
	}
	argument := map[string]completion{
		"[CONFIG.toml]": completeConfig, "GRID.toml": completeConfig, "[KEY|TABLE...]": completeKeys, "NAME": oneOf(names),
		"NAME|PATH": func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return starting(begun, names()), cobra.ShellCompDirectiveDefault
		},
		"RUN": completeRun, "RUN|FILE": completeRun, "RUN|FILE...": completeRun, "A": completeRun, "RUN_OR_RECORD...": completeRun,
	}
	if words := strings.Fields(cmd.Use); len(words) > 1 && argument[words[1]] != nil {
		cmd.ValidArgsFunction = argument[words[1]]
		if words[len(words)-1] == "INPUT" {
			cmd.ValidArgsFunction = thenFiles(argument[words[1]])
		}
	}
	cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		complete := map[string]completion{"set": completeSet, "device": oneOf(deviceWords)}[flag.Name]
		value, _ := pflag.UnquoteUsage(flag)
		switch {
		case complete != nil:
		case strings.Contains(value, "|") && strings.ToLower(value) == value:
			complete = oneOf(func() []string { return strings.Split(value, "|") })
		case value == "folder":
			_ = cmd.MarkFlagDirname(flag.Name) // The flag is there.
		}
		if complete != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag.Name, complete) // The flag is there.
		}
	})
}
