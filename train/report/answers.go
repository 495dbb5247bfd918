package report

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/data"
)

// Answers prints how far the probabilities of an evaluation's classifier are right, what its classes were taken for, and
// its most confident mistakes. It prints nothing where there is no classifier.
func Answers(w io.Writer, e *trained.Evaluation, a *trained.Answers) error {
	if a == nil {
		return nil
	}
	return errors.Join(reliability(w, e, a), confusion(w, &a.Confusion), mistakes(w, a.Mistakes))
}

// reliability prints a row for each range of probabilities that an answer has.
func reliability(w io.Writer, e *trained.Evaluation, a *trained.Answers) error {
	rows := [][]string{{"probability", kindOf(e), "mean", "right"}}
	if a.Tempered != nil {
		rows[0] = append(rows[0], fmt.Sprintf("at temperature %.3f", a.Temperature), "mean", "right")
	}
	for i, bin := range a.Reliability {
		row := append([]string{fmt.Sprintf("%.0f to %.0f %%", 100*bin.From, 100*bin.To)}, binCells(bin)...)
		some := bin.N > 0
		if a.Tempered != nil {
			row, some = append(row, binCells(a.Tempered[i])...), some || a.Tempered[i].N > 0
		}
		if some {
			rows = append(rows, row)
		}
	}
	fmt.Fprintln(w)
	err := Aligned(w, rows)
	if a.Tempered == nil {
		return err
	}
	on := "validation labels"
	if e.Split == train.ValidationSplit {
		on += ", of these same examples"
	}
	_, wrong := fmt.Fprintf(w, "\n  temperature %.3f, fitted on %s %s: calibration error %.2f → %.2f %%, -log q(y|x) %.3f → %.3f nats\n",
		a.Temperature, Thousands(a.TemperatureLabels), on, *e.Calibration, *e.TemperedCalibration, *e.NLL, *e.TemperedNLL)
	return errors.Join(err, wrong)
}

func binCells(b trained.Bin) []string {
	if b.N == 0 {
		return []string{"0", "", ""}
	}
	return []string{Thousands(b.N), fmt.Sprintf("%.1f %%", 100*b.Confidence), fmt.Sprintf("%.1f %%", 100*b.Accuracy)}
}

// confusion prints the matrix of few classes, and of more those that were most often taken for each other.
func confusion(w io.Writer, c *trained.Confusion) error {
	if len(c.Classes) > classesShown {
		return confused(w, c.Pairs())
	}
	// A heading is as wide as leaves a row about a hundred characters, and four at least.
	head, rows := max(4, 100/len(c.Classes)-3), [][]string{{"class"}}
	for _, name := range c.Classes {
		rows[0] = append(rows[0], short(data.Shown(name), head))
	}
	for class, taken := range c.Counts {
		row := []string{data.Shown(c.Classes[class])}
		for _, n := range taken {
			cell := "."
			if n > 0 {
				cell = Thousands(n)
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	if _, err := fmt.Fprint(w, "\n  a class's row: how many were taken for each class\n"); err != nil {
		return err
	}
	return Aligned(w, rows)
}

// short is a text of so many characters at most.
func short(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// confused prints pairs of classes.
func confused(w io.Writer, pairs []trained.Confused) error {
	if len(pairs) == 0 {
		return nil
	}
	rows := [][]string{{"class", "taken for", "how many"}}
	for _, p := range pairs[:min(len(pairs), classesShown)] {
		rows = append(rows, []string{data.Shown(p.Class), data.Shown(p.TakenFor), Thousands(p.N)})
	}
	fmt.Fprintln(w)
	err := Aligned(w, rows)
	if more := len(pairs) + 1 - len(rows); more > 0 {
		fmt.Fprintf(w, "  and %s pairs of no more; --json has all\n", Thousands(more))
	}
	return err
}

// mistakes prints examples that were taken for another class.
func mistakes(w io.Writer, all []trained.Mistake) error {
	if len(all) == 0 {
		return nil
	}
	rows := [][]string{{"most confident mistakes", "class", "taken for", "probability"}}
	for _, m := range all {
		rows = append(rows, []string{
			"row " + strconv.Itoa(m.Row), data.Shown(m.Class), data.Shown(m.TakenFor), fmt.Sprintf("%.2f %%", 100*m.Probability),
		})
	}
	fmt.Fprintln(w)
	return Aligned(w, rows)
}
