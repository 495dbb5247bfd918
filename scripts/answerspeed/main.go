//go:build linux

// Command answerspeed has 'ssdgm classify' answer a million rows of MNIST's images, from npy, from a pipe and from
// Parquet, without and with how usual each row is, and prints rows a second, beside what bench says of the machine
// just before and just after, and how much memory that took. It holds that the answers are the same from everywhere, to
// the byte, and that the error over the test images is that of eval.
//
//	go run ./scripts/answerspeed RUN                               an M1+M2 of MNIST; SSDGM_DATA is the folder of the data
//	go run ./scripts/answerspeed -rows 100000 -rounds 9 RUN
//	go run ./scripts/answerspeed -dir /scratch -record FILE RUN    where the 2 GB of temporary files are; all figures as JSON
//
// It exits with 1 where a rate is below what is wanted of one that scales with bench's GFLOP/s, memory is above 300 MB,
// or answers differ. train/records/answers has results.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"
)

// What is wanted: rows a second where bench's m1-b1000 has so many GFLOP/s, and memory.
const (
	gflopPerS       = 236
	rowsPerS        = 40_000
	rowsPerSOfUsual = 10_000
	mostBytes       = 300e6
)

type options struct {
	rows, rounds, threads int
	dir, record, write    string
}

func main() {
	var o options
	flag.IntVar(&o.rows, "rows", 1_000_000, "rows of the input")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each is measured")
	flag.IntVar(&o.threads, "threads", 2, "threads that compute")
	flag.StringVar(&o.dir, "dir", "", "the `folder` for temporary files")
	flag.StringVar(&o.record, "record", "", "a `file` for all figures")
	flag.StringVar(&o.write, "write", "", "write the files into this `folder` alone, as another process of this program asks")
	flag.Parse()
	if err := run(o, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "answerspeed:", err)
		os.Exit(1)
	}
}

// kind is a way to be asked.
type kind struct {
	Name  string
	input string // of the files
	pipe  bool
	usual bool
}

var kinds = []kind{
	{Name: "npy", input: rowsNPY},
	{Name: "npy, how usual", input: rowsNPY, usual: true},
	{Name: "pipe of npy", input: rowsNPY, pipe: true},
	{Name: "Parquet", input: rowsParquet},
}

// wanted is what is wanted of it.
func (k kind) wanted() float64 {
	if k.usual {
		return rowsPerSOfUsual
	}
	return rowsPerS
}

// turn is one measurement.
type turn struct {
	Kind   string  `json:"kind"`
	Rows   int     `json:"rows"`
	Rate   float64 `json:"rows_per_s"`
	Memory int64   `json:"memory_bytes"` // at most
	GFLOPS float64 `json:"gflop_per_s"`  // of bench, the mean of before and after
	// Scaled is the rate where bench has 236 GFLOP/s.
	Scaled float64 `json:"scaled_rows_per_s"`

	answers string // the file of them
}

// record is what is kept.
type record struct {
	Date    string  `json:"date"`
	Build   string  `json:"build"`
	Device  string  `json:"device"`
	Threads int     `json:"threads"`
	Error   float64 `json:"error_percent"`
	Turns   []turn  `json:"turns"`
}

// work is what a comparison has in its hands.
type work struct {
	options
	program, model, dir string
	record
}

func run(o options, args []string) error {
	if len(args) != 1 || o.rounds < 1 || o.rows < 1 {
		return errors.New("want one finished run, and at least one row and one round")
	}
	if o.write != "" {
		return write(o, args[0])
	}
	dir, err := os.MkdirTemp(o.dir, "answerspeed")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w := &work{options: o, program: filepath.Join(dir, "ssdgm"), model: args[0], dir: dir}
	w.Date, w.Threads = time.Now().UTC().Format(time.DateOnly), o.threads
	if out, err := exec.Command("go", "build", "-buildvcs=auto", "-o", w.program, "./cmd/ssdgm").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	version, err := exec.Command(w.program, "--version").Output()
	if err != nil {
		return err
	}
	w.Build = string(bytes.TrimSpace(version))
	if err := w.written(); err != nil {
		return err
	}
	if err := w.sameError(); err != nil {
		return err
	}
	if err := w.measure(); err != nil {
		return err
	}
	if err := w.keep(); err != nil {
		return err
	}
	return w.print(os.Stdout)
}

// written has a process of its own write the files: one that runs another program leaves it its own largest size, as
// the kernel counts.
func (w *work) written() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.Command(self, "-write", w.dir, "-rows", fmt.Sprint(w.rows), w.model)
	command.Stderr = os.Stderr
	return command.Run()
}

// sameError holds that classify finds the error that eval finds.
func (w *work) sameError() error {
	evaluated, err := exec.Command(w.program, "eval", w.model, "--json", "--device", "cpu").Output()
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	var e struct {
		Error float64 `json:"error_percent"`
	}
	if err := json.Unmarshal(evaluated, &e); err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	answers := filepath.Join(w.dir, "labelled.csv")
	if out, err := exec.Command(w.program, "classify", w.model, filepath.Join(w.dir, testParquet), "--usual=false",
		"--device", "cpu", "--out", answers).CombinedOutput(); err != nil {
		return fmt.Errorf("classify: %w: %s", err, out)
	}
	rows, wrong, err := mistaken(answers)
	if err != nil {
		return err
	}
	w.Error = e.Error
	found := 100 * float64(wrong) / float64(rows)
	fmt.Printf("%d of %d test images are taken for another class: %g %%; eval says %g %%\n", wrong, rows, found, e.Error)
	if found != e.Error {
		return errors.New("want the error of eval")
	}
	return nil
}

