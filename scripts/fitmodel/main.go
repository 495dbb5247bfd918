// Command fitmodel fits the constants of package predict to a record of a card, starting from those that there are, and
// says how near the model then comes. For each case in fp32 it also fits without that case, and says how near it comes
// to what it has not seen.
//
//	go run ./scripts/fitmodel scripts/gpucheck/records/2026-11-27-h200
package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"ssdgm/kernels/predict"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "fitmodel: want the folder of one record")
		os.Exit(2)
	}
	steps, err := predict.ReadSteps(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "fitmodel:", err)
		os.Exit(1)
	}
	report(os.Stdout, slices.DeleteFunc(steps, latched))
}

// latched tells of the steps that are no measurement of what they say: the joint model's updates, whose fault latch was
// set when they were timed.
func latched(m predict.Measured) bool {
	return m.Step == "Update" && m.Case == "joint-50-200" && m.Precision == "fp32"
}

// report writes the fit to all steps, and those without a case.
func report(w io.Writer, steps []predict.Measured) {
	card := predict.H200
	card.Costs = fit(card, steps)
	fmt.Fprintf(w, "%+v\n\n", card.Costs)
	for _, precision := range []string{"fp32", "tf32"} {
		say(w, precision, &card, of(steps, func(m *predict.Measured) bool { return m.Precision == precision }))
	}
	var cases []string
	for _, m := range steps {
		if m.Precision == "fp32" && !slices.Contains(cases, m.Case) && m.Case != replicated {
			cases = append(cases, m.Case)
		}
	}
	for _, name := range cases {
		unseen := predict.H200
		unseen.Costs = fit(unseen, of(steps, func(m *predict.Measured) bool { return m.Case != name }))
		say(w, "fp32's "+name+", not fitted to it", &unseen, of(steps, func(m *predict.Measured) bool {
			return m.Precision == "fp32" && m.Case == name
		}))
	}
}

func say(w io.Writer, what string, card *predict.Card, steps []predict.Measured) {
	median, near := predict.Spread(card, steps)
	fmt.Fprintf(w, "%s: %d steps, median error %.1f %%, %.0f %% within %.0f %%\n",
		what, len(steps), 100*median, 100*near, 100*predict.Near)
}

func of(steps []predict.Measured, has func(*predict.Measured) bool) (found []predict.Measured) {
	for _, m := range steps {
		if has(&m) {
			found = append(found, m)
		}
	}
	return found
}

// replicated is the case of many replicas, which large tiles compute.
const replicated = "m1-b1000-r40"

// stage is some constants, and the steps that they are fitted to.
type stage struct {
	has       func(m *predict.Measured) bool
	constants func(c *predict.Costs) []*float64
}

var stages = []stage{
	{
		func(m *predict.Measured) bool { return m.Precision == "fp32" && !product(m) },
		func(c *predict.Costs) []*float64 {
			return []*float64{
				&c.Start, &c.Load, &c.Sum, &c.Draw, &c.Slow, &c.Last, &c.Item, &c.Math, &c.DrawItem,
				&c.CacheRate, &c.MemoryRate,
			}
		},
	},
	{
		func(m *predict.Measured) bool { return m.Precision == "fp32" && product(m) && m.Case != replicated },
		func(c *predict.Costs) []*float64 {
			return []*float64{&c.Block, &c.Panel, &c.Narrow, &c.Split, &c.Chain, &c.Busy[0], &c.Busy[1]}
		},
	},
	{
		func(m *predict.Measured) bool { return m.Precision == "fp32" && product(m) && m.Case == replicated },
		func(c *predict.Costs) []*float64 { return []*float64{&c.Busy[2]} },
	},
	{
		func(m *predict.Measured) bool { return m.Precision == "tf32" && product(m) && m.Case == "m1-b1000" },
		func(c *predict.Costs) []*float64 { return []*float64{&c.Matrix[0], &c.Matrix[1], &c.MatrixChain} },
	},
}

func product(m *predict.Measured) bool { return strings.HasPrefix(m.Step, "Dense") }

// fit makes the mean error small, stage after stage. A stage without steps keeps its constants.
func fit(card predict.Card, steps []predict.Measured) predict.Costs {
	for _, s := range stages {
		if own := of(steps, s.has); len(own) > 0 {
			descend(&card, s.constants(&card.Costs), own)
		}
	}
	return card.Costs
}

// descend moves one constant after another as long as that makes the error smaller, by ever smaller steps.
func descend(card *predict.Card, constants []*float64, steps []predict.Measured) {
	const rounds, first = 20, 0.2
	best, wide := mistake(card, steps), make([]float64, len(constants))
	for range rounds {
		for i, constant := range constants {
			if wide[i] == 0 {
				wide[i] = first
			}
			before, better := *constant, false
			for _, factor := range []float64{1 + wide[i], 1 / (1 + wide[i])} {
				*constant = before * factor
				if found := mistake(card, steps); found < best {
					best, better = found, true
					break
				}
				*constant = before
			}
			if better {
				wide[i] *= 1.2
			} else {
				wide[i] /= 2
			}
		}
	}
}

// mistake is the mean of |ln(foretold/measured)|, and below 5 % its square: noise is not to be fitted.
func mistake(card *predict.Card, steps []predict.Measured) (sum float64) {
	const small = 0.05
	for i := range steps {
		off := math.Abs(math.Log(1 + steps[i].Off(card)))
		if off < small {
			off = (off*off/small + small) / 2
		}
		sum += off
	}
	return sum / float64(len(steps))
}
