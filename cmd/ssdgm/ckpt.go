package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"ssdgm/train/ckpt"
	"ssdgm/train/report"
)

func newCkpt() *cobra.Command {
	return group(&cobra.Command{Use: "ckpt", Short: "List, verify, prune, compare or export checkpoints"},
		newCkptLs(), newCkptVerify(), newCkptPrune(), newCkptDiff(), newCkptExport())
}

func newCkptLs() *cobra.Command {
	return &cobra.Command{
		Use:   "ls RUN",
		Short: "List the checkpoints of a run, or of several, and whether they are sound",
		Args:  arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var table [][]string
			wrong := each(args[0], func(name, path string) error {
				rows, err := ckpt.List(path)
				if err != nil {
					return err
				}
				table = ckpt.Append(table, name, rows)
				return nil
			})
			if len(table) == 0 {
				return wrong
			}
			return errors.Join(wrong, report.Aligned(cmd.OutOrStdout(), table))
		},
	}
}

func newCkptVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify RUN|FILE",
		Short: "Find out whether checkpoints are sound, and where they are damaged",
		Long: "Verifies the checksums of a run's checkpoints and result, or of one file, and names the tensor, or the header,\n" +
			"that is damaged, and parameters that are not finite. Of a file without a checksum the structure is verified.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return each(args[0], func(_, path string) error { return ckpt.Verify(cmd.OutOrStdout(), path) })
		},
	}
}

func newCkptPrune() *cobra.Command {
	var keep int
	var dry bool
	cmd := &cobra.Command{
		Use:   "prune RUN",
		Short: "Remove all but the last few sound checkpoints, and each phase's best",
		Args:  arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("keep") && keep < 1 {
				return usageErrorf("--keep %d: want at least 1", keep)
			}
			removed, err := ckpt.Prune(args[0], keep, dry)
			what := "removed"
			if dry {
				what = "would remove"
			}
			return errors.Join(tellRemoved(cmd.OutOrStdout(), what, removed), err)
		},
	}
	cmd.Flags().IntVar(&keep, "keep", 0, "how many to keep (default: the configuration's checkpoint.keep)")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only tell what would be removed")
	return cmd
}

func tellRemoved(w io.Writer, what string, files []string) error {
	for _, name := range files {
		if _, err := fmt.Fprintf(w, "%s %s\n", what, name); err != nil {
			return err
		}
	}
	return nil
}

func newCkptDiff() *cobra.Command {
	return &cobra.Command{
		Use:   "diff A B",
		Short: "Tell which tensors of two checkpoints or models differ, and by how much",
		Long: "Compares the tensors of two safetensors files, or of two runs' results. The last column is how many of\n" +
			"the low bits of the worst element differ: 1 is a difference in the last digit. Exits with 1 where they differ.",
		Args: arguments(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return ckpt.Diff(cmd.OutOrStdout(), args[0], args[1]) },
	}
}

func newCkptExport() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "export RUN|FILE",
		Short: "Write a model's parameters or networks for other programs",
		Long: "Writes a run's result, or what a file holds, for other programs:\n\n" +
			"  safetensors  the parameters, without what a checkpoint needs to go on\n" +
			"  npy          the same, as NumPy's archive .npz with an array a tensor, and class_names\n" +
			"  onnx         a folder with the networks of a finished run, which take examples as they came, bytes of\n" +
			"               images or raw values: classifier.onnx to probabilities, encoder.onnx to the mean and logvar\n" +
			"               of the latents, of M1+M2 styles.onnx to those of M2; decoder.onnx from latents to examples",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usageErrorf("want --out PATH, found none; see '%s --help'", cmd.CommandPath())
			}
			return ckpt.Export(cmd.OutOrStdout(), args[0], format, out)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "`safetensors|npy|onnx` (default: what --out is called like, or else safetensors)")
	cmd.Flags().StringVar(&out, "out", "", "`path` of the file, or for onnx of the folder, to write")
	return cmd
}
