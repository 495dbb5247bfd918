package completion

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	_ "ssdgm/train/data/all"
)

// answer is what a shell is told of a command line.
func answer(t *testing.T, words ...string) []string {
	t.Helper()
	root := &cobra.Command{Use: "program"}
	for _, use := range []string{"eval RUN|FILE", "get NAME", "train [CONFIG.toml]"} {
		cmd := &cobra.Command{Use: use, RunE: func(*cobra.Command, []string) error { return nil }}
		cmd.Flags().StringArray("set", nil, "`key=value` of the configuration")
		cmd.Flags().String("format", "", "`text|json`")
		root.AddCommand(cmd)
	}
	Add(root)
	var said strings.Builder
	root.SetOut(&said)
	root.SetErr(&strings.Builder{})
	root.SetArgs(append([]string{cobra.ShellCompNoDescRequestCmd}, words...))
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	return lines[:len(lines)-1] // The last is how the shell goes on.
}

func TestWhatAUsageNamesIsCompleted(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "first")
	if err := os.Mkdir(run, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(run, "config.toml"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		words []string
		want  []string
	}{
		{[]string{"eval", dir + "/"}, []string{run}},
		{[]string{"eval", "--format", "j"}, []string{"json"}},
		{[]string{"get", "fashion"}, []string{"fashion-mnist"}},
		{[]string{"train", "mnist-m1m2-1"}, []string{"mnist-m1m2-100.toml", "mnist-m1m2-1000.toml"}},
		{[]string{"train", "--set", "m2.al"}, []string{"m2.alpha="}},
		{[]string{"train", "--set", "yardstick=t"}, []string{"yardstick=true"}},
	} {
		if found := answer(t, c.words...); !slices.Equal(found, c.want) {
			t.Errorf("%v: want %v, found %v", c.words, c.want, found)
		}
	}
}
