package sweep

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// hostile are words that a shell or YAML would take for something else, or for more than one word.
var hostile = []string{
	"", " ", "a b", "it's", `say "no"`, "2026", "0x1f", "1e3", "1_000", "2026-11-27", "12:30:45",
	"true", "no", "null", "~", "~root", "y", "a: b", "a #b", "#SBATCH --time=1", "- a", "[1, 2]", "{a: b}", "&a", "*a", "!!int 3", "|", ">", "%YAML", "@a", "`id`",
	"$HOME", "$(id)", "$(JOB_COMPLETION_INDEX)", "$$", "a\\b", "a\nb", "\n---\nkind: Secret", "a\r\nb", "\ttab", "trailing ", "a\u0085b",
	"a\u2028b", "\ufeffbom", "\x1b[31m", "\x7f", "数 😀", "a;b", "a&&b", "a|b", "a>b",
	"{a,b}", "!!", "--", "-n", "=", "A=b", "%s",
}

func TestShellTakesWordsForThemselves(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	for _, grid := range append(hostile, "labels.toml") {
		j := &Slurm{Job: job, Logs: "/shared/a sweep/logs"}
		j.Grid = grid
		j.Worker = append([]string{"printf", `%s\0`}, hostile...)
		script := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(script, writtenBy(t, j.Write), 0o666); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(bash, "-n", script).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v: %s", grid, err, out)
		}
		out, err := exec.Command(bash, script).CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v: %s", grid, err, out)
		}
		if diff := cmp.Diff(strings.Join(hostile, "\x00")+"\x00", string(out)); diff != "" {
			t.Errorf("%q: %s", grid, diff)
		}
	}
}

// sbatchLines are the lines that sbatch reads: those with its mark before the first command.
func sbatchLines(script []byte) (lines []string) {
	for line := range strings.Lines(string(script)) {
		switch {
		case strings.HasPrefix(line, "#SBATCH "):
			lines = append(lines, line)
		case strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#"):
			return lines
		}
	}
	return lines
}

func TestNoNameAddsALineThatSlurmReads(t *testing.T) {
	plain := sbatchLines(slurmScript(t))
	for _, word := range hostile {
		j := &Slurm{Job: job, Time: "1:00:00", Partition: "gpu", Logs: "/shared/a sweep/logs"}
		j.Grid, j.Worker, j.Health, j.Here = word, []string{word}, []string{word}, word
		if diff := cmp.Diff(plain, sbatchLines(writtenBy(t, j.Write))); diff != "" {
			t.Errorf("%q: %s", word, diff)
		}
	}
}

func TestSlurmsOwnLinesTakePlainTextAlone(t *testing.T) {
	sound := func() *Slurm { return &Slurm{Job: job, Time: "1:00:00", Partition: "gpu,cpu-2"} }
	if err := sound().Check("/shared/it's a sweep"); err != nil {
		t.Error(err)
	}
	for _, word := range hostile {
		j := sound()
		if j.Partition = word; word != "" && !slurmPartitions.MatchString(word) && j.Check("/out") == nil {
			t.Errorf("--partition %q: want it refused", word)
		}
		if j = sound(); strings.ContainsAny(word, "\n\r\"\\%\t\x1b\u0085\u2028") && j.Check(word) == nil {
			t.Errorf("--out %q: want it refused", word)
		}
	}
}

// expanded is what Kubernetes makes of an argument where no variable is known.
func expanded(word string) string {
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		if word[i] == '$' && i+1 < len(word) && word[i+1] == '$' {
			i++
		} else if strings.HasPrefix(word[i:], "$(") {
			return "a variable in " + word
		}
		b.WriteByte(word[i])
	}
	return b.String()
}

func TestKubernetesTakesWordsForThemselves(t *testing.T) {
	_, _, plain := documents(t, writtenBy(t, kubernetesJob().Write))
	for _, word := range hostile {
		j := kubernetesJob()
		j.Grid, j.Worker, j.Health = word, []string{word, "--set", word}, []string{word}
		_, _, found := documents(t, writtenBy(t, j.Write))
		container, want := &found.Spec.Template.Spec.Containers[0], plain.Spec.Template.Spec.Containers[0]
		for i := range container.Args {
			container.Args[i] = expanded(container.Args[i])
		}
		if diff := cmp.Diff(j.Worker, container.Args); diff != "" {
			t.Errorf("the worker: %s", diff)
		}
		if diff := cmp.Diff([]string{"ssdgm", word, "--max-age=10m"}, container.LivenessProbe.Exec.Command); diff != "" {
			t.Errorf("the probe: %s", diff)
		}
		container.Args, container.LivenessProbe.Exec.Command = want.Args, want.LivenessProbe.Exec.Command
		if diff := cmp.Diff(plain, found); diff != "" {
			t.Errorf("%q changes something else: %s", word, diff)
		}
	}
}

