package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/engine/devices"
	"ssdgm/train"
	"ssdgm/train/message"
	"ssdgm/train/stop"
	"ssdgm/train/sweep"
)

// sweepRun trains a sweep on this machine: a worker for each device, with a process of its own for each task, so
// that nothing that ends one of them ends another.
type sweepRun struct {
	sweepFlags
	device   deviceFlags
	data     dataFlags
	replicas int
	stop     *stop.Flag
}

func newSweepRun() *cobra.Command {
	var r sweepRun
	cmd := &cobra.Command{
		Use:   "run GRID.toml --out DIR",
		Short: "Train all runs of a sweep on this machine",
		Long: "Trains all runs of a sweep on this machine: those of one architecture together, and where there are several\n" +
			"cards, a share of them on each. A run that fails does not stop the others. The same command again trains what\n" +
			"is not finished. Stopped by a signal, as 'ssdgm train' is, every run saves a checkpoint, and the exit code is 75.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			defer stoppable(cmd)()
			return r.run(cmd, args[0])
		},
	}
	addReplicas(cmd, &r.replicas, 0)
	r.sweepFlags.add(cmd)
	r.device.add(cmd)
	r.data.add(cmd)
	r.stop = addStopSignal(cmd)
	return cmd
}

func (r *sweepRun) run(cmd *cobra.Command, path string) error {
	s, err := r.openWith(&r.data, path)
	if err != nil {
		return err
	}
	if r.replicas < 0 {
		return usageErrorf("--replicas %d: want at least 1, or 0 for all that can be trained together", r.replicas)
	}
	on, err := r.device.All(cmd.Context())
	if err != nil {
		return err
	}
	replicas := r.replicas
	if replicas == 0 {
		replicas = s.Share(len(on))
	}
	all := s.Tasks(replicas)
	waiting, err := s.Unfinished(all)
	if err != nil {
		return err
	}
	note(fmt.Sprintf("%d runs in %d tasks, %d of them to do, on %s", len(s.Grid.Members), len(all), len(waiting), strings.Join(on, ", ")))
	program, err := os.Executable()
	if err != nil {
		return err
	}
	local := &sweep.Local{Sweep: s, Devices: on, Typed: os.Args[0], Said: os.Stderr, Tell: func(err error) { tellError(&stderr, err) }}
	local.Command = func(t sweep.Task, device string) []string {
		return append([]string{program}, r.worker(path, t, device, replicas)...)
	}
	ends := local.Run(cmd.Context(), waiting)
	if err := s.WriteResults(cmd.OutOrStdout(), note); err != nil {
		return err
	}
	return r.verdict(cmd, path, len(waiting), ends)
}

// worker are the arguments of the process that works on a task.
func (r *sweepRun) worker(path string, t sweep.Task, device string, replicas int) []string {
	arguments := append([]string{"sweep", "work", path}, r.arguments()...)
	arguments = append(arguments, "--index", fmt.Sprint(t.Index), "--replicas", fmt.Sprint(replicas), "--device", device)
	if r.device.Threads > 0 && !strings.HasPrefix(device, devices.CUDA) {
		arguments = append(arguments, "--threads", fmt.Sprint(r.device.Threads))
	}
	if name := r.stop.String(); name != "" {
		arguments = append(arguments, "--"+stopSignal, name)
	}
	if r.data.dir != "" {
		arguments = append(arguments, "--data", r.data.dir)
	}
	return arguments
}

// verdict is the error of the whole, from the exit codes of the tasks that were begun.
func (r *sweepRun) verdict(cmd *cobra.Command, path string, waiting int, codes []int) error {
	count := map[int]int{}
	for _, code := range codes {
		count[code]++
	}
	failed := len(codes) - count[codeDone] - count[codeStopped]
	switch {
	case cmd.Context().Err() != nil || count[codeStopped] > 0 && failed == 0:
		return fmt.Errorf("%w; go on with %s", train.ErrStopped,
			repeat(cmd, r.words("run", path), "data", "device", "threads", stopSignal, "replicas"))
	case failed > 0 && count[codeMistake] == waiting:
		return usageErrorf("all of %d tasks failed; what is wrong with them is said above", waiting)
	case failed > 0:
		return fmt.Errorf("%d of %d tasks failed; see %s", failed, waiting, message.Command(r.words("status", path)...))
	}
	return nil
}
