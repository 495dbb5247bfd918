package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train/sweep"
)

func newSweepEmit() *cobra.Command {
	return group(&cobra.Command{
		Use:   "emit",
		Short: "Print the job that trains a sweep on Slurm or Kubernetes",
	}, newEmitSlurm(), newEmitKubernetes())
}

// emitFlags are what every engine is told.
type emitFlags struct {
	sweepFlags
	data     dataFlags
	replicas int
	job      sweep.Job
}

func (f *emitFlags) add(cmd *cobra.Command) {
	f.sweepFlags.add(cmd)
	f.data.add(cmd)
	addReplicas(cmd, &f.replicas, 1)
	cmd.Flags().StringVar(&f.job.Name, "name", "", "`name` of the job (default: the grid's)")
	cmd.Flags().IntVar(&f.job.GPUs, "gpus", 0, "`number` of NVIDIA cards for each task, 0 or 1")
	cmd.Flags().IntVar(&f.job.CPUs, "cpus", 2, "`number` of processors for each task")
	cmd.Flags().IntVar(&f.job.Retries, "retries", 3, "`times` that a task that ends in a fault is given out again")
}

// notInNames is what the name of a job may not have.
var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// prepare makes the job of a grid whose worker finds it, its folder and the program under these names.
func (f *emitFlags) prepare(gridPath string, worker []string, grid, out string) error {
	s, err := f.open(gridPath)
	if err != nil {
		return err
	}
	j := &f.job
	switch {
	case f.replicas < 0:
		return usageErrorf("--replicas %d: want at least 1, or 0 for all that can be trained together", f.replicas)
	case j.GPUs < 0 || j.GPUs > 1:
		return usageErrorf("--gpus %d: want 0 or 1: a task computes on one card; --replicas trains several runs on it", j.GPUs)
	case j.CPUs < 1:
		return usageErrorf("--cpus %d: want at least 1", j.CPUs)
	case j.Retries < 0 || j.Parallel < 0:
		return usageErrorf("want no number below 0, found --retries %d, --parallel %d", j.Retries, j.Parallel)
	}
	if j.Name == "" {
		// A Kubernetes job's pods add the task's number and more to the 63 letters that a name has.
		j.Name = strings.Trim(fmt.Sprintf("%.40s", strings.Trim(notInNames.ReplaceAllString(strings.ToLower(nameOf(gridPath)), "-"), "-")), "-")
	}
	if len(j.Name) > 40 || notInNames.MatchString(strings.ReplaceAll(j.Name, "-", "")) || strings.Trim(j.Name, "-") != j.Name || j.Name == "" {
		return usageErrorf("--name %q: want at most 40 of a to z, 0 to 9 and - in the middle", j.Name)
	}
	j.Grid, j.Tasks = filepath.Base(gridPath), len(s.Tasks(f.replicas))
	device := deviceCPU
	if j.GPUs > 0 {
		device = deviceCUDA
	}
	there := f.sweepFlags
	there.out = out
	task := append(append([]string{grid}, there.arguments()...), "--tasks", fmt.Sprint(j.Tasks), "--replicas", fmt.Sprint(f.replicas))
	j.Health = append([]string{"sweep", "health"}, task...)
	j.Worker = append(append(append(worker, "sweep", "work"), task...), "--device", device, "--threads", fmt.Sprint(j.CPUs))
	if f.data.dir != "" {
		j.Worker = append(j.Worker, "--data", f.data.dir)
	}
	return nil
}

func newEmitSlurm() *cobra.Command {
	var f emitFlags
	var job sweep.Slurm
	cmd := &cobra.Command{
		Use:   "slurm GRID.toml --out DIR",
		Short: "Print the array job that sbatch takes",
		Long: "Prints the array job that sbatch takes. GRID.toml, DIR and this program must lie where every node finds them.\n" +
			"A task that is stopped is given out again and goes on from its checkpoint; one that fails, --retries times.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			out, err := filepath.Abs(f.out)
			if err != nil {
				return err
			}
			program, err := os.Executable()
			if err != nil {
				return err
			}
			grid := args[0]
			if isFile(grid) {
				if grid, err = filepath.Abs(grid); err != nil {
					return err
				}
			}
			if f.data.dir != "" {
				if f.data.dir, err = filepath.Abs(f.data.dir); err != nil {
					return err
				}
			}
			if err := f.prepare(args[0], []string{program}, grid, out); err != nil {
				return err
			}
			if job.Time != "" && !slurmTime.MatchString(job.Time) {
				return usageErrorf("--time %q: want minutes, or as in 1:00:00 or 1-12", job.Time)
			}
			if f.job.Memory != "" && !slurmMemory.MatchString(f.job.Memory) {
				return usageErrorf("--mem %q: want a size as 4G", f.job.Memory)
			}
			for flag, value := range map[string]string{"out": out, "partition": job.Partition} {
				if strings.ContainsAny(value, "%\"\\\n\r") || flag != "out" && strings.ContainsAny(value, " \t") {
					return usageErrorf("--%s %q: want a text that Slurm takes as it is", flag, value)
				}
			}
			job.Job, job.Logs = f.job, (&sweep.Sweep{Dir: out}).Logs()
			// Slurm fails a task without a word where it cannot make its log.
			if err := os.MkdirAll(job.Logs, 0o777); err != nil {
				return unwritable(err)
			}
			return job.Write(cmd.OutOrStdout())
		},
	}
	f.add(cmd)
	cmd.Flags().IntVar(&f.job.Parallel, "parallel", 0, "how `many` tasks run at once (default: as many as there is room for)")
	cmd.Flags().StringVar(&f.job.Memory, "mem", "", "`memory` of a task, as 4G")
	cmd.Flags().StringVar(&job.Time, "time", "", "`limit` of a task's time, as 1:00:00; it is stopped a minute before, and goes on with another")
	cmd.Flags().StringVar(&job.Partition, "partition", "", "`partition` of the nodes")
	return cmd
}

