package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"ssdgm/train"
	"ssdgm/train/sweep"
)

// sweepRun trains a sweep on this machine: a worker for each device, with a process of its own for each task, so
// that nothing that ends one of them ends another.
type sweepRun struct {
	sweepFlags
	device   deviceFlags
	data     dataFlags
	replicas int
}

func newSweepRun() *cobra.Command {
	var r sweepRun
	cmd := &cobra.Command{
		Use:   "run GRID.toml --out DIR",
		Short: "Train all runs of a sweep on this machine",
		Long: "Trains all runs of a sweep on this machine: those of one architecture together, and where there are several\n" +
			"cards, a share of them on each. A run that fails does not stop the others. The same command again trains what\n" +
			"is not finished. Stopped by SIGINT or SIGTERM every run saves a checkpoint, and the exit code is 75.",
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
	return cmd
}

func (r *sweepRun) run(cmd *cobra.Command, path string) error {
	s, err := r.open(path)
	if err != nil {
		return err
	}
	if r.replicas < 0 {
		return usageErrorf("--replicas %d: want at least 1, or 0 for all that can be trained together", r.replicas)
	}
	devices, err := r.devices(cmd.Context())
	if err != nil {
		return err
	}
	replicas := r.share(s, len(devices))
	var waiting []sweep.Task
	all := s.Tasks(replicas)
	for _, t := range all {
		finished, err := s.Finished(t)
		if err != nil {
			return err
		}
		if !finished {
			waiting = append(waiting, t)
		}
	}
	fmt.Fprintf(os.Stderr, "%d runs in %d tasks, %d of them to do, on %s\n", len(s.Grid.Members), len(all), len(waiting), strings.Join(devices, ", "))
	ends := r.workAll(cmd, path, s, waiting, devices, replicas)
	if err := r.conclude(cmd.OutOrStdout(), s); err != nil {
		return err
	}
	return r.verdict(cmd.Context(), path, len(waiting), ends)
}

// devices are what this machine computes on, one for each worker.
func (r *sweepRun) devices(ctx context.Context) ([]string, error) {
	kind, _, err := r.device.parse()
	if err != nil {
		return nil, err
	}
	devices := []string{r.device.device}
	if kind == deviceCPU || strings.Contains(r.device.device, ":") {
		return devices, nil
	}
	if n := cardsHere(ctx); n > 1 {
		devices = nil
		for i := range n {
			devices = append(devices, fmt.Sprintf("%s:%d", deviceCUDA, i))
		}
	}
	return devices, nil
}

// share is how many replicas a task has at most, so that there is a task for every device.
func (r *sweepRun) share(s *sweep.Sweep, devices int) int {
	if r.replicas > 0 {
		return r.replicas
	}
	most := 0
	for _, members := range s.Architectures() {
		most = max(most, len(members))
	}
	return (most + devices - 1) / devices
}

// workAll gives every task to the next free device and returns the exit codes of those that were begun.
func (r *sweepRun) workAll(cmd *cobra.Command, path string, s *sweep.Sweep, waiting []sweep.Task, devices []string, replicas int) []int {
	queue := make(chan sweep.Task, len(waiting))
	for _, t := range waiting {
		queue <- t
	}
	close(queue)
	var (
		workers sync.WaitGroup
		mutex   sync.Mutex
		codes   []int
	)
	for _, device := range devices {
		said := io.Writer(os.Stderr)
		if len(devices) > 1 {
			said = &labelled{label: device + ": ", mutex: &mutex, to: os.Stderr}
		}
		workers.Go(func() {
			for t := range queue {
				if cmd.Context().Err() != nil {
					return
				}
				code, err := r.work(cmd.Context(), path, s, t, device, replicas, said)
				mutex.Lock()
				tellError(os.Stderr, err)
				codes = append(codes, code)
				mutex.Unlock()
			}
		})
	}
	workers.Wait()
	return codes
}

// work has a process train a task and returns its exit code; the error is what it could not say itself.
func (r *sweepRun) work(ctx context.Context, path string, s *sweep.Sweep, t sweep.Task, device string, replicas int, said io.Writer) (int, error) {
	program, err := os.Executable()
	if err != nil {
		return codeFailed, err
	}
	arguments := append([]string{"sweep", "work", path}, r.arguments()...)
	arguments = append(arguments, "--index", fmt.Sprint(t.Index), "--replicas", fmt.Sprint(replicas), "--device", device)
	if r.device.threads > 0 {
		arguments = append(arguments, "--threads", fmt.Sprint(r.device.threads))
	}
	if r.data.dir != "" {
		arguments = append(arguments, "--data", r.data.dir)
	}
	command := exec.CommandContext(ctx, program, arguments...)
	command.Stdout, command.Stderr = said, said
	command.Cancel = func() error {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			return command.Process.Kill() // There is no such request on this system; checkpoints are there.
		}
		return nil
	}
	err = command.Run()
	var ended *exec.ExitError
	switch {
	case command.ProcessState == nil:
		return codeFailed, fmt.Errorf("task %d: %w", t.Index, err)
	case errors.As(err, &ended) && !ended.Exited() && ctx.Err() == nil:
		return codeFailed, r.killed(s, t, ended)
	}
	return command.ProcessState.ExitCode(), nil
}

// killed notes that a worker was ended before it could say so.
func (r *sweepRun) killed(s *sweep.Sweep, t sweep.Task, ended *exec.ExitError) error {
	err := fmt.Errorf("task %d, %s: its worker was ended from outside: %w", t.Index, t.Name, ended)
	return errors.Join(err, s.Fail(t, "its worker was ended from outside: "+ended.Error()))
}

// conclude prints where the runs stand and the table of what there is.
func (r *sweepRun) conclude(w io.Writer, s *sweep.Sweep) error {
	cells, notes, err := s.Collect()
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(os.Stderr, note)
	}
	if sweep.Missing(cells) == len(s.Grid.Members) {
		return nil
	}
	return writeCells(w, "table", cells)
}

// verdict is the error of the whole, from the exit codes of the tasks that were begun.
func (r *sweepRun) verdict(ctx context.Context, path string, waiting int, codes []int) error {
	count := map[int]int{}
	for _, code := range codes {
		count[code]++
	}
	failed := len(codes) - count[codeDone] - count[codeStopped]
	switch {
	case ctx.Err() != nil || count[codeStopped] > 0 && failed == 0:
		return fmt.Errorf("%w; go on with '%s'", train.ErrStopped, r.again("run", path))
	case failed > 0 && count[codeMistake] == waiting:
		return usageErrorf("all of %d tasks failed; what is wrong with them is said above", waiting)
	case failed > 0:
		return fmt.Errorf("%d of %d tasks failed; see '%s'", failed, waiting, r.again("status", path))
	}
	return nil
}

// labelled puts a label before every line, which it passes on whole.
type labelled struct {
	label string
	mutex *sync.Mutex
	to    io.Writer
	rest  []byte
}

func (l *labelled) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.rest = append(l.rest, p...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 {
			return len(p), nil
		}
		if _, err := fmt.Fprintf(l.to, "%s%s", l.label, l.rest[:end+1]); err != nil {
			return 0, err
		}
		l.rest = l.rest[end+1:]
	}
}