// measure measures all kinds in turns, bench between any two.
func (w *work) measure() error {
	before, err := w.bench()
	if err != nil {
		return err
	}
	for round := range w.rounds {
		for i := range kinds {
			k := kinds[(round+i)%len(kinds)]
			t, err := w.turn(k)
			if err != nil {
				return fmt.Errorf("%s: %w", k.Name, err)
			}
			after, err := w.bench()
			if err != nil {
				return err
			}
			t.GFLOPS = (before + after) / 2
			t.Scaled = t.Rate * gflopPerS / t.GFLOPS
			before = after
			w.Turns = append(w.Turns, t)
			fmt.Printf("%-16s %9.0f rows/s, %4.0f MB, bench %4.0f GFLOP/s\n", t.Kind, t.Rate, float64(t.Memory)/1e6, t.GFLOPS)
		}
	}
	return w.sameAnswers()
}

// bench is how fast the machine trains.
func (w *work) bench() (gflops float64, err error) {
	out, err := exec.Command(w.program, "bench", "--json", "--case", "m1-b1000", "--device", "cpu",
		"--threads", fmt.Sprint(w.threads)).Output()
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	var b struct {
		Setting string  `json:"setting"`
		GFLOPS  float64 `json:"gflop_per_s"`
	}
	err = json.Unmarshal(out, &b)
	w.Device = b.Setting
	return b.GFLOPS, err
}

// turn has all rows answered.
func (w *work) turn(k kind) (t turn, err error) {
	input := filepath.Join(w.dir, k.input)
	t = turn{Kind: k.Name, Rows: w.rows, answers: filepath.Join(w.dir, fmt.Sprintf("answers-%d.csv", len(w.Turns)))}
	command := exec.Command(w.program, "classify", w.model, input, "--device", "cpu", "--threads", fmt.Sprint(w.threads),
		"--out", t.answers, fmt.Sprintf("--usual=%t", k.usual))
	var said bytes.Buffer
	command.Stderr = &said
	begun := time.Now()
	if k.pipe {
		command.Args[3] = "-"
		cat := exec.Command("cat", input)
		if command.Stdin, err = cat.StdoutPipe(); err != nil {
			return t, err
		}
		if err := cat.Start(); err != nil {
			return t, err
		}
		defer func() { err = errors.Join(err, cat.Wait()) }()
	}
	if err := command.Run(); err != nil {
		return t, fmt.Errorf("%w: %s", err, &said)
	}
	t.Rate = float64(w.rows) / time.Since(begun).Seconds()
	t.Memory = mostMemory(command.ProcessState)
	return t, nil
}

// sameAnswers holds that each way to be asked gave the same answers, to the byte; those that say how usual a row is have
// a beginning of each line in common with the others.
func (w *work) sameAnswers() error {
	files := map[bool]string{}
	for i, t := range w.Turns {
		usual := kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.Name == t.Kind })].usual
		first, found := files[usual]
		if !found {
			files[usual] = t.answers
			continue
		}
		if err := equal(first, t.answers); err != nil {
			return fmt.Errorf("%s: %w", w.Turns[i].Kind, err)
		}
	}
	fmt.Println("the answers are the same from npy, a pipe and Parquet, to the byte")
	return extends(files[false], files[true])
}

// keep writes all figures.
func (w *work) keep() error {
	if w.options.record == "" {
		return nil
	}
	text, err := json.MarshalIndent(w.record, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(w.options.record, append(text, '\n'), 0o666)
}

// print prints medians, and holds that they are what is wanted.
func (w *work) print(to io.Writer) error {
	fmt.Fprintf(to, "\n%s; %s; %d rows, medians of %d rounds\n\n", w.Build, w.Device, w.rows, w.rounds)
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\trows/s\tbench, GFLOP/s\trows/s at %d GFLOP/s\twanted\tmemory at most, MB\t\n", gflopPerS)
	var faults []error
	for _, k := range kinds {
		var rates, gflops, scaled []float64
		memory := int64(0)
		for _, t := range w.Turns {
			if t.Kind == k.Name {
				rates, gflops, scaled = append(rates, t.Rate), append(gflops, t.GFLOPS), append(scaled, t.Scaled)
				memory = max(memory, t.Memory)
			}
		}
		found := median(scaled)
		fmt.Fprintf(table, "%s\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t\n",
			k.Name, median(rates), median(gflops), found, k.wanted(), float64(memory)/1e6)
		if found < k.wanted() {
			faults = append(faults, fmt.Errorf("%s: want %.0f rows/s at %d GFLOP/s, found %.0f", k.Name, k.wanted(), gflopPerS, found))
		}
		if memory > mostBytes {
			faults = append(faults, fmt.Errorf("%s: want at most %.0f MB, found %.0f", k.Name, mostBytes/1e6, float64(memory)/1e6))
		}
	}
	return errors.Join(append([]error{table.Flush()}, faults...)...)
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
