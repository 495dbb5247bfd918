package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"sync"

	"ssdgm/engine/counting"
	"ssdgm/engine/cuda"
	"ssdgm/kernels"
	"ssdgm/kernels/predict"
	"ssdgm/train"
	"ssdgm/train/report"
)

// foretoldSteps are those of the record, each by itself.
var foretoldSteps = sync.OnceValues(func() ([]predict.Measured, error) { return predict.ReadSteps(h200Dir) })

// groups of steps, by how much of them the model's constants were fitted to.
var groups = []struct {
	title string
	has   func(m *predict.Measured) bool
}{
	{"fp32, all: constants were fitted to them", func(m *predict.Measured) bool { return m.Precision == "fp32" }},
	{"of these the products, Dense and DenseGrad", func(m *predict.Measured) bool {
		return m.Precision == "fp32" && isProduct(m)
	}},
	{"tf32, m1-b1000: three constants were fitted to its products", func(m *predict.Measured) bool {
		return m.Precision == "tf32" && m.Case == "m1-b1000"
	}},
	{"tf32, m2-100-500: nothing was fitted to it", func(m *predict.Measured) bool {
		return m.Precision == "tf32" && m.Case == "m2-100-500"
	}},
	{"of these the products", func(m *predict.Measured) bool {
		return m.Precision == "tf32" && m.Case == "m2-100-500" && isProduct(m)
	}},
}

func isProduct(m *predict.Measured) bool { return m.Step == "Dense" || m.Step == "DenseGrad" }

// foretoldFigures says how near the model comes.
func foretoldFigures(w io.Writer) error {
	steps, err := foretoldSteps()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "| steps of the contract | times | median error | within %.0f %% |\n", 100*predict.Near)
	fmt.Fprintln(w, "|---|---|---|---|")
	for _, g := range groups {
		own := slices.DeleteFunc(slices.Clone(steps), func(m predict.Measured) bool { return !g.has(&m) })
		median, share := predict.Spread(&predict.H200, own)
		fmt.Fprintf(w, "| %s | %d | %.1f %% | %.0f %% |\n", g.title, len(own), 100*median, 100*share)
	}
	return nil
}

// foretoldKinds has a line for each step of the contract.
func foretoldKinds(w io.Writer) error {
	steps, err := foretoldSteps()
	if err != nil {
		return err
	}
	kinds := map[string][]predict.Measured{}
	for _, m := range steps {
		kinds[m.Step] = append(kinds[m.Step], m)
	}
	fmt.Fprintln(w, "| step | times | median error | furthest off | measured, µs | foretold, µs | |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		own := kinds[kind]
		median, _ := predict.Spread(&predict.H200, own)
		far := slices.MaxFunc(own, func(a, b predict.Measured) int {
			return cmp.Compare(math.Abs(a.Off(&predict.H200)), math.Abs(b.Off(&predict.H200)))
		})
		fmt.Fprintf(w, "| %s | %d | %.0f %% | %s %s %s | %.2f | %.2f | %s |\n", kind, len(own), 100*median,
			far.Case, far.Precision, far.Shape, far.Time, predict.H200.Program(far.Nodes), percent(far.Off(&predict.H200)))
	}
	return nil
}

func percent(off float64) string { return fmt.Sprintf("%+.0f %%", 100*off) }

// foretoldRows is every step, for foretold.txt.
func foretoldRows(w io.Writer) error {
	steps, err := foretoldSteps()
	if err != nil {
		return err
	}
	table := [][]string{{"case", "precision", "step", "shape", "measured, µs", "foretold, µs", "off"}}
	for _, m := range steps {
		table = append(table, []string{
			m.Case, m.Precision, m.Step, m.Shape, fmt.Sprintf("%.2f", m.Time),
			fmt.Sprintf("%.2f", predict.H200.Program(m.Nodes)), percent(m.Off(&predict.H200)),
		})
	}
	return report.Aligned(w, table)
}

// foretoldPrograms are whole training steps of the record's version.
func foretoldPrograms(w io.Writer) error {
	cases, err := predict.ReadLaunches(h200Dir)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "| ms a step | | nodes | measured | foretold | off |\n|---|---|---|---|---|---|")
	for _, c := range cases {
		time := predict.H200.Program(inOrder(c.Program))
		found, err := h200Measured(c.Case, c.Precision)
		if err != nil {
			return err
		}
		measured, off := "–", "–"
		if found > 0 {
			measured, off = milliseconds(found/1e3), percent(time/found-1)
		}
		fmt.Fprintf(w, "| %s | %s | %d | %s | %s | %s |\n",
			c.Case, c.Precision, len(c.Program), measured, milliseconds(time/1e3), off)
	}
	return nil
}

// foretoldNow are whole training steps of one replica and of this version: what their critical path is made of.
func foretoldNow(w io.Writer) error {
	fmt.Fprintln(w, "| step now | | ms | on the path: products | and all else | aside |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	card := kernels.Card{Multiprocessors: predict.H200.Multiprocessors, Replicas: 1}
	for _, name := range train.StepNames(card.Replicas) {
		step, err := train.NewStep(counting.New(card.Replicas), name)
		if err != nil {
			return err
		}
		for precision, word := range cuda.Precisions {
			nodes := cuda.Nodes(step.Steps, card, kernels.Precision(precision))
			var products, rest, aside parcel
			total, path := predict.H200.Path(nodes)
			for i, n := range nodes {
				switch {
				case !path[i]:
					aside.add(n)
				case len(n.Shares) > 0:
					products.add(n)
				default:
					rest.add(n)
				}
			}
			fmt.Fprintf(w, "| %s | %s | %s | %v | %v | %v |\n",
				name, word, milliseconds(total/1e3), products, rest, aside)
		}
	}
	return nil
}

// parcel is some nodes of a program.
type parcel struct {
	nodes int
	time  float64 // µs
}

func (p *parcel) add(n predict.Node) { p.nodes, p.time = p.nodes+1, p.time+predict.H200.Node(n) }

func (p parcel) String() string { return fmt.Sprintf("%d: %.0f µs", p.nodes, p.time) }

// inOrder are nodes one after another: the record's version has no branches.
func inOrder(nodes []predict.Node) []predict.Node {
	all := slices.Clone(nodes)
	for i := range all {
		all[i].Lane, all[i].After = 0, nil
	}
	return all
}

// h200Measured is a training step's time in µs, 0 where it was not measured. That of the joint model was by 'bench
// --parts' alone.
func h200Measured(name, precision string) (float64, error) {
	if slices.Contains(cardCases, name) {
		var graphs check
		if err := readJSON(filepath.Join(h200Dir, "second/steps-with-torch-graphs.json"), &graphs); err != nil {
			return 0, err
		}
		found, err := graphs.step(name, precision, "ours", "own")
		return 1e3 * found.MedianMS, err
	}
	measured, err := predict.ReadParts(h200Dir, precision)
	for _, m := range measured {
		if m.Case == name {
			return 1e3 * m.MedianMS, err
		}
	}
	return 0, err
}
