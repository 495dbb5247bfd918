package sweep

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

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
	case len(j.Name) > 40 || notInNames.MatchString(strings.ReplaceAll(j.Name, "-", "")) ||
		strings.Trim(j.Name, "-") != j.Name || j.Name == "":
		return data.InputErrorf("--name %q: want at most 40 of a to z, 0 to 9 and - in the middle", j.Name)
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

// What Slurm takes for a time and for memory.
var (
	slurmTime   = regexp.MustCompile(`^([0-9]+|[0-9]+:[0-9]{1,2}(:[0-9]{1,2})?|[0-9]+-[0-9]{1,2}(:[0-9]{1,2}){0,2})$`)
	slurmMemory = regexp.MustCompile(`^[1-9][0-9]*[KMGT]?$`)
)

// Check refuses what Slurm would not take. out is the folder of the sweep.
func (j *Slurm) Check(out string) error {
	if j.Time != "" && !slurmTime.MatchString(j.Time) {
		return data.InputErrorf("--time %q: want minutes, or as in 1:00:00 or 1-12", j.Time)
	}
	if j.Memory != "" && !slurmMemory.MatchString(j.Memory) {
		return data.InputErrorf("--mem %q: want a size as 4G", j.Memory)
	}
	for flag, value := range map[string]string{"out": out, "partition": j.Partition} {
		if strings.ContainsAny(value, "%\"\\\n\r") || flag != "out" && strings.ContainsAny(value, " \t") {
			return data.InputErrorf("--%s %q: want a text that Slurm takes as it is", flag, value)
		}
	}
	return nil
}

// resource is a quantity as Kubernetes takes it, and label a name.
var (
	resource = regexp.MustCompile(`^[1-9][0-9]*([kMGTPE]i?)?$`)
	label    = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
)

// Complete fills in what was left to the manifest, and refuses what Kubernetes would not take.
func (j *Kubernetes) Complete() error {
	if j.Parallel == 0 {
		j.Parallel = j.Tasks
	}
	if j.MaxFailed < 0 || j.MaxFailed > j.Tasks {
		j.MaxFailed = j.Tasks
	}
	if !resource.MatchString(j.Memory) || !resource.MatchString(j.Storage) {
		return data.InputErrorf("want sizes as 2Gi, found --mem %s, --storage %s", j.Memory, j.Storage)
	}
	if j.Claim == "" {
		j.Claim = j.Name + "-runs"
	} else {
		j.Storage = ""
	}
	if !label.MatchString(j.Claim) {
		return data.InputErrorf("--claim %q: want the name of a volume claim", j.Claim)
	}
	return nil
}
