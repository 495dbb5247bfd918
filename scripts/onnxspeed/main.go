// Command onnxspeed compares how fast a model classifies here and where onnxruntime runs its classifier.onnx, on the same
// rows, in turns: medians over rounds, and the median of each round's ratio. Before that it holds that both give the
// same probabilities. Of images either begins with their bytes.
//
//	go run ./scripts/onnxspeed -python PYTHON RUN
//	go run ./scripts/onnxspeed -python PYTHON -threads 2 -rounds 15 -batches 1,64,1000 RUN
//
// PYTHON has onnxruntime and NumPy. The rows are those that 'ssdgm eval RUN' judges the model by; SSDGM_DATA is the
// folder of the data. Compare on a quiet machine.
package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/model/trained"
	"ssdgm/train"
)

//go:embed onnxruntime_classify.py
var program []byte

type options struct {
	python, batches  string
	threads, rounds  int
	seconds          float64
	batchSizes       []int
	rest             time.Duration // between two measurements: onnxruntime's threads spin for a while
	differenceAtMost float64       // of two probabilities
}

func main() {
	o := options{rest: 50 * time.Millisecond, differenceAtMost: 1e-5}
	flag.StringVar(&o.python, "python", "python3", "a `program` that has onnxruntime and NumPy")
	flag.StringVar(&o.batches, "batches", "1,8,64,1000", "rows of a call")
	flag.IntVar(&o.threads, "threads", 2, "threads of either")
	flag.IntVar(&o.rounds, "rounds", 15, "how often each is measured")
	flag.Float64Var(&o.seconds, "seconds", 0.3, "how long each time")
	flag.Parse()
	if err := o.compare(context.Background(), os.Stdout, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "onnxspeed:", err)
		os.Exit(1)
	}
}

// side is one of the two that are compared.
type side interface {
	// answers gives the probabilities of all rows.
	answers() ([]float32, error)
	// rate classifies so many rows a call for some seconds, and gives the rows in a second.
	rate(batch int, seconds float64) (float64, error)
}

func (o options) compare(ctx context.Context, w io.Writer, args []string) error {
	for _, word := range strings.Split(o.batches, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return fmt.Errorf("-batches %s: want numbers from 1 on", o.batches)
		}
		o.batchSizes = append(o.batchSizes, n)
	}
	if len(args) != 1 || o.rounds < 1 {
		return errors.New("want one finished run, and at least one round")
	}
	ours, err := open(ctx, args[0], o.threads)
	if err != nil {
		return err
	}
	defer ours.model.Close()
	theirs, err := o.start(ours)
	if err != nil {
		return err
	}
	defer theirs.close()
	if err := o.agree(w, ours, theirs); err != nil {
		return err
	}
	return o.rounded(w, ours, theirs)
}

// agree holds that both give the same answers.
func (o options) agree(w io.Writer, ours, theirs side) error {
	a, err := ours.answers()
	if err != nil {
		return err
	}
	b, err := theirs.answers()
	if err != nil {
		return err
	}
	if len(a) != len(b) {
		return fmt.Errorf("want %d probabilities, found %d", len(a), len(b))
	}
	worst := 0.0
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i])-float64(b[i])))
	}
	fmt.Fprintf(w, "%d probabilities differ by %.2g at most\n\n", len(a), worst)
	if !(worst <= o.differenceAtMost) {
		return fmt.Errorf("want probabilities that differ by at most %g", o.differenceAtMost)
	}
	return nil
}

// rounded measures in turns, the one that is first changing, and prints the medians.
func (o options) rounded(w io.Writer, ours, theirs side) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "rows a call\tours, rows/s\tonnxruntime, rows/s\tratio\tits quartiles\t\n")
	for _, batch := range o.batchSizes {
		var rates [2][]float64
		var ratios []float64
		for round := range o.rounds {
			for i := range 2 {
				which := (round + i) % 2
				time.Sleep(o.rest)
				rate, err := []side{ours, theirs}[which].rate(batch, o.seconds)
				if err != nil {
					return err
				}
				rates[which] = append(rates[which], rate)
			}
			ratios = append(ratios, rates[0][round]/rates[1][round])
		}
		fmt.Fprintf(table, "%d\t%.0f\t%.0f\t%.2f\t%.2f–%.2f\t\n", batch, quantile(rates[0], 0.5), quantile(rates[1], 0.5),
			quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75))
	}
	return table.Flush()
}

func quantile(x []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return s[int(q*float64(len(s)-1)+0.5)]
}

// here is the model applied by this program.
type here struct {
	ctx   context.Context
	model *trained.Applied
	rows  *trained.Set
	x     []float32 // of a call
}

