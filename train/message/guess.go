package message

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// UnknownCommand is what to say of a word that is no command of a group: what it is called here, or which of the
// commands that are spelt nearly so is meant.
func UnknownCommand(group, word string, near []string) string {
	text := fmt.Sprintf("unknown command %q", word)
	does := Elsewhere[group][strings.ToLower(word)]
	if does == "" {
		if len(near) > 0 {
			text += fmt.Sprintf("; did you mean %s?", near[0])
		}
		return text
	}
	line, what, described := strings.Cut(does, ":")
	text += fmt.Sprintf("; use '%s %s'", Program, line)
	if described {
		text += ":" + what
	}
	return text
}

// FlagElsewhere is how the same is said here that a flag of another program says, whatever case and dashes it has.
func FlagElsewhere(name string) []string {
	return FlagsElsewhere[strings.ReplaceAll(strings.ToLower(name), "_", "-")]
}

// FlagHere are those ways to say something, flags and keys of a configuration, that a command has: it has flags, and
// where that is --set, keys that it heeds.
func FlagHere(ways []string, has, heeds func(name string) bool) string {
	var here []string
	for _, said := range ways {
		flag, _, _ := strings.Cut(strings.TrimPrefix(said, "--"), " ")
		key := said
		if !strings.HasPrefix(said, "--") {
			flag, said = "set", "--set "+said+"=VALUE"
		}
		if has(strings.TrimSuffix(flag, ",")) && (flag != "set" || heeds(key)) {
			here = append(here, said)
		}
	}
	return strings.Join(here, " or ")
}

// Plain takes the words of Go's parsers of numbers and of times out of an error about a flag.
func Plain(err error) error {
	if before, _, is := strings.Cut(err.Error(), " time: "); is {
		return fmt.Errorf("%s want a time with its unit, as in 90s, 30m or 1h30m", before)
	}
	var number *strconv.NumError
	if !errors.As(err, &number) {
		return err
	}
	wanted := "a whole number"
	switch number.Func {
	case "ParseBool":
		wanted = "true or false"
	case "ParseFloat":
		wanted = "a number"
	}
	return fmt.Errorf("%swant %s", strings.TrimSuffix(err.Error(), number.Error()), wanted)
}
