package sweep

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ssdgm/train/data"
)

// Place is where the workers of a job find things.
type Place struct {
	Program  []string // the command line of the program; the image's own where it is empty
	Grid     string
	Folder   []string // the flags that say which sweep is meant
	Device   string
	Data     string // the folder of data sets; empty: that of the worker's environment
	Replicas int    // as Sweep.Tasks takes them
}

// notInNames is what the name of a job may not have.
var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// JobName is a name that a job of a grid can have.
func JobName(grid string) string {
	// A Kubernetes job's pods add the task's number and more to the 63 letters that a name has.
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(grid), "-"), "-")
	return strings.Trim(fmt.Sprintf("%.40s", name), "-")
}

// Prepare completes the job of a sweep whose workers find everything at place. The grid is called grid.
func (j *Job) Prepare(s *Sweep, grid string, place Place) error {
	switch {
	case place.Replicas < 0:
		return data.InputErrorf("--replicas %d: want at least 1, or 0 for all that can be trained together", place.Replicas)
	case j.GPUs < 0 || j.GPUs > 1:
		return data.InputErrorf("--gpus %d: want 0 or 1: a task computes on one card; "+
			"--replicas trains several runs on it", j.GPUs)
	case j.CPUs < 1:
		return data.InputErrorf("--cpus %d: want at least 1", j.CPUs)
	case j.Retries < 0 || j.Parallel < 0:
		return data.InputErrorf("want no number below 0, found --retries %d, --parallel %d", j.Retries, j.Parallel)
	case j.Name == "":
		return data.InputErrorf("want --name NAME, of a to z, 0 to 9 and -, since %q has none of these", filepath.Base(grid))
	case len(j.Name) > 40 || notInNames.MatchString(strings.ReplaceAll(j.Name, "-", "")) ||
		strings.Trim(j.Name, "-") != j.Name:
		return data.InputErrorf("--name %q: want at most 40 of a to z, 0 to 9 and - in the middle", j.Name)
	}
	for _, m := range s.Grid.Members {
		if from := m.Config.M1.From; len(place.Program) == 0 && from != "" && !path.IsAbs(from) {
			return data.InputErrorf("m1.from = %q: want where a pod finds it, on the volume for the runs, as in /runs/%s", from, path.Base(from))
		}
	}
	if err := checkSize("--mem", j.Memory); j.Memory != "" && err != nil {
		return err
	}
	j.Grid, j.Tasks = filepath.Base(grid), len(s.Tasks(place.Replicas))
	task := append(append([]string{place.Grid}, place.Folder...),
		"--tasks", fmt.Sprint(j.Tasks), "--replicas", fmt.Sprint(place.Replicas))
	j.Health = append([]string{"sweep", "health"}, task...)
	j.Worker = append(append(append([]string{}, place.Program...), "sweep", "work"), task...)
	j.Worker = append(j.Worker, "--device", place.Device, "--threads", fmt.Sprint(j.CPUs))
	if place.Data != "" {
		j.Worker = append(j.Worker, "--data", place.Data)
	}
	return nil
}

// size is an amount of memory or of disk. Its units are of 1024 each for every engine.
var size = regexp.MustCompile(`^[1-9][0-9]{0,8}[KMGT]i?$`)

// checkSize refuses what is no size. A number alone would be megabytes to Slurm and bytes to Kubernetes.
func checkSize(flag, text string) error {
	switch {
	case size.MatchString(text):
		return nil
	case size.MatchString(text + "M"):
		return data.InputErrorf("%s %s: want a unit, as in %sM", flag, text, text)
	}
	return data.InputErrorf("%s %q: want a whole number and a unit of 1024s, K, M, G or T, as in 4G", flag, text)
}

// What Slurm takes for a time and for partitions.
var (
	slurmTime       = regexp.MustCompile(`^([0-9]+|[0-9]+:[0-9]{1,2}(:[0-9]{1,2})?|[0-9]+-[0-9]{1,2}(:[0-9]{1,2}){0,2})$`)
	slurmPartitions = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.,+-]*$`)
)

// lastsLonger tells whether a limit as slurmTime has it is longer than the minute that a task has for its checkpoint:
// with less it would be stopped as soon as it began, and begin anew for ever. 0 is no limit.
func lastsLonger(limit string) bool {
	days, clock, both := strings.Cut(limit, "-")
	if !both {
		days, clock = "0", limit
	}
	units := []int{60} // of minutes alone
	if parts := strings.Count(clock, ":") + 1; both || parts == 3 {
		units = []int{3600, 60, 1}
	} else if parts == 2 {
		units = []int{60, 1}
	}
	whole, _ := strconv.Atoi(days)
	seconds := whole * 24 * 3600
	for i, part := range strings.Split(clock, ":") {
		n, _ := strconv.Atoi(part)
		seconds += n * units[i]
	}
	return seconds == 0 || seconds > 60 // as slurm.tmpl has it
}

// Check refuses what Slurm would not take in its own lines, which it does not read as a shell does. out is the
// folder of the sweep.
func (j *Slurm) Check(out string) error {
	unfit := func(r rune) bool { return strings.ContainsRune(`%"\`, r) || !unicode.IsPrint(r) }
	switch {
	case j.Time != "" && !slurmTime.MatchString(j.Time):
		return data.InputErrorf("--time %q: want minutes, or as in 1:00:00 or 1-12", j.Time)
	case j.Time != "" && !lastsLonger(j.Time):
		return data.InputErrorf("--time %s: want more than a minute, since a task is asked to stop a minute before; 90 is minutes, 1:30:00 hours", j.Time)
	case j.Partition != "" && !slurmPartitions.MatchString(j.Partition):
		return data.InputErrorf("--partition %q: want names of letters, digits and _ . + -, with commas between", j.Partition)
	case strings.ContainsFunc(out, unfit):
		return data.InputErrorf("--out %q: want a path that Slurm takes for its log: "+
			"without %%, \", \\ and what cannot be printed", out)
	}
	return nil
}

// What Kubernetes takes for the name of a volume claim, and a registry for that of an image.
var (
	label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	image = regexp.MustCompile(`^[A-Za-z0-9\[][A-Za-z0-9_.:/@\[\]-]*$`)
)

// Complete fills in what was left to the manifest, and refuses what Kubernetes would not take.
func (j *Kubernetes) Complete() error {
	if j.Parallel == 0 {
		j.Parallel = j.Tasks
	}
	if j.MaxFailed < -1 {
		return data.InputErrorf("--max-failed %d: want a number of tasks, or -1 for never", j.MaxFailed)
	}
	if j.MaxFailed < 0 || j.MaxFailed > j.Tasks {
		j.MaxFailed = j.Tasks
	}
	if err := cmp.Or(checkSize("--mem", j.Memory), checkSize("--storage", j.Storage)); err != nil {
		return err
	}
	if !image.MatchString(j.Image) {
		return data.InputErrorf("--image %q: want the name of an image, as in registry/ssdgm:1", j.Image)
	}
	for _, word := range append(slices.Clone(j.Worker), j.Grid) {
		if !utf8.ValidString(word) {
			return data.InputErrorf("%q: want UTF-8, which a manifest is written in", word)
		}
	}
	if j.Claim == "" {
		j.Claim = j.Name + "-runs"
	} else {
		j.Storage = ""
	}
	if !label.MatchString(j.Claim) {
		return data.InputErrorf("--claim %q: want the name of a volume claim: a to z, 0 to 9 and - in the middle", j.Claim)
	}
	return nil
}
