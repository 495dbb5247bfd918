package main

import (
	"fmt"
	"slices"
	"strings"
)

const introduction = `# How usual an image is

Written by ` + "`go run ./scripts/usualness -out train/records/usual RUN...`" + `; all figures are in [usual.json](usual.json).

How well the percentiles that ` + "`classify`" + ` gives, ` + "`usual`" + ` and ` + "`usual_in_class`" + `, tell test images of MNIST from images
that are none: the area under the ROC curve, which is the share of pairs in which the test image has the higher
percentile. 1 is always, 0.5 is chance, below 0.5 the others look *more* usual. In brackets: 95 % intervals by DeLong et
al. 1988, over images, not over trainings; at 1.0000 they have no width. The last columns are how many of either kind
` + "`classify --threshold 1`" + ` calls unusual.

- **Trainings are short**, those of nothing else in this project: M1 of 10 epochs and M2 of 4,000 steps, with 100 labels.
  short-N have 2,000 joint steps after that; without-N have none, and 90 labels.
- short-N: all 10,000 test images against as many of other contents, each made of one of them; of glyphs 2,000.
- without-N: the digit N was left out of training, with its labels and its images, and of what the percentiles are taken
  from. Test images of the nine other digits against all of the one. Three digits, one a seed, chosen before anything
  was measured:
`

// weakness is told where the figures show it.
const weakness = `- **Below 0.5**: a digit that the model has never seen passes for more usual than those that it was trained on. A bound
  on the likelihood is known for this (Nalisnick et al. 2019, "Do deep generative models know what they don't know?"): an
  image with little in it has a high one, whatever it shows. A high percentile is no proof that an input is of a kind
  that the model knows.
`

// page is the record's README.
func (r *record) page() string {
	var w strings.Builder
	w.WriteString(introduction)
	for seed, left := range leftOut {
		fmt.Fprintf(&w, "  - %d (seed %d): %s\n", left.Digit, seed, left.Why)
	}
	if slices.ContainsFunc(r.Results, func(x result) bool { return x.Digit != nil && x.Overall.Value < 0.5 }) {
		w.WriteString(weakness)
	}
	fmt.Fprintf(&w, "- Fashion-MNIST could not be fetched where this was made; glyphs stand in for digits of another hand.\n"+
		"- %s, commit %s, %s.\n\n", r.Date, r.Commit, r.Device)
	w.WriteString("| model | seed | against | `usual` | `usual_in_class` | unusual test images | unusual others |\n" +
		"|---|---|---|---|---|---|---|\n")
	for _, x := range r.Results {
		fmt.Fprintf(&w, "| %s | %d | %s | %s | %s | %.1f %% | %.1f %% |\n", x.Run, x.Seed, x.Against, x.Overall, x.InClass, x.Below[0], x.Below[1])
	}
	return w.String()
}

// String is an area with its interval.
func (a area) String() string { return fmt.Sprintf("%.4f (%.4f to %.4f)", a.Value, a.Low, a.High) }
