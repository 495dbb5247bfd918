package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/engine/devices"
	"ssdgm/engine/machine"
	"ssdgm/train/run"
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
	// dataThere is where a task looks for data sets, if nobody says; empty: where it always does.
	dataThere string
	job       sweep.Job
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

// prepare makes the job of a grid whose worker finds it, its folder and the program under these names.
func (f *emitFlags) prepare(gridPath string, program []string, grid, out string) error {
	s, err := f.openWith(&f.data, gridPath)
	if err != nil {
		return err
	}
	if f.job.Name == "" {
		f.job.Name = sweep.JobName(nameOf(gridPath))
	}
	there := f.sweepFlags
	there.out = out
	place := sweep.Place{
		Program: program, Grid: grid, Folder: there.arguments(), Device: devices.CPU, Data: cmp.Or(f.data.dir, f.dataThere), Replicas: f.replicas,
	}
	if f.job.GPUs > 0 {
		place.Device = devices.CUDA
	}
	return f.job.Prepare(s, gridPath, place)
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
			program, err := os.Executable()
			if err != nil {
				return err
			}
			if job.Here, err = os.Getwd(); err != nil {
				return err
			}
			out, grid := sweep.Absolute(job.Here, f.out), args[0]
			if machine.IsFile(grid) {
				grid = sweep.Absolute(job.Here, grid)
			}
			if f.data.dir != "" {
				f.data.dir = sweep.Absolute(job.Here, f.data.dir)
			}
			if err := f.prepare(args[0], []string{program}, grid, out); err != nil {
				return err
			}
			job.Job, job.Logs = f.job, (&sweep.Sweep{Dir: out}).Logs()
			if err := job.Check(out); err != nil {
				return err
			}
			// Slurm fails a task without a word where it cannot make its log.
			if err := os.MkdirAll(job.Logs, 0o777); err != nil {
				return run.Unwritable(err)
			}
			return job.Write(cmd.OutOrStdout())
		},
	}
	f.add(cmd)
	cmd.Flags().IntVar(&f.job.Parallel, "parallel", 0, "how `many` tasks run at once (default: as many as there is room for)")
	cmd.Flags().StringVar(&f.job.Memory, "mem", "", "`memory` of a task, as 4G or 512M; units are of 1024")
	cmd.Flags().StringVar(&job.Time, "time", "", "`limit` of a task's time, as 1:00:00; it is stopped a minute before, and goes on with another")
	cmd.Flags().StringVar(&job.Partition, "partition", "", "`partition` of the nodes")
	return cmd
}

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
			f.dataThere = path.Join(runsVolume, "data")
			if err := f.prepare(args[0], nil, grid, path.Join(runsVolume, filepath.ToSlash(f.out))); err != nil {
				return err
			}
			job.Job, job.Text = f.job, string(text)
			if err := job.Complete(); err != nil {
				return err
			}
			return job.Write(cmd.OutOrStdout())
		},
	}
	f.add(cmd)
	cmd.Flags().IntVar(&f.job.Parallel, "parallel", 0, "how `many` tasks run at once (default: all)")
	cmd.Flags().StringVar(&f.job.Memory, "mem", "2G", "`memory` of a task, as 4G or 512M; units are of 1024")
	cmd.Flags().StringVar(&job.Image, "image", "", "`image` made from Dockerfile.cuda")
	cmd.Flags().StringVar(&job.Claim, "claim", "", "`name` of a volume claim that is there already (default: the manifest makes one)")
	cmd.Flags().StringVar(&job.Storage, "storage", "10G", "`size` of the volume that the manifest claims, as --mem")
	cmd.Flags().IntVar(&job.MaxFailed, "max-failed", -1, "stop the other tasks when more than so `many` failed; -1: never")
	apart(cmd, "claim", "storage")
	return cmd
}
