package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/model/trained/server"
	"ssdgm/train/answers/apply"
	"ssdgm/train/pictures"
)

func newServe() *cobra.Command {
	c := serveCommand{o: server.Defaults()}
	cmd := &cobra.Command{
		Use:   "serve RUN|FILE...",
		Short: "Answer HTTP requests with a trained model",
		Long: "Answers HTTP requests with a trained model, or with the mean of several, until it is asked to stop: plain JSON at\n" +
			"/v1/classify, /v1/encode, /v1/generate and /v1/model; the open inference protocol, version 2, as KServe and Triton\n" +
			"speak it, below /v2, of the models classifier, encoder and generator; /healthz, /readyz and Prometheus' /metrics.\n" +
			"There is no authentication: it listens to this machine alone unless --listen says otherwise. A request beyond the\n" +
			"queue gets 503 and Retry-After. SIGTERM has it answer what it has accepted and exit with 0.",
		Args: arguments(1, math.MaxInt),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&c.listen, "listen", "127.0.0.1:8080", "`address` to listen to; port 0 takes a free one")
	f.IntVar(&c.workers, "workers", 0, "how `many` batches are computed at once; the threads are divided among them (default: one per 4 threads, of a card 1)")
	f.BoolVar(&c.usual, "usual", true, "tell how usual each example is, which takes most of the time")
	c.o.AddFlags(f)
	c.device.add(cmd)
	c.config.addOnly(cmd, "precision", "matmul")
	addStopSignal(cmd)
	return cmd
}

type serveCommand struct {
	listen  string
	workers int
	usual   bool
	o       server.Options
	device  deviceFlags
	config  configFlags
}

func (c *serveCommand) run(cmd *cobra.Command, paths []string) (err error) {
	c.o.NoUsual, c.o.Version, c.o.Note = !c.usual, version(), note
	if err := c.o.Check(); err != nil {
		return usageError{err}
	}
	members, err := c.members(paths)
	if err != nil {
		return err
	}
	defer stoppable(cmd)()
	workers, release, err := c.apply(cmd.Context(), members)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	m := members[0].Model
	c.o.Picture, c.o.Draw = pictures.Reading(m), pictures.Drawing(m)
	s, err := server.New(c.o, members, workers...)
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := server.Listen(c.listen, note)
	if err != nil {
		return err
	}
	note(fmt.Sprintf("serving %s on http://%s", strings.Join(paths, ", "), l.Addr()))
	err = s.Serve(cmd.Context(), l)
	note("stopped: " + s.Told())
	return err
}

// members opens the models of runs, or of a folder of several.
func (c *serveCommand) members(paths []string) (all []trained.Member, err error) {
	for _, path := range paths {
		err := each(path, func(name, path string) error {
			m, err := openTrained(path, &c.config, noteOf(name))
			if err != nil {
				return err
			}
			if line := apply.Lacks(path, m, c.usual); line != "" {
				noteOf(cmp.Or(name, path))(line)
			}
			all = append(all, trained.Member{Name: path, Model: m})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// apply opens a device for each worker. Those of the CPU divide its threads.
func (c *serveCommand) apply(ctx context.Context, members []trained.Member) ([]trained.Classifier, func() error, error) {
	workers, err := c.device.Divide(ctx, c.workers)
	if err != nil {
		return nil, nil, err
	}
	return server.Apply(members, workers, func() (engine.Device, error) {
		return c.device.open(ctx, arithmeticOf(members[0].Model.Config))
	})
}
