package main

import (
	"context"

	"github.com/spf13/cobra"

	"ssdgm/train/answers/apply"
)

func newClassify() *cobra.Command {
	var f answerFlags
	var c apply.Classification
	var threshold float64
	cmd := &cobra.Command{
		Use:   "classify RUN|FILE... INPUT",
		Short: "Classify the rows of a file or a pipe",
		Long: "Classifies each row of INPUT, any file or folder that train reads, or - for stdin: its class, the probability\n" +
			"of that and of each class, and how usual it is: how many in a hundred training examples have a lower bound on\n" +
			"log p(x), among all of them and among those of its class. Several runs, or a folder of several, answer with\n" +
			"the mean of their probabilities. Labels of the input come beside the answers, and are counted against them.\n" +
			"An existing --out is replaced once all rows are answered; before that, and after an error, it stays as it was.",
		Args: arguments(2, 1<<20),
		RunE: func(cmd *cobra.Command, args []string) error {
			runs := args[:len(args)-1]
			if cmd.Flags().Changed("threshold") {
				c.Threshold = &threshold
			}
			return f.run(cmd, args[len(runs)], func(ctx context.Context) error {
				c.Job = f.Job
				return c.Classify(ctx, runs...)
			})
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&c.Usual, "usual", true, "say how usual each row is; without it classify is several times as fast")
	cmd.Flags().Float64Var(&threshold, "threshold", 0, "percentile `P` of training examples; rows below it are unusual: like nothing the model was trained on")
	cmd.Flags().IntVar(&c.Top, "top", 0, "the `N` most probable classes, in place of the probabilities of all")
	return cmd
}
