package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"ssdgm/configs"
	"ssdgm/engine/cpu"
	"ssdgm/train"
	"ssdgm/train/run"
)

type printer struct{ start time.Time }

func (p printer) Phase(name string, step, steps int) { fmt.Println("phase", name, step, steps) }
func (p printer) Step(int)                           {}
func (p printer) Note(s string)                      { fmt.Println(s) }
func (p printer) Metrics(m train.Metrics) {
	b, _ := json.Marshal(m)
	fmt.Printf("%.1fs %s\n", time.Since(p.start).Seconds(), b)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	cfg, _, err := configs.Load(os.Args[1], os.Args[3:])
	must(err)
	dev, err := cpu.New(cpu.Options{Replicas: 1, Threads: 2})
	must(err)
	r, err := run.Open(os.Args[2], cfg.TOML(), run.Options{Phases: cfg.Phases(), Keep: 2})
	must(err)
	tr, te, err := train.Parts(cfg)
	must(err)
	t0 := time.Now()
	t, err := train.Run(context.Background(), train.Options{Config: cfg, Run: r, Device: dev, Train: tr, Observer: printer{t0}})
	must(err)
	set, err := te.Load()
	must(err)
	e, err := train.Evaluate(dev, t, set, "test")
	must(err)
	b, _ := json.Marshal(e)
	fmt.Println(string(b), time.Since(t0), train.PeakMemory()>>20)
}
