//go:build unix

package experiment

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/cpu"
)

// processorTime is a clock that other programs do not hurry.
func processorTime() time.Time {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // It fails for other arguments alone.
	return time.Unix(0, used.Utime.Nano()+used.Stime.Nano())
}

// TestTrialsTellTheTime trains rows of the paper's table on MNIST, shortened where they are long, after and before
// trials of them: what these tell is right within a third. It takes minutes of an idle machine:
//
//	SSDGM_TRIALS=1 SSDGM_DATA=... go test ./train/experiment -run TestTrialsTellTheTime -v -timeout 60m
//
// By the processor's time it can be held beside other programs; what passed meanwhile is told.
func TestTrialsTellTheTime(t *testing.T) {
	data := os.Getenv("SSDGM_DATA")
	if n, _ := strconv.Atoi(os.Getenv("SSDGM_TRIALS")); n < 1 || data == "" {
		t.Skip("SSDGM_TRIALS=1 and SSDGM_DATA ask for it")
	}
	lab := newLab(t)
	open := func(replicas int) (engine.Device, error) { return cpu.New(cpu.Options{Replicas: replicas}) }
	lab.Open = func(context.Context, *configs.Config) (Device, error) {
		dev, err := open(1)
		return Device{Device: dev, More: open, Threads: cpu.DefaultThreads()}, err
	}
	for _, row := range []struct {
		name, config string
		sets         []string
	}{
		{"m1", "mnist-m1m2-100", []string{"model=m1", "data.labels=0", "m1.keep_above=0.1", "joint.steps=0", "m1.train.epochs=3"}},
		{"m1m2", "mnist-m1m2-100", []string{"m1.train.epochs=5", "m2.train.steps=1000", "joint.steps=1000", "m1.keep_above=0.3"}},
		{"m2", "mnist-m2-100", []string{"m2.train.steps=700"}},
		{"m1knn", "mnist-m1knn", []string{"m1.train.epochs=2", "m1.keep_above=0.05"}},
		{"m1tsvm", "mnist-m1tsvm", []string{"m1.train.epochs=2", "m1.keep_above=0.05", "tsvm.unlabelled=10000"}},
		{"nn", "mnist-nn", nil},
		{"cnn", "mnist-cnn", nil},
		{"knn", "mnist-knn", nil},
		{"tsvm", "mnist-tsvm", []string{"tsvm.unlabelled=4000"}},
	} {
		t.Run(row.name, func(t *testing.T) { tellsTheTime(t, lab, row.config+".toml", append(row.sets, "data.dir="+data)) })
	}
}

// tellsTheTime holds what a trial tells against the whole run.
func tellsTheTime(t *testing.T, lab *Lab, path string, sets []string) {
	c, _, err := configs.Load(path, sets)
	if err != nil {
		t.Fatal(err)
	}
	members := []configs.Member{{Config: c}}
	said := func(now func() time.Time) float64 {
		trial, err := lab.trial(t.Context(), members, now)
		if err != nil {
			t.Fatal(err)
		}
		return trial.Predict(c).Seconds()
	}
	processor, passed := said(processorTime), said(time.Now)
	used, began := processorTime(), time.Now()
	all, err := lab.Run(t.Context(), t.Context(), filepath.Join(t.TempDir(), "run"), members, "the same command")
	if err != nil || all[0].Fault != nil {
		t.Fatal(err, all)
	}
	took, wall := processorTime().Sub(used).Seconds(), time.Since(began).Seconds()
	t.Logf("processor: said %.1f s, took %.1f s, %.2f; passed: said %.1f s, took %.1f s, %.2f",
		processor, took, processor/took, passed, wall, passed/wall)
	if ratio := processor / took; ratio < 2.0/3 || ratio > 4.0/3 {
		t.Errorf("want what was said within a third, found %.2f of it", ratio)
	}
}
