package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

func (l length) String() string { return fmt.Sprintf("%d × %d", l.Chains, l.Steps) }

// print prints a result.
func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "%s, seed %d, %s: %.0f %% hidden, %d validation rows\n", r.Run, r.Seed, r.Mask, 100*r.Share, r.Validation)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, l := range r.Lengths {
		fmt.Fprintf(t, "chains %v\tRMSE %.4f\tMAE %.4f\tcoverage %.3f\twidth %.3f\t%.1f s\t\n", l.Value, l.RMSE, l.MAE,
			l.Coverage, l.Width, l.Seconds)
	}
	for _, k := range r.Neighbours {
		fmt.Fprintf(t, "neighbours %d\tRMSE %.4f\tMAE %.4f\t\t\t\t\n", k.Value, k.RMSE, k.MAE)
	}
	if r.Ways != nil {
		fmt.Fprintf(t, "test, %d rows\t\t\t\t\t\t\n", r.Test)
		for _, way := range []string{"chain", "default", "knn", "mean"} {
			f := r.Ways[way]
			fmt.Fprintf(t, "%s\tRMSE %.4f ± %.4f\tMAE %.4f\tcoverage %.3f\twidth %.3f\t%.1f s\t\n", way, f.RMSE, f.Error, f.MAE,
				f.Coverage, f.Width, f.Seconds)
		}
	}
	_ = t.Flush() // What cannot be printed is in the file.
	fmt.Fprintf(w, "chosen: chains %v, %d neighbours\n", r.Chosen.Length, r.Chosen.Neighbours)
	for _, a := range r.Ahead {
		fmt.Fprintf(w, "%s is %.4f behind the chain (%.4f to %.4f)\n", a.Way, a.Mean, a.Low, a.High)
	}
}

// summarise prints a table of Markdown: a mask a line, mean and standard deviation over the runs.
func summarise(w io.Writer, all []result) {
	fmt.Fprint(w, "\n| masks | runs | test rows | chains × steps | chain, RMSE | k | nearest rows, RMSE | mean, RMSE | "+
		"chain, mean error | nearest rows | mean | in the 90 % interval |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	var masks []string
	of := map[string][]result{}
	for _, r := range all {
		if r.Ways == nil {
			return
		}
		if of[r.Mask] == nil {
			masks = append(masks, r.Mask)
		}
		of[r.Mask] = append(of[r.Mask], r)
	}
	for _, mask := range masks {
		results := of[mask]
		over := func(way string, get func(figures) float64, form string) string {
			var values []float64
			for _, r := range results {
				values = append(values, get(r.Ways[way]))
			}
			mean, deviation := moments(values)
			if len(values) == 1 {
				return fmt.Sprintf(form, mean)
			}
			return fmt.Sprintf(form+" ± "+form, mean, deviation)
		}
		rmse := func(f figures) float64 { return f.RMSE }
		mae := func(f figures) float64 { return f.MAE }
		var steps, ks string
		for i, r := range results {
			if i > 0 {
				steps, ks = steps+", ", ks+", "
			}
			steps, ks = steps+r.Chosen.Length.String(), ks+fmt.Sprint(r.Chosen.Neighbours)
		}
		const digits = "%.4f"
		fmt.Fprintf(w, "| %s, %.0f %% | %d | %d | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", mask, 100*results[0].Share,
			len(results), results[0].Test, steps, over("chain", rmse, digits), ks, over("knn", rmse, digits),
			over("mean", rmse, digits), over("chain", mae, digits), over("knn", mae, digits), over("mean", mae, digits),
			over("chain", func(f figures) float64 { return 100 * f.Coverage }, "%.1f %%"))
	}
}

// moments are the mean and the standard deviation of values over runs.
func moments(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean) / float64(max(1, len(values)-1))
	}
	return mean, math.Sqrt(deviation)
}
