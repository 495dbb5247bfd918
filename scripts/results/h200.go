package main

import (
	"fmt"
	"io"
	"path/filepath"

	"ssdgm/train/report"
)

const (
	h200Dir     = "scripts/gpucheck/records/2026-11-27-h200"
	h200Records = "mnist-m1m2-100-h200"
)

// h200Runs are the runs on MNIST with 100 labels that one H200 trained.
func h200Runs(w io.Writer) error {
	lines, err := rows()
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "| MNIST, 100 labels, on one H200 | test error | training | with everything |\n|---|---|---|---|")
	for i := range lines {
		line := &lines[i]
		if line.Results[0].Row() != h200Records {
			continue
		}
		fmt.Fprintf(w, "| [%s](%s/%s), trained together | %s | – | – |\n",
			seeds(line), recordsDir, h200Records, line.TestError())
		unseen := line.Unseen()
		fmt.Fprintf(w, "| of these, %s: not seen while settings were chosen | %s | – | – |\n",
			seeds(&unseen), unseen.TestError())
	}
	var checked check
	if err := readJSON(filepath.Join(h200Dir, "first/record.json"), &checked); err != nil {
		return err
	}
	alone := func(title string, folder string, s *report.Summary, everything string) {
		fmt.Fprintf(w, "| [%s](%s) | %.2f %% | %.1f s | %s |\n", title, filepath.ToSlash(filepath.Join(h200Dir, folder)),
			*s.Test.ErrorPercent, s.TrainingTime().Seconds(), everything)
	}
	mnist := checked.Figures.MNIST
	alone("seed 0 by itself, fp32", "first", &mnist.Summary, fmt.Sprintf("%.1f s", mnist.Seconds))
	tf32, err := report.ReadSummary(filepath.Join(h200Dir, "tf32-seed0"))
	if err != nil {
		return err
	}
	alone("seed 0 by itself, tf32", "tf32-seed0", tf32, "–")
	return nil
}

// seeds are those of a line, which follow one another.
func seeds(line *report.Line) string {
	first, last := line.Results[0], line.Results[len(line.Results)-1]
	return fmt.Sprintf("seeds %d to %d", first.Config.Seed, last.Config.Seed)
}

// h200Steps are training steps on one H200 beside PyTorch's and JAX's.
func h200Steps(w io.Writer) error {
	var graphs, eager check
	for name, into := range map[string]*check{"steps-with-torch-graphs.json": &graphs, "record.json": &eager} {
		if err := readJSON(filepath.Join(h200Dir, "second", name), into); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "| milliseconds a step | | ssdgm | with cuBLAS | PyTorch %s eager | as one CUDA graph | JAX %s "+
		"| JAX over ssdgm |\n|---|---|---|---|---|---|---|---|\n",
		version(eager.Figures.Steps, "torch-eager"), version(graphs.Figures.Steps, "jax"))
	ahead, cases := 0, 0
	for _, precision := range []string{"fp32", "tf32"} {
		for _, c := range cardCases {
			ours, err := graphs.step(c, precision, "ours", "own")
			if err != nil {
				return err
			}
			line := fmt.Sprintf("| %s | %s | %s |", titles[c], precision, milliseconds(ours.MedianMS))
			for _, peer := range []struct {
				of               *check
				program, setting string
			}{
				{&graphs, "ours-cublas", "cublas"}, {&eager, "torch-eager", "eager"},
				{&graphs, "torch-eager", "graph"}, // what it was called; its setting tells the mode
				{&graphs, "jax", "jit and scan"},
			} {
				found, err := peer.of.step(c, precision, peer.program, peer.setting)
				if err != nil {
					return err
				}
				line += fmt.Sprintf(" %s |", milliseconds(found.MedianMS))
				if peer.program == "jax" {
					ratio := 1 / found.OursOverIt
					line += fmt.Sprintf(" %.2f |", ratio)
					if cases++; ratio < 1 {
						ahead++
					}
				}
			}
			fmt.Fprintln(w, line)
		}
	}
	fmt.Fprintf(w, "\nJAX is ahead in %d of %d cases.\n", ahead, cases)
	return nil
}