// What Slurm takes for a time and for memory.
var (
	slurmTime   = regexp.MustCompile(`^([0-9]+|[0-9]+:[0-9]{1,2}(:[0-9]{1,2})?|[0-9]+-[0-9]{1,2}(:[0-9]{1,2}){0,2})$`)
	slurmMemory = regexp.MustCompile(`^[1-9][0-9]*[KMGT]?$`)
)

// runsVolume is where a pod finds the volume for the runs, and gridFile the grid.
const (
	runsVolume = "/runs"
	gridFile   = "/sweep/grid.toml"
)

func newEmitKubernetes() *cobra.Command {
	var f emitFlags
	job := sweep.Kubernetes{GraceSeconds: 60}
	cmd := &cobra.Command{
		Use:   "kubernetes GRID.toml --out DIR --image IMAGE",
		Short: "Print the Indexed Job that kubectl takes",
		Long: "Prints the Indexed Job that 'kubectl apply -f -' takes, with the grid and a claim for the volume on which the runs\n" +
			"are kept, below DIR. It is mounted at " + runsVolume + "; data sets are looked for in " + runsVolume + "/data unless --data says where else.\n" +
			"A task that is stopped is given out again and goes on from its checkpoint; one that fails, --retries times.\n" +
			"It needs Kubernetes 1.29 or newer.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if job.Image == "" {
				return usageErrorf("want --image IMAGE, made from Dockerfile.cuda, found none")
			}
			if f.out == "" || filepath.IsAbs(f.out) || !filepath.IsLocal(f.out) {
				return usageErrorf("--out %q: want a folder on the volume for the runs, as in --out sweep", f.out)
			}
			text, err := configs.ReadFile(args[0])
			grid := gridFile
			if errors.Is(err, fs.ErrNotExist) {
				grid = args[0] // One that is built in, or there is none, which prepare finds out.
			} else if err != nil {
				return err
			}
			if f.data.dir == "" {
				f.data.dir = path.Join(runsVolume, "data")
			}
			if err := f.prepare(args[0], nil, grid, path.Join(runsVolume, filepath.ToSlash(f.out))); err != nil {
				return err
			}
			job.Job, job.Text = f.job, string(text)
			return writeKubernetes(cmd, &job)
		},
	}
	f.add(cmd)
	cmd.Flags().IntVar(&f.job.Parallel, "parallel", 0, "how `many` tasks run at once (default: all)")
	cmd.Flags().StringVar(&f.job.Memory, "mem", "2Gi", "`memory` of a task")
	cmd.Flags().StringVar(&job.Image, "image", "", "`image` made from Dockerfile.cuda")
	cmd.Flags().StringVar(&job.Claim, "claim", "", "`name` of a volume claim that is there already (default: the manifest makes one)")
	cmd.Flags().StringVar(&job.Storage, "storage", "10Gi", "`size` of the volume that the manifest claims")
	cmd.Flags().IntVar(&job.MaxFailed, "max-failed", -1, "stop the other tasks when more than so `many` failed; -1: never")
	return cmd
}

// resource is a quantity as Kubernetes takes it, and label a name.
var (
	resource = regexp.MustCompile(`^[1-9][0-9]*([kMGTPE]i?)?$`)
	label    = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
)

func writeKubernetes(cmd *cobra.Command, job *sweep.Kubernetes) error {
	if job.Parallel == 0 {
		job.Parallel = job.Tasks
	}
	if job.MaxFailed < 0 || job.MaxFailed > job.Tasks {
		job.MaxFailed = job.Tasks
	}
	if !resource.MatchString(job.Memory) || !resource.MatchString(job.Storage) {
		return usageErrorf("want sizes as 2Gi, found --mem %s, --storage %s", job.Memory, job.Storage)
	}
	if job.Claim == "" {
		job.Claim = job.Name + "-runs"
	} else {
		job.Storage = ""
	}
	if !label.MatchString(job.Claim) {
		return usageErrorf("--claim %q: want the name of a volume claim", job.Claim)
	}
	return job.Write(cmd.OutOrStdout())
}
