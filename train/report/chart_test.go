package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/model/trained"
)

func requireXML(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Errorf("want finite coordinates, found\n%s", text)
	}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
}

func TestAnyChartIsWellFormed(t *testing.T) {
	for name, points := range map[string][]Point{
		"none": nil, "one": {{1, 1, 0}}, "level": {{1, 2, 0}, {2, 2, 0}}, "zero": {{0, 0, 0}, {1, 3, 5}}, "wide": {{1e-6, 1e9, 0}, {1, 1, 0}},
	} {
		for _, log := range []bool{false, true} {
			var text strings.Builder
			chart := Chart{Title: "<&>", LogX: log, LogY: log, Lines: []Curve{{Name: "a & b", Style: 11, Points: points, Marked: true}}}
			if err := WriteSVG(&text, chart, chart); err != nil {
				t.Fatal(err)
			}
			requireXML(t, text.String())
			if found := strings.Count(text.String(), "a &amp; b"); found != 1 {
				t.Errorf("%s: want one word in the legend, found %d", name, found)
			}
		}
	}
}

func TestAxesSpanTheirFiguresAndTicksLieOnThem(t *testing.T) {
	for _, log := range []bool{false, true} {
		for _, values := range [][]float64{{1, 2}, {3, 4.5}, {100, 3000}, {0.2, 90}, {5, 300000}, {0.03, 0.031}} {
			a := newAxis(values, log, 0, 100)
			x, y := a.place(values[0]), a.place(values[1])
			if x < 0 || y > 100 || x >= y {
				t.Errorf("%v: placed at %g and %g", values, x, y)
			}
			if !log && (len(a.ticks) < 4 || len(a.ticks) > 12) {
				t.Errorf("%v: %d ticks %v", values, len(a.ticks), a.ticks)
			}
			for i, tick := range a.ticks {
				if p := a.place(tick); p < 0 || p > 100 || i > 0 && p <= a.place(a.ticks[i-1]) {
					t.Errorf("%v: tick %g lies at %g", values, tick, p)
				}
			}
		}
	}
}

func TestTicksReadAsAPersonWouldWriteThem(t *testing.T) {
	for v, want := range map[float64]string{3000: "3000", 100000: "100k", 0.2: "0.2", 0.1 + 0.2: "0.3", 1500: "1500", 25000: "25k", 0: "0"} {
		if found := tickText(v); found != want {
			t.Errorf("%v: want %s, found %s", v, want, found)
		}
	}
}

func TestCurvesCountTheTimeOfM1WhereverItWasTrained(t *testing.T) {
	t.Chdir(t.TempDir())
	whole := record(t, "runs", "whole-seed0", load(t), 3, "")
	record(t, "runs", "m1-seed0", M1Config(load(t)), 0, "")
	stacked := record(t, "runs", "stacked-seed0", load(t, "m1.from=runs/m1-seed0"), 3, "")
	charts, _, err := Curves([]string{whole, stacked})
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range charts[0].Lines {
		if len(line.Points) != 1 || math.Abs(line.Points[0].X-3) > 1e-12 || line.Style != i {
			t.Errorf("%s: want a look after 3 minutes in a colour of its own, found %+v", line.Name, line)
		}
	}
	if diff := cmp.Diff([]Point{{20, 5, 0}}, charts[1].Lines[0].Points); diff != "" {
		t.Error(diff)
	}
	// A run without a look is left out of a folder of several, and the same run given twice is one.
	charts, notes, err := Curves([]string{"runs", whole, "./" + whole})
	if err != nil || len(charts[0].Lines) != 2 || len(notes) != 1 || !strings.Contains(notes[0], "m1-seed0 is not drawn") {
		t.Errorf("of a folder: found %d curves, %q, %v", len(charts[0].Lines), notes, err)
	}
	if err := os.RemoveAll(filepath.Join("runs", "m1-seed0")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Curves([]string{stacked}); err == nil || !strings.Contains(err.Error(), "give its folder too") {
		t.Errorf("without M1's run: found %v", err)
	}
	write(t, filepath.Join(whole, timingName), "{\"phase\":\"m2\",\"step\":19,\"seconds\":3}\n")
	if _, _, err := Curves([]string{whole}); err == nil || !strings.Contains(err.Error(), "want the time of step 20") {
		t.Errorf("without the look's time: found %v", err)
	}
}

func TestReplicasHaveAnEqualShareOfTheirTime(t *testing.T) {
	t.Chdir(t.TempDir())
	together := record(t, "runs", "together-seed0", load(t), 3, `, "replicas": {"m1": 3, "m2": 4}`)
	write(t, filepath.Join(together, metricsName), "{\"phase\":\"m1\",\"step\":7}\n"+
		"{\"phase\":\"m2\",\"step\":20,\"validation_error_percent\":5}\n{\"phase\":\"joint\",\"step\":20,\"validation_error_percent\":4}\n")
	write(t, filepath.Join(together, timingName), "{\"phase\":\"m1\",\"step\":7,\"seconds\":180,\"replicas\":3}\n"+
		"{\"phase\":\"m2\",\"step\":20,\"seconds\":240,\"replicas\":4}\n{\"phase\":\"joint\",\"step\":20,\"seconds\":60}\n")
	charts, _, err := Curves([]string{together})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Point{{2, 5, 0}, {3, 4, 0}}, charts[0].Lines[0].Points); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Point{{20, 5, 0}, {40, 4, 0}}, charts[1].Lines[0].Points); diff != "" {
		t.Error("updates after M1:", diff)
	}
	l := open(t, "runs")
	if seconds := l.Entries[0].Seconds["m1"]; seconds != 20 {
		t.Errorf("want a third of the 60 seconds of M1, found %g", seconds)
	}
}

