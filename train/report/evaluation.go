package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/data"
)

// paperNames are the models as the paper writes them.
var paperNames = map[string]string{
	"m1": "M1", "m2": "M2", "m1m2": "M1+M2", "supervised": "supervised",
	"knn": "KNN", "tsvm": "TSVM", "cnn": "CNN", "m1knn": "M1+KNN", "m1tsvm": "M1+TSVM",
}

// ModelName is a configuration's model as the paper writes it.
func ModelName(model string) string { return paperNames[model] }

// Examples says how many examples an evaluation is on, and of which kind.
func Examples(e *trained.Evaluation) string {
	if e.N == 0 {
		return "no test part"
	}
	return Thousands(e.N) + " " + kindOf(e)
}

// kindOf names the examples of an evaluation.
func kindOf(e *trained.Evaluation) string {
	split := cmp.Or(e.Split, train.TestSplit)
	if e.Real {
		return split + " examples"
	}
	return split + " images"
}

// ofSplit is a figure's title for the examples of a split.
func (f figure) ofSplit(split string) string {
	if of, onTest := strings.CutPrefix(f.title, "test "); onTest {
		return cmp.Or(split, train.TestSplit) + " " + of
	}
	return f.title
}

// Evaluated is a row of a table of evaluations.
type Evaluated struct {
	Name string
	*trained.Evaluation
}

// figure is one that an evaluation may have.
type figure struct {
	title, format string
	of            func(*trained.Evaluation) *float64
	note          string // what the title does not say; it stands below a table
}

var calibration = fmt.Sprintf("calibration error: mean |share right − confidence| in %d bins of equal width (ECE, Guo et al. 2017)",
	trained.CalibrationBins)

var figures = []figure{
	{"test error", "%.2f %%", func(e *trained.Evaluation) *float64 { return e.ErrorPercent }, ""},
	{"calibration error", "%.2f %%", func(e *trained.Evaluation) *float64 { return e.Calibration }, calibration},
	{"-log q(y|x)", "%.3f nats", func(e *trained.Evaluation) *float64 { return e.NLL }, ""},
	{"bound on log p(x)", "%.2f nats", func(e *trained.Evaluation) *float64 { return e.Bound }, ""},
	{"KL", "%.2f nats", func(e *trained.Evaluation) *float64 { return e.KL }, ""},
	{"active latents", "%.0f", activeLatents, ""},
}

func activeLatents(e *trained.Evaluation) *float64 {
	if e.ActiveLatents == nil {
		return nil
	}
	n := float64(*e.ActiveLatents)
	return &n
}

// Evaluations prints the figures that at least one of the evaluations has.
func Evaluations(w io.Writer, all ...Evaluated) error {
	rows := make([][]string, len(all)+1)
	rows[0] = []string{""}
	for i, e := range all {
		rows[i+1] = []string{e.Name}
	}
	var notes []string
	for _, f := range figures {
		cells, some := []string{f.ofSplit(all[0].Split)}, false
		for _, e := range all {
			cell := ""
			if v := f.of(e.Evaluation); v != nil {
				cell, some = fmt.Sprintf(f.format, *v), true
			}
			cells = append(cells, cell)
		}
		if !some {
			continue
		}
		for i, cell := range cells {
			rows[i] = append(rows[i], cell)
		}
		notes = append(notes, f.note)
	}
	if err := Aligned(w, rows); err != nil {
		return err
	}
	return writeNotes(w, notes)
}

// writeNotes tells below a table what its titles do not say.
func writeNotes(w io.Writer, notes []string) error {
	begun := false
	for _, note := range notes {
		if note == "" {
			continue
		}
		if !begun {
			fmt.Fprintln(w)
			begun = true
		}
		if _, err := fmt.Fprintf(w, "  %s\n", note); err != nil {
			return err
		}
	}
	return nil
}

// Sentence is the figures that an evaluation has, each behind a comma.
func Sentence(e *trained.Evaluation) string {
	line := ""
	for _, f := range figures {
		if v := f.of(e); v != nil {
			line += fmt.Sprintf(", %s "+f.format, f.ofSplit(e.Split), *v)
		}
	}
	return line
}

// classesShown is how many classes a table shows: of more, those with most mistakes.
const classesShown = 20

// Classes prints what became of each class's examples. It prints nothing where no class was told from another.
func Classes(w io.Writer, e *trained.Evaluation) error {
	if len(e.Classes) == 0 {
		return nil
	}
	shown := slices.Clone(e.Classes)
	if len(shown) > classesShown {
		slices.SortStableFunc(shown, func(a, b trained.ClassFigures) int { return cmp.Compare(b.Wrong, a.Wrong) })
		shown = shown[:classesShown]
	}
	rows := [][]string{{"class", kindOf(e), "wrong", "", "most of them taken for"}}
	for _, c := range shown {
		row := []string{data.Shown(c.Name), Thousands(c.N), Thousands(c.Wrong), fmt.Sprintf("%.2f %%", 100*float64(c.Wrong)/float64(c.N)), ""}
		if c.Wrong > 0 {
			row[4] = fmt.Sprintf("%s (%s)", data.Shown(c.TakenFor), Thousands(c.Mistakes))
		}
		rows = append(rows, row)
	}
	fmt.Fprintln(w)
	err := Aligned(w, rows)
	if more := len(e.Classes) - len(shown); more > 0 {
		fmt.Fprintf(w, "  and %d classes with no more mistakes than these; --json has all\n", more)
	}
	return err
}