func TestAManifestBringsAnyGridAlong(t *testing.T) {
	for _, word := range append(hostile, strings.Join(hostile, "\n")) {
		j := kubernetesJob()
		j.Text = "# " + word + "\n" + word + "\n"
		grid, _, _ := documents(t, writtenBy(t, j.Write))
		if diff := cmp.Diff(map[string]string{"grid.toml": j.Text}, grid.Data); diff != "" {
			t.Error(diff)
		}
	}
}

// A name that looks like a number, a date or a truth is a string all the same.
func TestNamesInAManifestAreStrings(t *testing.T) {
	for grid, want := range map[string]string{
		"2026": "2026", "0x1f": "0x1f", "true": "true", "No": "no", "null": "null", "2026-11-27": "2026-11-27",
		"1e3": "1e3", "a_b.c": "a-b-c", "-x-": "x", "~": "", "数": "",
	} {
		name := JobName(grid)
		if name != want {
			t.Errorf("JobName(%q) is %q, want %q", grid, name, want)
		}
		if name == "" {
			continue
		}
		j := kubernetesJob()
		j.Name, j.Claim = name, name
		for text := range strings.SplitSeq(string(writtenBy(t, j.Write)), "\n---\n") {
			var document struct{ Metadata map[string]any }
			if err := yaml.Unmarshal([]byte(text), &document); err != nil {
				t.Fatal(err)
			}
			found, isString := document.Metadata["name"].(string)
			if !isString || found != name && found != name+"-grid" {
				t.Errorf("want a name %q, found %#v", name, document.Metadata["name"])
			}
		}
	}
}

// 4G are as many bytes to Slurm as to Kubernetes, which has a word of its own for them.
func TestMemoryMeansOneThingToEveryEngine(t *testing.T) {
	for size, bytes := range map[string]int64{"4G": 4 << 30, "4Gi": 4 << 30, "4096M": 4 << 30, "512Ki": 512 << 10} {
		if err := checkSize("--mem", size); err != nil {
			t.Error(err)
		}
		k, s := kubernetesJob(), &Slurm{Job: job}
		k.Memory, s.Memory = size, size
		_, _, found := documents(t, writtenBy(t, k.Write))
		limit := found.Spec.Template.Spec.Containers[0].Resources.Limits["memory"]
		if limit.Value() != bytes {
			t.Errorf("%s: want %d bytes, found %d", size, bytes, limit.Value())
		}
		line := "#SBATCH --mem=" + strings.TrimSuffix(size, "i") + "\n"
		if !strings.Contains(string(writtenBy(t, s.Write)), line) {
			t.Errorf("%s: want %s", size, line)
		}
	}
	for text, want := range map[string]string{
		"4096": "--mem 4096: want a unit, as in 4096M",
		"4GB":  `--mem "4GB": want a whole number and a unit of 1024s, K, M, G or T, as in 4G`,
		"":     `--mem "": want a whole number and a unit of 1024s, K, M, G or T, as in 4G`,
		"1.5G": `--mem "1.5G": want a whole number and a unit of 1024s, K, M, G or T, as in 4G`,
		"4G\n": `--mem "4G\n": want a whole number and a unit of 1024s, K, M, G or T, as in 4G`,
	} {
		if err := checkSize("--mem", text); err == nil || err.Error() != want {
			t.Errorf("found %v, want %s", err, want)
		}
	}
}

func TestSlurmsLimitLeavesMoreThanTheTimeToStop(t *testing.T) {
	for limit, want := range map[string]bool{
		"1": false, "2": true, "0": true, "0:30": false, "1:00": false, "1:01": true, "0:01:00": false, "0:00:30": false,
		"1:00:00": true, "0-0": true, "1-0": true, "0-0:01": false, "0-1": true, "0-0:00:59": false,
	} {
		j := &Slurm{Job: job, Time: limit}
		if err := j.Check("/out"); (err == nil) != want {
			t.Errorf("--time %s: %v", limit, err)
		}
	}
}