// strokes are the colour and the dash of each word of a drawing's legend.
func strokes(t *testing.T, charts ...Chart) map[string]string {
	t.Helper()
	var text strings.Builder
	if err := WriteSVG(&text, charts...); err != nil {
		t.Fatal(err)
	}
	requireXML(t, text.String())
	_, legend, _ := strings.Cut(text.String(), "</g>")
	found := map[string]string{}
	line := regexp.MustCompile(`(stroke="#[^/]*)/>\n<text [^>]*>([^<]*)<`)
	for _, match := range line.FindAllStringSubmatch(legend, -1) {
		if other := found[match[1]]; other != "" {
			t.Errorf("%s looks like %s: %s", match[2], other, match[1])
		}
		found[match[1]] = match[2]
	}
	return found
}

func TestNoTwoCurvesShareAColourAndADash(t *testing.T) {
	many := Chart{}
	for i := range 60 {
		for _, dashed := range []bool{false, true} {
			many.Lines = append(many.Lines, Curve{Name: fmt.Sprint(i, dashed), Style: i, Dashed: dashed, Points: []Point{{1, 1, 0}, {2, 2, 0}}})
		}
	}
	if found := strokes(t, many); len(found) != 120 {
		t.Errorf("want 120 words in the legend, found %d", len(found))
	}
	var lines []Line
	for _, row := range Table1.Rows {
		lines = append(lines, Line{Key: row.Key, Labels: 100, Published: row.Published[100], Results: []Result{{
			Figures: &Figures{Test: &trained.Evaluation{ErrorPercent: new(float64)}}}}})
	}
	if found := strokes(t, Table1.chart(lines)); len(found) != len(lines)+9 {
		t.Errorf("want a word for each of %d models and 9 of the paper's, found %d", len(lines), len(found))
	}
}

func TestRunsOfOneNameAndTwoKindsAreDrawnApart(t *testing.T) {
	t.Chdir(t.TempDir())
	given := []string{
		record(t, "a", "run-seed0", load(t), 3, ""), record(t, "b", "run-seed0", load(t, "m2.alpha=7"), 3, ""),
		record(t, "a", "same-seed0", load(t), 3, ""), record(t, "b", "same-seed1", load(t, "seed=1"), 3, ""),
	}
	charts, _, err := Curves(given)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, line := range charts[0].Lines {
		names = append(names, line.Name)
	}
	if diff := cmp.Diff([]string{"a/run-seed0", "b/run-seed0", "same", "same"}, names); diff != "" {
		t.Error(diff)
	}
	if found := strokes(t, charts[0]); len(found) != 3 {
		t.Errorf("want three colours, found %v", found)
	}
}
