package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/report"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

func newCkpt() *cobra.Command {
	return group(&cobra.Command{Use: "ckpt", Short: "List, verify, prune, compare or export checkpoints"},
		newCkptLs(), newCkptVerify(), newCkptPrune(), newCkptDiff(), newCkptExport())
}

// openRun opens a run folder to read from it.
func openRun(dir string) (*run.Folder, *configs.Config, error) {
	folder, err := run.View(dir)
	if err != nil {
		return nil, nil, err
	}
	c, err := train.RunConfig(dir, nil)
	return folder, c, err
}

func newCkptLs() *cobra.Command {
	return &cobra.Command{
		Use:   "ls RUN",
		Short: "List a run's checkpoints, and whether they are sound",
		Args:  arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, c, err := openRun(args[0])
			if err != nil {
				return err
			}
			files, err := folder.Files(c.Phases()...)
			if err != nil {
				return err
			}
			looks, err := train.Validations(folder)
			if err != nil {
				return err
			}
			rows := [][]string{{"checkpoint", "phase", "step", "bytes", "validation", "state"}}
			for _, name := range files {
				row, err := describe(name, looks)
				if err != nil {
					return err
				}
				rows = append(rows, row)
			}
			return report.Aligned(cmd.OutOrStdout(), rows)
		},
	}
}

// describe is a checkpoint's row in the list. What a damaged one says of itself is not told.
func describe(path string, looks map[train.Moment]train.Validation) (row []string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	row = []string{strings.TrimSuffix(filepath.Base(path), ".safetensors"), "–", "–", report.Thousands(int(info.Size())), "–", "sound"}
	c, err := run.ReadCheckpoint(path)
	switch {
	case errors.Is(err, run.ErrUser):
		row[5] = "of a newer ssdgm"
		return row, nil
	case err != nil:
		row[5] = "damaged"
		return row, nil
	}
	row[1], row[2] = c.Phase, report.Thousands(int(c.Step))
	if look, ok := looks[train.Moment{Phase: c.Phase, Step: int(c.Step)}]; ok {
		row[4] = judgement(look)
	}
	return row, nil
}

// judgement is what a look at validation data is judged by.
func judgement(v train.Validation) string {
	if v.ValidationError != nil {
		return fmt.Sprintf("error %.2f %%", float64(*v.ValidationError))
	}
	return fmt.Sprintf("bound %.2f nats", float64(*v.ValidationBound))
}

func newCkptVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify RUN|FILE",
		Short: "Find out whether checkpoints are sound, and where they are damaged",
		Long: "Verifies the checksums of a run's checkpoints, or of one, and names the tensor, or the header, that is\n" +
			"damaged. A model.safetensors has no checksum: its structure alone is verified.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return verifyAll(cmd.OutOrStdout(), args[0]) },
	}
}

func verifyAll(w io.Writer, path string) error {
	files := []string{path}
	info, err := os.Stat(path)
	if err != nil {
		return usageErrorf("open %s: want a run folder or a .safetensors file, found nothing", path)
	}
	if info.IsDir() {
		folder, c, err := openRun(path)
		if err != nil {
			return err
		}
		if files, err = folder.Files(c.Phases()...); err != nil {
			return err
		}
		if model := filepath.Join(path, run.ModelName); exists(model) {
			files = append(files, model)
		}
	}
	var faults []error
	for _, name := range files {
		if err := verify(w, name); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// verify tells that a file is sound, or returns what is wrong with it. What reads as a model,
// but carries no checksum, was not written as a checkpoint.
func verify(w io.Writer, path string) error {
	file, err := safetensors.ReadFile(path)
	if err != nil {
		return err
	}
	if !run.IsCheckpoint(file) && !strings.Contains(filepath.ToSlash(path), "checkpoints/") {
		_, err = fmt.Fprintf(w, "%s: sound in its structure, %d tensors; it carries no checksum\n", path, len(file.Tensors))
		return err
	}
	c, err := run.ReadCheckpoint(path)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s: sound, %s step %s, %d tensors\n", path, c.Phase, report.Thousands(int(c.Step)), len(c.Tensors))
	return err
}

func newCkptPrune() *cobra.Command {
	var keep int
	var dry bool
	cmd := &cobra.Command{
		Use:   "prune RUN",
		Short: "Remove all but the last few sound checkpoints, and each phase's best",
		Args:  arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, c, err := openRun(args[0])
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("keep") {
				keep = c.Checkpoint.Keep
			}
			if keep < 1 {
				return usageErrorf("--keep %d: want at least 1", keep)
			}
			if dry {
				surplus, err := folder.Surplus(keep, c.Phases()...)
				return errors.Join(tellRemoved(cmd.OutOrStdout(), "would remove", surplus), err)
			}
			removed, err := prune(args[0], run.Options{Phases: c.Phases(), Keep: keep})
			return errors.Join(tellRemoved(cmd.OutOrStdout(), "removed", removed), err)
		},
	}
	cmd.Flags().IntVar(&keep, "keep", 0, "how many to keep (default: the configuration's checkpoint.keep)")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only tell what would be removed")
	return cmd
}

// prune holds the run while it removes, so that no trainer goes on meanwhile.
func prune(dir string, o run.Options) (removed []string, err error) {
	r, err := run.Open(dir, nil, o)
	if err != nil {
		return nil, run.Unwritable(err)
	}
	removed, err = r.Prune()
	return removed, errors.Join(err, r.Close())
}

func tellRemoved(w io.Writer, what string, files []string) error {
	for _, name := range files {
		if _, err := fmt.Fprintf(w, "%s %s\n", what, name); err != nil {
			return err
		}
	}
	return nil
}
