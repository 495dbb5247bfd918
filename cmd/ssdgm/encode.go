package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"ssdgm/train/answers/apply"
)

func newEncode() *cobra.Command {
	var f answerFlags
	var e apply.Encoding
	cmd := &cobra.Command{
		Use:   "encode RUN|FILE INPUT",
		Short: "Turn the rows of a file or a pipe into features",
		Long: "Gives the latents of each row of INPUT, any file or folder that train reads, or - for stdin, as features for\n" +
			"other programs: the means of q(z1|x) of an M1, also in M1+M2, as columns z1.0, z1.1 and so on; of an M2 alone,\n" +
			"or with --latents z2, those of q(z2|x,y) at the most probable class y: what M2 knows of a row beside its class.\n" +
			"--what logvar gives the logarithms of their variances, and --what samples draws from q: a function of the\n" +
			"seed and of the row's values alone. npy is an array of float32, [rows, columns]; other formats have the labels\n" +
			"of the input too, and numbers with as many digits as tell one float32 from another.",
		Args: arguments(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("samples") && !slices.Contains(e.What, "samples") {
				return usageErrorf("--samples has no effect without --what samples; as in --what mean,samples")
			}
			return f.run(cmd, args[1], func(ctx context.Context) error {
				e.Job = f.Job
				return e.Encode(ctx, args[0])
			})
		},
	}
	f.add(cmd, "seed")
	cmd.Flags().StringSliceVar(&e.What, "what", []string{"mean"}, "`mean,logvar,samples`: some of them, in the order of the columns")
	cmd.Flags().IntVar(&e.Samples, "samples", 1, "`N`umber of draws for --what samples")
	cmd.Flags().StringVar(&e.Latents, "latents", "", "`z1|z2`: whose latents, M1's or M2's (default: z1 where there is an M1)")
	return cmd
}
