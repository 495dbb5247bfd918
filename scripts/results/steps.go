package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"ssdgm/train/report"
)

// step is a row of a record that scripts/peers or scripts/gpucheck has written.
type step struct {
	Case       string  `json:"case"`
	Program    string  `json:"program"`
	Setting    string  `json:"setting"`
	MedianMS   float64 `json:"ms_median"`
	OursOverIt float64 `json:"ours_over_it"`
}

// comparison is a record of scripts/peers/compare.py.
type comparison struct {
	Rows     []step             `json:"rows"`
	MemoryMB map[string]float64 `json:"peak_memory_mb"` // by program
}

// check is a record of scripts/gpu-check.
type check struct {
	Figures struct {
		Steps []step `json:"steps"`
		MNIST struct {
			Seconds float64        `json:"seconds"`
			Summary report.Summary `json:"summary"`
		} `json:"mnist"`
	} `json:"figures"`
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// step is that of a program whose setting has a word in it.
func (c *check) step(name, precision, program, setting string) (step, error) {
	for _, s := range c.Figures.Steps {
		if s.Case == name && s.Program == precision+"/"+program && strings.Contains(s.Setting, setting) {
			return s, nil
		}
	}
	return step{}, fmt.Errorf("want a step %s of %s/%s with %q, found none", name, precision, program, setting)
}

// titles are the steps in words.
var titles = map[string]string{
	"m1-b100": "M1, batch 100", "m1-b1000": "M1, batch 1000", "m1-b1000-r40": "M1, batch 1000, 40 models",
	"m2-100-100": "M2 on features, 100 + 100", "m2-100-500": "M2 on features, 100 + 500",
}

var (
	cpuCases  = []string{"m1-b100", "m1-b1000", "m2-100-100"}
	cardCases = []string{"m1-b100", "m1-b1000", "m2-100-100", "m2-100-500", "m1-b1000-r40"}
)

// cpuStates are the two that a virtual machine of two cores was found in, with their records.
var cpuStates = []struct {
	title   string
	records []string
}{
	{"two cores are two cores", []string{"2026-11-22-cpu"}},
	{"both threads have half of the vector units", []string{"2026-11-27-cpu-first", "2026-11-27-cpu-second"}},
}

// cpuSteps are training steps on two cores beside PyTorch's and JAX's, in both states of the machine.
func cpuSteps(w io.Writer) error {
	var memory map[string]float64
	for i, state := range cpuStates {
		var found []step
		for _, name := range state.records {
			var c comparison
			if err := readJSON(fmt.Sprintf("scripts/peers/records/%s.json", name), &c); err != nil {
				return err
			}
			found = append(found, c.Rows...)
			if memory == nil {
				memory = c.MemoryMB
			}
		}
		if i == 0 {
			fmt.Fprintf(w, "| step | state | ssdgm | PyTorch %s | with MKL's AVX-512 | JAX %s |\n|---|---|---|---|---|---|\n",
				version(found, "torch"), version(found, "jax"))
		}
		for _, name := range cpuCases {
			line := fmt.Sprintf("| %s | %c |", titles[name], 'A'+i)
			for _, program := range []string{"ours", "torch", "torch-avx512", "jax"} {
				var times, ratios []float64
				for _, s := range found {
					if s.Case == name && s.Program == program {
						times, ratios = append(times, s.MedianMS), append(ratios, hundredths(s.OursOverIt))
					}
				}
				if len(times) == 0 {
					return fmt.Errorf("want %s of %s in %v, found none", name, program, state.records)
				}
				line += " " + span(times, "%.1f") + " ms"
				if program != "ours" {
					line += ", " + span(ratios, "%.2f")
				}
				line += " |"
			}
			fmt.Fprintln(w, line)
		}
	}
	var links []string
	for i, state := range cpuStates {
		var of []string
		for _, name := range state.records {
			of = append(of, fmt.Sprintf("[%s](scripts/peers/records/%[1]s.json)", name))
		}
		links = append(links, fmt.Sprintf("%c: %s\n(%s).", 'A'+i, state.title, strings.Join(of, ",\n")))
	}
	_, err := fmt.Fprintf(w, "\n%s\nMemory in A: ssdgm %.0f MB, PyTorch %.0f MB, JAX %.0f MB.\n",
		strings.Join(links, "\n"), memory["ours"], memory["torch"], memory["jax"])
	return err
}

// version is that of a program, which its setting begins with: "torch 2.15.0+cu132 cpu".
func version(found []step, program string) string {
	for _, s := range found {
		if words := strings.Fields(s.Setting); strings.HasSuffix(s.Program, program) && len(words) > 1 {
			number, _, _ := strings.Cut(words[1], "+")
			return number
		}
	}
	return "of unknown version"
}

// span is the least and the greatest of some values.
func span(values []float64, format string) string {
	low, high := fmt.Sprintf(format, slices.Min(values)), fmt.Sprintf(format, slices.Max(values))
	if low == high {
		return low
	}
	return low + " to " + high
}

// hundredths rounds a ratio that a record gives in thousandths, 0.595 to 0.60.
func hundredths(ratio float64) float64 { return math.Round(math.Round(1000*ratio)/10) / 100 }

// milliseconds has three figures.
func milliseconds(ms float64) string {
	switch {
	case ms < 1:
		return fmt.Sprintf("%.3f", ms)
	case ms < 10:
		return fmt.Sprintf("%.2f", ms)
	}
	return fmt.Sprintf("%.1f", ms)
}
