// Command comparebits trains the same short configurations with two builds of ssdgm and compares every number that
// they come to, to the bit. scripts/compare-bits builds the two and calls it:
//
//	go run ./scripts/comparebits [--cuda] [--level LEVEL]... [--only TEXT] BASE PRESENT RUNS
//
// BASE and PRESENT are folders that hold the program ssdgm, and with --cuda the stand-in driver in standin. The runs go
// to the folder RUNS.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ssdgm/engine/cpu/simd"
)

//go:embed base.toml
var baseTOML []byte

func main() {
	same, err := run(os.Stdout, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare-bits:", err)
		os.Exit(2)
	}
	if !same {
		os.Exit(1)
	}
}

// run carries out the command and tells whether everything is the same.
func run(w io.Writer, arguments []string) (same bool, err error) {
	flags := flag.NewFlagSet("comparebits", flag.ContinueOnError)
	cuda := flags.Bool("cuda", false, "the CUDA build on the stand-in driver instead of the CPU")
	only := flags.String("only", "", "cases whose name holds this `text`")
	var levels []string
	flags.Func("level", "instruction `set`: portable, avx2 or avx512; can be given more than once", func(name string) error {
		level, err := simd.ParseLevel(name)
		if err == nil && level > simd.Best() {
			err = fmt.Errorf("this processor has no %s", name)
		}
		levels = append(levels, name)
		return err
	})
	if err := flags.Parse(arguments); err != nil {
		return false, err
	}
	if flags.NArg() != 3 {
		return false, fmt.Errorf("want the folders BASE, PRESENT and RUNS, found %q", flags.Args())
	}
	if len(levels) == 0 {
		for level := simd.Best(); level >= simd.Portable; level-- {
			levels = append(levels, level.String())
		}
	}
	if *cuda {
		levels = []string{"cuda"}
	}
	c := &comparison{w: w, cases: chosen(*cuda, *only)}
	if len(c.cases) == 0 {
		return false, fmt.Errorf("--only %s: no case has such a name", *only)
	}
	base, present, runs := flags.Arg(0), flags.Arg(1), flags.Arg(2)
	if c.config, err = writeBase(runs); err != nil {
		return false, err
	}
	began := time.Now()
	for _, level := range levels {
		c.level = level
		c.base, c.present = newProgram(base, level), newProgram(present, level)
		c.dir = filepath.Join(runs, level)
		c.compareAll()
	}
	fmt.Fprintf(w, "%d compared with %s: %d same, %d DIFFER; %.0f s\n", c.all, strings.Join(levels, ", "), c.all-c.differing, c.differing, time.Since(began).Seconds())
	return c.differing == 0, nil
}

// dataVariable names the folder with the data sets, as it does for ssdgm.
const dataVariable = "SSDGM_DATA"

// chosen are the cases to compare, and those whose M1 they take.
func chosen(cuda bool, only string) (cases []testCase) {
	_, err := os.Stat(filepath.Join(os.Getenv(dataVariable), "mnist"))
	mnist := os.Getenv(dataVariable) != "" && err == nil
	needed := map[string]bool{}
	for _, c := range testCases {
		if strings.Contains(c.name, only) {
			needed[c.name], needed[c.from] = true, true
		}
	}
	for _, c := range testCases {
		if cuda && (c.large || c.host) || !needed[c.name] {
			continue
		}
		if cuda {
			c.sets = slices.Concat(tiny, c.sets)
			if len(c.stops) > 0 {
				c.sets = append(c.sets, brief...)
			}
		}
		if c.large && mnist {
			c.sets = append(slices.Clone(c.sets), "data.name=mnist")
		}
		cases = append(cases, c)
	}
	return cases
}

// writeBase puts the configuration that all cases change where both programs find it.
func writeBase(runs string) (path string, err error) {
	if err := os.MkdirAll(runs, 0o777); err != nil {
		return "", err
	}
	if path, err = filepath.Abs(filepath.Join(runs, "base.toml")); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, baseTOML, 0o666)
}

// newProgram is the program in a folder, on an instruction set or "cuda".
func newProgram(dir, level string) *program {
	p := &program{path: filepath.Join(dir, "ssdgm"), arguments: []string{"--device", "cpu"}}
	if level == "cuda" {
		p.arguments[1] = level
		p.environment = []string{"LD_LIBRARY_PATH=" + filepath.Join(dir, "standin")}
		return p
	}
	p.environment = []string{"SSDGM_SIMD=" + level}
	return p
}

// A comparison is under way.
type comparison struct {
	w              io.Writer
	cases          []testCase
	config         string // the file that all cases change
	level          string
	base, present  *program
	dir            string // of the level's runs
	all, differing int
}

func (c *comparison) compareAll() {
	for _, one := range c.cases {
		c.report(one.name, func() (difference, error) { return c.compare(one, "present", c.present) })
		if len(one.stops) > 0 {
			c.report(one.name+"-handed-over", func() (difference, error) { return c.handOver(one) })
		}
	}
}

// report prints one line, and two where metadata differ.
func (c *comparison) report(name string, compare func() (difference, error)) {
	began := time.Now()
	d, err := compare()
	c.all++
	word := "same"
	if err != nil {
		word, d.first = "FAILED", err.Error()
	} else if d.first != "" {
		word = "DIFFERS"
	}
	if word != "same" {
		c.differing++
	}
	line := fmt.Sprintf("%-8s  %-28s  %-7s  %5.1f s  %s", c.level, name, word, time.Since(began).Seconds(), d.first)
	fmt.Fprintln(c.w, strings.TrimRight(line, " \n"))
	if len(d.metadata) > 0 {
		fmt.Fprintf(c.w, "%-8s  %-28s  metadata of the models differ, which are no numbers: %s\n", "", "", strings.Join(d.metadata, ", "))
	}
}

// compare carries a case out with the base program, and with others that take turns at its stops.
func (c *comparison) compare(one testCase, name string, others ...*program) (difference, error) {
	sides := []struct {
		name     string
		programs []*program
	}{{"base", []*program{c.base}}, {name, others}}
	for _, side := range sides {
		if err := train(side.programs, filepath.Join(c.dir, side.name), one.name, c.config, one); err != nil {
			return difference{}, fmt.Errorf("%s: %w", side.name, err)
		}
	}
	base := filepath.Join(c.dir, "base", one.name)
	if one.wants != "" && !metricsHold(base, one.wants) {
		return difference{}, fmt.Errorf("want %s in the metrics, found none: the case shows nothing", one.wants)
	}
	return compareRuns(base, filepath.Join(c.dir, name, one.name))
}

// handOver lets both programs take turns at a case, and compares with the base program's run that was never stopped.
func (c *comparison) handOver(one testCase) (difference, error) {
	whole, turns := one, one
	whole.stops = nil
	if err := train([]*program{c.base}, filepath.Join(c.dir, "whole"), one.name, c.config, whole); err != nil {
		return difference{}, fmt.Errorf("whole: %w", err)
	}
	if err := train([]*program{c.base, c.present}, filepath.Join(c.dir, "turns"), one.name, c.config, turns); err != nil {
		return difference{}, fmt.Errorf("turns: %w", err)
	}
	return compareRuns(filepath.Join(c.dir, "whole", one.name), filepath.Join(c.dir, "turns", one.name))
}
