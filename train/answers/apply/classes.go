package apply

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
	"ssdgm/train/answers"
	"ssdgm/train/answers/output"
	"ssdgm/train/data"
	"ssdgm/train/report"
)

// classifying turns rows into classes, and counts them.
type classifying struct {
	*Classification
	models  *trained.Ensemble
	names   []string
	labels  bool
	columns []output.Column

	counts                   []int // of each class
	labelled, wrong, unusual int
	strange                  int      // labels that are no class of the model's
	strangers                []string // the first of them, one more than a line has
}

// The digits of what a text says: a probability that differs beyond them is the same to anybody.
const (
	probabilityDigits = 6
	percentileDigits  = 4
)

func newClassifying(c *Classification, models *trained.Ensemble, labels bool) *classifying {
	a := &classifying{Classification: c, models: models, names: models.Classes(), labels: labels}
	a.counts = make([]int, len(a.names))
	if labels {
		a.columns = append(a.columns, labelColumn)
	}
	if c.Top == 0 {
		each := output.Column{Name: "p", Width: len(a.names), Digits: probabilityDigits}
		for _, name := range a.names {
			each.Names = append(each.Names, "p("+name+")")
		}
		a.columns = append(a.columns, classColumns("")...)
		a.columns = append(a.columns, each)
	}
	for place := range min(c.Top, len(a.names)) {
		suffix := ""
		if place > 0 {
			suffix = "." + strconv.Itoa(place+1)
		}
		a.columns = append(a.columns, classColumns(suffix)...)
	}
	if c.Usual {
		a.columns = append(a.columns, output.Column{Name: "usual", Digits: percentileDigits},
			output.Column{Name: "usual_in_class", Digits: percentileDigits})
	}
	if c.Threshold != nil {
		a.columns = append(a.columns, output.Column{Name: "unusual", Kind: output.Truth})
	}
	return a
}

// classColumns are a class and its probability.
func classColumns(suffix string) []output.Column {
	return []output.Column{
		{Name: "class" + suffix, Kind: output.Text}, {Name: "probability" + suffix, Digits: probabilityDigits},
	}
}

// answer gives the cells of some rows.
func (a *classifying) answer(ctx context.Context, rows *answers.Rows) ([]output.Cells, error) {
	p, err := a.models.Classify(ctx, rows.X)
	if err == nil {
		err = a.computed(rows, p)
	}
	if err != nil {
		return nil, err
	}
	cells := keptCells(rows)
	if a.labels {
		cells = append(cells, output.Cells{Texts: rows.Labels})
	}
	classes := a.best(p, rows)
	if a.Top == 0 {
		cells = append(cells, a.place(p, classes)...)
		cells = append(cells, output.Cells{Numbers: p})
	} else {
		cells = append(cells, a.top(p)...)
	}
	if !a.Usual {
		return cells, nil
	}
	all, own, err := a.models.Percentiles(ctx, rows.X, classes)
	if err != nil {
		return nil, err
	}
	cells = append(cells, output.Cells{Numbers: all}, output.Cells{Numbers: own})
	if a.Threshold != nil {
		below := make([]bool, len(all))
		for i, percentile := range all {
			if below[i] = float64(percentile) < *a.Threshold; below[i] {
				a.unusual++
			}
		}
		cells = append(cells, output.Cells{Truths: below})
	}
	return cells, nil
}

// best are the most probable classes, which it counts.
func (a *classifying) best(p []float32, rows *answers.Rows) []int {
	k := len(a.names)
	classes := make([]int, rows.N)
	for i := range classes {
		classes[i] = infer.Argmax(p[i*k:][:k])
		a.counts[classes[i]]++
		if a.labels {
			a.judge(rows.Labels[i], a.names[classes[i]])
		}
	}
	return classes
}

// judge counts a label, unless it is empty, against the class that a row is taken for.
func (a *classifying) judge(label, class string) {
	switch {
	case label == "":
	case label == class:
		a.labelled++
	case slices.Contains(a.names, label):
		a.labelled++
		a.wrong++
	default:
		a.strange++
		if len(a.strangers) <= mostListed && !slices.Contains(a.strangers, label) {
			a.strangers = append(a.strangers, label)
		}
	}
}

// mostListed is how many names a line has.
const mostListed = 5

// listed are the first of some names.
func listed(names []string) string {
	var shown []string
	for _, name := range names[:min(mostListed, len(names))] {
		shown = append(shown, data.Shown(name))
	}
	if len(names) > len(shown) {
		shown = append(shown, "others")
	}
	return strings.Join(shown, ", ")
}

// place are the cells of a class of each row, and of its probability.
func (a *classifying) place(p []float32, classes []int) []output.Cells {
	names, probabilities := make([]string, len(classes)), make([]float32, len(classes))
	for i, class := range classes {
		names[i], probabilities[i] = a.names[class], p[i*len(a.names)+class]
	}
	return []output.Cells{{Texts: names}, {Numbers: probabilities}}
}

// top are the cells of the most probable classes; of several that are as probable, the first comes first.
func (a *classifying) top(p []float32) (cells []output.Cells) {
	k := len(a.names)
	n := len(p) / k
	places := make([][]int, min(a.Top, k))
	for place := range places {
		places[place] = make([]int, n)
	}
	order := make([]int, k)
	for i := range n {
		row := p[i*k:][:k]
		for class := range order {
			order[class] = class
		}
		slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(row[y], row[x]) })
		for place := range places {
			places[place][i] = order[place]
		}
	}
	for _, classes := range places {
		cells = append(cells, a.place(p, classes)...)
	}
	return cells
}

// mostClasses is how many classes a line counts.
const mostClasses = 20

// told are the lines at the end.
func (a *classifying) told(rows int) []string {
	order := infer.Sequence(len(a.names))
	slices.SortStableFunc(order, func(x, y int32) int { return cmp.Compare(a.counts[y], a.counts[x]) })
	shown := slices.Sorted(slices.Values(order[:min(mostClasses, len(order))]))
	var counts []string
	others := rows
	for _, class := range shown {
		counts = append(counts, fmt.Sprintf("%s (%s)", data.Shown(a.names[class]), report.Thousands(a.counts[class])))
		others -= a.counts[class]
	}
	line := counted(rows, "row", "rows") + ": " + strings.Join(counts, ", ")
	if len(order) > len(shown) {
		line += fmt.Sprintf(", and %s of %d other classes", report.Thousands(others), len(order)-len(shown))
	}
	lines := []string{line}
	if a.labelled > 0 {
		lines = append(lines, fmt.Sprintf("error %.2f %%: %s of %s taken for another class",
			100*float64(a.wrong)/float64(a.labelled), report.Thousands(a.wrong),
			counted(a.labelled, "labelled row is", "labelled rows are")))
	}
	if a.strange > 0 {
		lines = append(lines, fmt.Sprintf("%s no class of the model's, and not counted: %s, where the classes are %s",
			counted(a.strange, "row has a label that is", "rows have labels that are"), listed(a.strangers), listed(a.names)))
	}
	if a.Threshold != nil {
		lines = append(lines, fmt.Sprintf("unusual: %s of %s, like nothing that the model was trained on: below percentile %g of training examples",
			report.Thousands(a.unusual), counted(rows, "row", "rows"), *a.Threshold))
	}
	return lines
}
