package report

import (
	"fmt"
	"strings"
	"testing"

	"ssdgm/model/trained"
)

// TestAnswersOfFewClassesAreTables holds the whole text: ranges without an answer are left out, those that only a
// temperature fills are not, and a heading is printable and no wider than its column's share.
func TestAnswersOfFewClassesAreTables(t *testing.T) {
	e, a := answered()
	requireText(t, e, a, `
  probability   test images     mean    right   at temperature 2.000     mean    right
  80 to 90 %              0                                    1,200   80.0 %   70.0 %
  90 to 100 %         1,200   95.0 %   70.0 %                      0

  temperature 2.000, fitted on 1,000 validation labels: calibration error 25.00 → 5.00 %, -log q(y|x) 1.250 → 0.500 nats

  a class's row: how many were taken for each class
  class                                   cat   "\x1b[31mdog"   one that has more than thirty…
  cat                                     800               3                                .
  "\x1b[31mdog"                             .              39                                1
  one that has more than thirty letters   357               .                                .

  most confident mistakes                                   class   taken for   probability
  row 1234                  one that has more than thirty letters         cat       98.77 %
`)
	a.Tempered, a.Temperature, a.Mistakes = nil, 0, nil
	a.Confusion = trained.Confusion{Classes: []string{"a", "b"}, Counts: [][]int{{1, 0}, {0, 1}}}
	requireText(t, e, a, `
  probability   test images     mean    right
  90 to 100 %         1,200   95.0 %   70.0 %

  a class's row: how many were taken for each class
  class   a   b
  a       1   .
  b       .   1
`)
	requireText(t, e, nil, "")
}

// TestOfManyClassesThePairsAreShown holds that a matrix too wide to read is none, and that a temperature is not judged by
// the examples that it was fitted on without saying so.
func TestOfManyClassesThePairsAreShown(t *testing.T) {
	e, a := answered()
	const classes = 30
	c := trained.Confusion{}
	for class := range classes {
		c.Classes, c.Counts = append(c.Classes, fmt.Sprintf("c%d", class)), append(c.Counts, make([]int, classes))
		c.Counts[class][0] = class
	}
	e.Split, a.Confusion = "validation", c
	var text strings.Builder
	if err := Answers(&text, e, a); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"1,000 validation labels, of these same examples: ",
		"\n  class   taken for   how many\n  c29            c0         29\n  c28            c0         28\n",
		"\n  c10            c0         10\n  and 9 pairs of no more; --json has all\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("want %q, found\n%s", want, text.String())
		}
	}
}

// answered is an evaluation with answers of three classes.
func answered() (*trained.Evaluation, *trained.Answers) {
	const long = "one that has more than thirty letters"
	calibration, tempered, nll, temperedNLL := 25.0, 5.0, 1.25, 0.5
	e := &trained.Evaluation{Calibration: &calibration, TemperedCalibration: &tempered, NLL: &nll, TemperedNLL: &temperedNLL}
	return e, &trained.Answers{
		Temperature: 2, TemperatureLabels: 1000,
		Reliability: []trained.Bin{{From: 0.7, To: 0.8}, {From: 0.8, To: 0.9}, {From: 0.9, To: 1, N: 1200, Confidence: 0.95, Accuracy: 0.7}},
		Tempered:    []trained.Bin{{From: 0.7, To: 0.8}, {From: 0.8, To: 0.9, N: 1200, Confidence: 0.8, Accuracy: 0.7}, {From: 0.9, To: 1}},
		Confusion:   trained.Confusion{Classes: []string{"cat", "\x1b[31mdog", long}, Counts: [][]int{{800, 3, 0}, {0, 39, 1}, {357, 0, 0}}},
		Mistakes:    []trained.Mistake{{Row: 1234, Class: long, TakenFor: "cat", Probability: 0.98765}},
	}
}

func requireText(t *testing.T, e *trained.Evaluation, a *trained.Answers, want string) {
	t.Helper()
	var text strings.Builder
	if err := Answers(&text, e, a); err != nil {
		t.Fatal(err)
	}
	if text.String() != want {
		t.Errorf("found\n%swant\n%s", text.String(), want)
	}
}
