package main

import (
	"context"

	"github.com/spf13/cobra"

	"ssdgm/train/answers/apply"
)

func newImpute() *cobra.Command {
	var f answerFlags
	var c apply.Imputation
	var seed uint64
	cmd := &cobra.Command{
		Use:   "impute RUN|FILE INPUT",
		Short: "Fill missing values of a table, or masked pixels",
		Long: "Writes INPUT, any file or folder that train reads, or - for stdin, with its missing values filled in: empty\n" +
			"cells and marks such as NA of a table, NaN of an array, and where the --mask is not 0 (white). Chains go back and\n" +
			"forth between latents and missing values, and the mean of their draws is filled in. What is there is written\n" +
			"as it came, every column of a table in its place. --spread has, after all columns, for each number the standard\n" +
			"deviation and the ends of a 90 % interval of what was filled in, as NAME.sd, NAME.q05 and NAME.q95, and for a\n" +
			"word its probability, NAME.p; they are empty where nothing was missing. --draws gives rows filled by chance, for\n" +
			"multiple imputation. npy is an array of float32, or of bytes where pixels came as these, [n, …]; with --spread\n" +
			"[n, 4, …]: values, deviations and the two ends. Noise is a function of the seed and of the row's values alone.",
		Args: arguments(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("seed") {
				c.Seed = &seed
			}
			return f.run(cmd, args[1], func(ctx context.Context) error {
				c.Job = f.Job
				return c.Impute(ctx, args[0])
			})
		},
	}
	f.addWhole(cmd)
	flags := cmd.Flags()
	flags.IntVar(&c.Steps, "steps", apply.DefaultSteps, "`N` steps of each chain, of which the first sixth do not count")
	flags.IntVar(&c.Chains, "chains", apply.DefaultChains, "`N` chains for each row, each with noise of its own")
	flags.BoolVar(&c.Spread, "spread", false, "standard deviation and 90 % interval of what is filled in")
	flags.IntVar(&c.Draws, "draws", 0, "`M` rows for each, one after the other, filled by draws in place of their mean; a column draw tells which")
	flags.Uint64Var(&seed, "seed", 0, "`seed` of the noise (default: the run's)")
	flags.StringVar(&c.Mask, "mask", "", "`file` of an image or array, one for all rows or one for each: what is not 0 (white) is filled")
	return cmd
}
