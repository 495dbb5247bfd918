// Command rowstest trains M1 on a sparse table that memory is not to hold: it writes the table, as
// scipy.sparse.save_npz does without compression, has ssdgm train on it from a file of rows, and prints how much memory
// that took until the last step, and the share of the time that it waited for examples. Of a table of a twentieth of
// the rows it holds that the parameters and the metrics are those of training from memory, to the bit.
//
//	go run ./scripts/rowstest                      200,000 rows of 5,000 columns, 95 % zeros: 1 GB of temporary files
//	go run ./scripts/rowstest -rows 20000
//	go run ./scripts/rowstest -dir /scratch        where the temporary files are
//
// It exits with 1 where memory is above 1 GB, waiting above 5 % or a bit differs. README.md here has results.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// What is wanted of the process.
const (
	mostBytes   = 1 << 30
	mostWaiting = 0.05
)

type options struct {
	rows, columns, steps, batch int
	zeros                       float64
	dir                         string
}

func main() {
	var o options
	flag.IntVar(&o.rows, "rows", 200_000, "rows of the table")
	flag.IntVar(&o.columns, "columns", 5000, "columns of it")
	flag.Float64Var(&o.zeros, "zeros", 0.95, "the share of its values that is 0")
	flag.IntVar(&o.steps, "steps", 500, "training steps")
	flag.IntVar(&o.batch, "batch", 500, "rows of a minibatch")
	flag.StringVar(&o.dir, "dir", "", "the `folder` for temporary files")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "rowstest:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	work, err := os.MkdirTemp(o.dir, "rowstest")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	program := filepath.Join(work, "ssdgm")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/ssdgm").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	table := filepath.Join(work, "table.npz")
	if err := write(table, o); err != nil {
		return err
	}
	found, err := train(program, table, filepath.Join(work, "run"), "disk", o)
	if err != nil {
		return err
	}
	share := found.Waiting / found.Seconds
	fmt.Printf("%d rows of %d columns, %g %% zeros: %s\n", o.rows, o.columns, 100*o.zeros, found.device)
	fmt.Printf("%d steps of %d rows in %.1f s, %.0f rows/s; %.1f s in all\n",
		o.steps, o.batch, found.Seconds, found.Rate, found.all.Seconds())
	fmt.Printf("memory %d MB; waited %.2f s, %.2f %%\n", found.Memory>>20, found.Waiting, 100*share)
	if found.Memory > mostBytes || share > mostWaiting {
		return fmt.Errorf("want at most %d MB and %g %%", mostBytes>>20, 100*mostWaiting)
	}
	return compare(program, work, o)
}

// compare holds that a smaller table trains to the same bits from a file and from memory.
func compare(program, work string, o options) error {
	o.rows, o.steps = max(o.batch, o.rows/20), 50
	table := filepath.Join(work, "small.npz")
	if err := write(table, o); err != nil {
		return err
	}
	var results [2][]byte
	for i, storage := range []string{"disk", "memory"} {
		dir := filepath.Join(work, storage)
		if _, err := train(program, table, dir, storage, o); err != nil {
			return err
		}
		model, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
		metrics, errMetrics := os.ReadFile(filepath.Join(dir, "metrics.jsonl"))
		if err := errors.Join(err, errMetrics); err != nil {
			return err
		}
		// The header has the configuration, which says where the values were.
		results[i] = append(model[8+binary.LittleEndian.Uint64(model):], metrics...)
	}
	if !bytes.Equal(results[0], results[1]) {
		return fmt.Errorf("%d rows: the parameters or the metrics differ from those of training from memory", o.rows)
	}
	fmt.Printf("%d rows: the parameters and the metrics are those of training from memory, to the bit\n", o.rows)
	return nil
}

// timing is what timing.jsonl says last.
type timing struct {
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"examples_per_s"`
	Memory  int64   `json:"memory_bytes"`
	Waiting float64 `json:"waiting_seconds"`

	device string
	all    time.Duration
}

// train trains M1 on a table.
func train(program, table, dir, storage string, o options) (last timing, err error) {
	begun := time.Now()
	command := exec.Command(program, "train", "--out", dir)
	for _, set := range []string{
		"model=m1", "yardstick=false", "data.name=table", "data.path=" + table, "data.label_column=none", "data.labels=0",
		fmt.Sprintf("data.validation=%d", o.rows/100), "data.test=0", "data.storage=" + storage,
		"m1.output=auto", "m1.hidden=[200]", "m1.latents=20",
		fmt.Sprintf("m1.train.batch_size=%d", o.batch), fmt.Sprintf("m1.train.steps=%d", o.steps), "m1.train.log_every=50",
		"m1.train.validate_every=250", "m1.train.optimiser.rate=1e-4",
	} {
		command.Args = append(command.Args, "--set", set)
	}
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return last, fmt.Errorf("train from %s: %w", storage, err)
	}
	file, err := os.Open(filepath.Join(dir, "timing.jsonl"))
	if err != nil {
		return last, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			return last, err
		}
	}
	var summary struct {
		Device string `json:"device"`
	}
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err == nil {
		err = json.Unmarshal(text, &summary)
	}
	last.device, last.all = summary.Device, time.Since(begun)
	return last, errors.Join(err, lines.Err())
}