func open(ctx context.Context, path string, threads int) (*here, error) {
	device := func() (engine.Device, error) { return cpu.New(cpu.Options{Replicas: 1, Threads: threads}) }
	settings := []string{}
	if dir := os.Getenv("SSDGM_DATA"); dir != "" {
		settings = append(settings, fmt.Sprintf("data.dir=%q", dir))
	}
	m, err := trained.Open(path, trained.OpenDevice(device), trained.Settings(settings...))
	if err != nil {
		return nil, err
	}
	training, test, err := train.Parts(m.Config)
	if err != nil {
		return nil, err
	}
	note := func(line string) { fmt.Fprintln(os.Stderr, line) }
	examples, err := train.Judging(m.Config, training, test, note)
	if err != nil {
		return nil, err
	}
	h := &here{ctx: ctx, rows: train.ExamplesOf(examples.Set, examples.Split)}
	if h.rows.Bytes == nil && h.rows.Floats == nil {
		return nil, errors.New("want rows that are in memory")
	}
	h.model, err = m.Apply()
	return h, err
}

// classify classifies rows from first up to end. The bytes of images become numbers here, as they do in the network.
func (h *here) classify(first, end int) ([]float32, error) {
	d := h.rows.Inputs
	if h.rows.Bytes == nil {
		return h.model.Classify(h.ctx, h.rows.Floats[first*d:end*d])
	}
	h.x = h.x[:0]
	for _, b := range h.rows.Bytes[first*d : end*d] {
		h.x = append(h.x, float32(b)/255)
	}
	return h.model.Classify(h.ctx, h.x)
}

func (h *here) answers() ([]float32, error) { return h.classify(0, h.rows.N) }

func (h *here) rate(batch int, seconds float64) (float64, error) {
	batch = min(batch, h.rows.N)
	start, done, first := time.Now(), 0, 0
	for time.Since(start).Seconds() < seconds {
		if _, err := h.classify(first, first+batch); err != nil {
			return 0, err
		}
		done += batch
		if first += batch; first+batch > h.rows.N {
			first = 0
		}
	}
	return float64(done) / time.Since(start).Seconds(), nil
}

// there is onnxruntime, in a program of its own.
type there struct {
	command *exec.Cmd
	to      io.WriteCloser
	from    *bufio.Scanner
	dir     string
}

func (o options) start(h *here) (t *there, err error) {
	t = &there{}
	if t.dir, err = os.MkdirTemp("", "onnxspeed"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(t.dir)
		}
	}()
	networks := h.model.Model().ONNX()
	at := slices.IndexFunc(networks, func(n trained.Network) bool { return n.Name == "classifier" })
	if at < 0 {
		return nil, errors.New("want a model with a classifier")
	}
	rows := h.rows.Bytes
	for _, v := range h.rows.Floats {
		rows = binary.LittleEndian.AppendUint32(rows, math.Float32bits(v))
	}
	var paths []string
	for name, content := range map[string][]byte{"classifier.onnx": networks[at].File, "rows": rows, "classify.py": program} {
		if err := os.WriteFile(filepath.Join(t.dir, name), content, 0o666); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"classify.py", "classifier.onnx", "rows"} {
		paths = append(paths, filepath.Join(t.dir, name))
	}
	t.command = exec.Command(o.python, append(paths, strconv.Itoa(o.threads))...)
	t.command.Stderr = os.Stderr
	if t.to, err = t.command.StdinPipe(); err != nil {
		return nil, err
	}
	from, err := t.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := t.command.Start(); err != nil {
		return nil, err
	}
	if t.from = bufio.NewScanner(from); !t.from.Scan() || t.from.Text() != "READY" {
		return nil, fmt.Errorf("%s: want READY, found %q", o.python, t.from.Text())
	}
	return t, nil
}

func (t *there) ask(line string) (rate float64, err error) {
	if _, err := fmt.Fprintln(t.to, line); err != nil {
		return 0, err
	}
	if !t.from.Scan() {
		return 0, fmt.Errorf("%s: no answer", t.command.Path)
	}
	var answer struct {
		Rate float64 `json:"rows_per_s"`
	}
	err = json.Unmarshal(t.from.Bytes(), &answer)
	return answer.Rate, err
}

func (t *there) answers() ([]float32, error) {
	path := filepath.Join(t.dir, "probabilities")
	if _, err := t.ask("answers " + path); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := make([]float32, len(content)/4)
	for i := range p {
		p[i] = math.Float32frombits(binary.LittleEndian.Uint32(content[4*i:]))
	}
	return p, nil
}

func (t *there) rate(batch int, seconds float64) (float64, error) {
	return t.ask(fmt.Sprintf("%d %g", batch, seconds))
}

func (t *there) close() {
	_ = t.to.Close()
	_ = t.command.Wait() // it has answered; how it ends does not matter
	_ = os.RemoveAll(t.dir)
}
