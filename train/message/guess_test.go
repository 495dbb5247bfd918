package message

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
)

func TestAWordOfAnotherProgramLeadsToACommand(t *testing.T) {
	for _, c := range []struct {
		group, word string
		near        []string
		want        string
	}{
		{"", "Fit", nil, `unknown command "Fit"; use 'ssdgm train'`},
		{"", "resume", nil, `unknown command "resume"; use 'ssdgm train --out RUN': it goes on with a run`},
		{"data", "list", []string{"get"}, `unknown command "list"; use 'ssdgm data info NAME'`},
		{"", "trian", []string{"train"}, `unknown command "trian"; did you mean train?`},
		{"", "xyz", nil, `unknown command "xyz"`},
	} {
		if found := UnknownCommand(c.group, c.word, c.near); found != c.want {
			t.Errorf("%s %s: want %s, found %s", c.group, c.word, c.want, found)
		}
	}
}

func TestAFlagOfAnotherProgramIsSaidAsTheCommandHasIt(t *testing.T) {
	all := func(string) bool { return true }
	none := func(string) bool { return false }
	rates := "--set m1.train.optimiser.rate=VALUE or --set m2.train.optimiser.rate=VALUE"
	if found := FlagHere(FlagElsewhere("Learning_Rate"), all, all); found != rates {
		t.Errorf("want both keys of a rate, found %s", found)
	}
	if found := FlagHere(FlagElsewhere("lr"), all, none); found != "" {
		t.Errorf("want nothing of a command that heeds no key, found %s", found)
	}
	if found := FlagHere(FlagElsewhere("gpu"), all, none); found != "--device cuda" {
		t.Errorf("want --device cuda, found %s", found)
	}
	if found := FlagHere(FlagElsewhere("gpu"), none, all); found != "" {
		t.Errorf("want nothing of a command without the flag, found %s", found)
	}
}

func TestAParsersWordsAreTakenOutOfAnError(t *testing.T) {
	_, number := strconv.Atoi("x")
	_, truth := strconv.ParseBool("x")
	_, fraction := strconv.ParseFloat("x", 64)
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("--threads x: %w", number), "--threads x: want a whole number"},
		{fmt.Errorf("--threshold x: %w", fraction), "--threshold x: want a number"},
		{fmt.Errorf("--json x: %w", truth), "--json x: want true or false"},
		{errors.New(`--max-time 3: time: missing unit in duration "3"`),
			"--max-time 3: want a time with its unit, as in 90s, 30m or 1h30m"},
		{errors.New("as it is"), "as it is"},
	} {
		if found := Plain(c.err).Error(); found != c.want {
			t.Errorf("want %s, found %s", c.want, found)
		}
	}
}
