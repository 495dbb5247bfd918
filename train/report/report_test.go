package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/configs"
)

// record writes a finished run of a configuration to root/name. Its test error is the one given.
func record(t *testing.T, root, name string, c *configs.Config, testError float64, more string) string {
	t.Helper()
	phase, m1 := c.ResultPhase(), ""
	if c.TrainsM1() {
		m1 = `"m1": 60, `
	}
	summary := fmt.Sprintf(`{"model": %q, "labels": %d, "seed": %d, "step": 20, "selected_by": "last",
		"test": {"error_percent": %g, "bound_nats": -90}, "device": "cpu", "threads": 2, "peak_memory_bytes": 1000000,
		"seconds": {%s"evaluation": 120}%s}`, c.Model, c.Data.Labels, c.Seed, testError, m1, more)
	dir, seconds, metricsOfM1, timingOfM1 := filepath.Join(root, name), 120, "", ""
	if c.TrainsM1() {
		metricsOfM1, timingOfM1 = "{\"phase\":\"m1\",\"step\":7}\n", "{\"phase\":\"m1\",\"step\":7,\"seconds\":60}\n"
	}
	if phase == "m1" {
		seconds = 60
	}
	for file, text := range map[string]string{
		configName: string(c.TOML()), summaryName: summary,
		metricsName: metricsOfM1 + fmt.Sprintf("{\"phase\":%q,\"step\":20,\"validation_error_percent\":5}\n", phase),
		timingName:  timingOfM1 + fmt.Sprintf("{\"phase\":%q,\"step\":20,\"seconds\":%d}\n", phase, seconds),
	} {
		write(t, filepath.Join(dir, file), text)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, sets ...string) *configs.Config {
	t.Helper()
	c, _, err := configs.Load("mnist-m1m2-100.toml", sets)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t *testing.T, roots ...string) *Library {
	t.Helper()
	l, err := Open(roots...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestARunCountsOnlyForItsOwnConfiguration(t *testing.T) {
	root := t.TempDir()
	record(t, root, "a-seed0", load(t), 3, "")
	record(t, root, "b-seed1", load(t, "seed=1", "m2.alpha=7"), 3, "")
	record(t, root, "c-seed2", load(t, "seed=2", "pictures.grid=3", "checkpoint.keep=9"), 3, "")
	l := open(t, root)
	for seed, want := range []string{"a-seed0", "", "c-seed2"} {
		choice := l.Choose(load(t, fmt.Sprint("seed=", seed)), "elsewhere")
		found := ""
		if choice.Finished != nil {
			found = choice.Finished.Name
		}
		if found != want {
			t.Errorf("seed %d: want %q, found %q", seed, want, found)
		}
		if said := strings.Join(choice.Notes, "\n"); (seed == 1) != strings.Contains(said, "b-seed1 is not used: m2.alpha: 7.0 → 3.0") {
			t.Errorf("seed %d: said %q", seed, said)
		}
	}
}

func TestAnUnfinishedRunIsGoneOnWithOnlyWhereRunsAreTrained(t *testing.T) {
	root := t.TempDir()
	dir := record(t, root, "a-seed0", load(t), 3, "")
	if err := os.Remove(filepath.Join(dir, summaryName)); err != nil {
		t.Fatal(err)
	}
	l := open(t, root)
	if choice := l.Choose(load(t), root); choice.Unfinished == nil || choice.Finished != nil || len(choice.Notes) > 0 {
		t.Errorf("below out: found %+v", choice)
	}
	if choice := l.Choose(load(t), "elsewhere"); choice.Unfinished != nil || len(choice.Notes) != 1 {
		t.Errorf("elsewhere: found %+v", choice)
	}
}

// An M1 from elsewhere must be one that this configuration would have trained itself.
func TestAnM1FromElsewhereIsKnownByItsDigestOrItsPath(t *testing.T) {
	for name, test := range map[string]struct {
		from, m1Digest, digest string
		sets                   []string
		counts                 bool
	}{
		"its path":               {from: "m1-seed0", counts: true},
		"its digest":             {from: "gone", m1Digest: "ab", digest: "ab", counts: true},
		"another digest":         {from: "m1-seed0", m1Digest: "ab", digest: "cd"},
		"no M1":                  {from: "gone"},
		"an M1 trained for less": {from: "m1-seed0", sets: []string{"m1.train.epochs=1"}},
		"an M1 of another seed":  {from: "m1-seed0", sets: []string{"seed=4"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			record(t, ".", "m1-seed0", M1Config(load(t, test.sets...)), 0, fmt.Sprintf(`, "m1_sha256": %q`, test.m1Digest))
			record(t, ".", "stack-seed0", load(t, "m1.from="+test.from), 3, fmt.Sprintf(`, "m1_sha256": %q`, test.digest))
			l := open(t, ".")
			choice := l.Choose(load(t), "out")
			if found := choice.Finished != nil; found != test.counts || found != (len(choice.Notes) == 0) {
				t.Fatalf("want it used: %v; found %+v", test.counts, choice)
			}
			if !test.counts {
				return
			}
			if seconds, whole := l.Time(choice.Finished); seconds != 60+120 || !whole {
				t.Errorf("want the time of M1's run in it, found %g, %v", seconds, whole)
			}
		})
	}
}

func TestChoosingCannotSeeTestFigures(t *testing.T) {
	choose := func(first, second float64) string {
		root := t.TempDir()
		record(t, root, "a-seed0", load(t), first, "")
		record(t, root, "b-seed0", load(t), second, "")
		return open(t, root).Choose(load(t), root).Finished.Name
	}
	if x, y := choose(1, 9), choose(9, 1); x != y {
		t.Errorf("the choice changed from %s to %s with the test errors", x, y)
	}
	root := t.TempDir()
	record(t, root, "a-seed0", load(t), 31.4159, "")
	if known := fmt.Sprintf("%+v", *open(t, root).Entries[0]); strings.Contains(known, "31.4159") {
		t.Errorf("an entry knows its test error: %s", known)
	}
}

func TestADamagedRecordIsNamed(t *testing.T) {
	for name, test := range map[string]struct{ file, text, want string }{
		"summary":            {summaryName, `{"model": "m1`, "summary.json: unexpected end of JSON input"},
		"another's summary":  {summaryName, `{"model": "m2", "labels": 100}`, "found that of m2, 100 and 0"},
		"summary of nothing": {summaryName, `{"model": "m1m2", "labels": 100}`, "want figures of a test part or of validation examples, found none"},
		"configuration":      {configName, "model = 3", "model"},
		"log":                {metricsName, "{\"phase\":\"m1\"}\n{", "metrics.jsonl: line 2"},
		"short log":          {metricsName, "{\"phase\":\"joint\",\"step\":10}\n", "found it to end at step 10"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			dir := record(t, root, "a-seed0", load(t), 3, "")
			write(t, filepath.Join(dir, test.file), test.text)
			l := open(t, root)
			if len(l.Entries) != 0 || len(l.Broken) != 1 || !strings.Contains(l.Broken[0].Error(), test.want) || !strings.Contains(l.Broken[0].Error(), dir) {
				t.Errorf("want %q, found %v and %d entries", test.want, l.Broken, len(l.Entries))
			}
			if _, err := l.Lines(&Table1); err == nil {
				t.Error("want an error where every record must count")
			}
		})
	}
}

func TestTableHasMeansBesideThePapersAndLinksToRecords(t *testing.T) {
	t.Chdir(t.TempDir())
	record(t, "records", "x-seed0", load(t), 3, `, "test_by_validation": {"error_percent": 2.5}`)
	record(t, "records", "x-seed1", load(t, "seed=1"), 4, `, "test_by_validation": {"error_percent": 2.5}`)
	l := open(t, "records")
	measured, err := l.Cell(&Table1.Rows[0], 100, l.Entries)
	if err != nil {
		t.Fatal(err)
	}
	lines := []Line{measured}
	for _, key := range []string{"m1knn", "cae"} {
		for i := range Table1.Rows {
			if row := &Table1.Rows[i]; row.Key == key {
				line, err := l.Cell(row, 600, nil)
				if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, line)
			}
		}
	}
	var text strings.Builder
	if err := Markdown(&text, lines, "."); err != nil {
		t.Fatal(err)
	}
	want := `| model | labels | test error | step | chosen by validation | the paper | seen seeds | phases | images | bound on log p(x) | time a seed | memory | device | seeds |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
| M1+M2 | 100 | 3.50 ± 0.71 % | last | 2.50 ± 0.00 % by 10000 labels | 3.33 ± 0.14 % | 0, 1 | m1, m2, joint | 50,000 | -90.00 ± 0.00 nats | 3.0 min | 1 MB | cpu, 2 threads | [0](records/x-seed0), [1](records/x-seed1) |
| M1+KNN | 600 | not measured | – | – | – | – | – | – | – | – | – | – | – |
| CAE | 600 | – | – | – | 6.3 % | – | – | – | – | – | – | – | – |
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	text.Reset()
	if err := Markdown(&text, lines, filepath.Join(here, "out")); err != nil || !strings.Contains(text.String(), "[0](../records/x-seed0)") {
		t.Errorf("from another folder: found %v\n%s", err, &text)
	}
	text.Reset()
	if err := CSV(&text, lines); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"m1m2,100,1,4,last,0,2.5,3.33,0.14,-90,180.0,true,1000000,cpu,2,records/x-seed1\n", "cae,600,,,,,,6.3,,"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("want %q, found\n%s", want, &text)
		}
	}
}

// TestSeedsThatWereSeenStandApart holds that whoever reads a mean can tell which seeds settings were chosen on.
func TestSeedsThatWereSeenStandApart(t *testing.T) {
	t.Chdir(t.TempDir())
	for seed, testError := range []float64{9, 9, 9, 9, 3, 4} {
		record(t, "records", fmt.Sprint("x-seed", seed), load(t, fmt.Sprint("seed=", seed)), testError, "")
	}
	l := open(t, "records")
	line, err := l.Cell(&Table1.Rows[0], 100, l.Entries)
	if err != nil {
		t.Fatal(err)
	}
	if seen, of := seenSeeds(&line), unseenError(&line); seen != "0, 1, 2, 3" || of != "3.50 ± 0.71 %" {
		t.Errorf("found seeds %s seen, and %s of the others", seen, of)
	}
	unseen := line.Unseen()
	if len(line.Results) != 6 || unseen.TestError() != "3.50 ± 0.71 %" || seenSeeds(&unseen) != none || unseenError(&unseen) != none {
		t.Errorf("without the seen seeds: found %+v", unseen)
	}
	line.Results = line.Results[:5]
	if of := unseenError(&line); of != none {
		t.Errorf("want no figure of one seed alone, found %s", of)
	}
}

// TestTheGridHasThePublishedForm holds that ours stands above the published figure, and leads to its records.
func TestTheGridHasThePublishedForm(t *testing.T) {
	t.Chdir(t.TempDir())
	table := &Table{Name: "small", Labels: []int{100, 600}, Rows: []Row{
		{Key: "m1m2", Title: "M1+M2", Model: "m1m2", Config: "c", Published: map[int]string{100: "3.33 ± 0.14"}},
		{Key: "m2", Title: "M2", Model: "m2", Config: "c", Published: map[int]string{100: "11.97", 600: "4.94"}},
		{Key: "cae", Title: "CAE", Published: map[int]string{100: "13.47"}},
	}}
	for row, c := range map[string]*configs.Config{"a": load(t), "b": load(t, "data.labels=600"), "c": load(t, "model=m2")} {
		if _, m1, err := Record(record(t, "runs", row+"-seed0", c, 3, ""), "records", row); err != nil || m1 != "" {
			t.Fatal(m1, err)
		}
	}
	l := open(t, "records")
	var lines []Line
	for i := range table.Rows {
		for _, n := range table.Labels {
			var chosen []*Entry
			for _, e := range l.Entries {
				if e.Config.Model == table.Rows[i].Model && int(e.Config.Data.Labels) == n {
					chosen = append(chosen, e)
				}
			}
			line, err := l.Cell(&table.Rows[i], n, chosen)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line)
		}
	}
	var text strings.Builder
	if err := table.Grid(&text, lines, []string{"cae", "m2", "m1m2"}, "."); err != nil {
		t.Fatal(err)
	}
	// Three records agree: one is the figure's reference, and the others are told in the table.
	want := `| labels |  | CAE | M2 | M1+M2 |
|---|---|---|---|---|
| 100 | ours | – | [3.00] | [3.00](records/a) |
|  | the paper | 13.47 | 11.97 | 3.33 ± 0.14 |
| 600 | ours | – | not measured | [3.00](records/b) |
|  | the paper | – | 4.94 | – |

[3.00]: records/c
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
	if err := table.Grid(&text, lines[1:], []string{"m1m2"}, "."); err == nil || err.Error() != "want a line of m1m2 with 100 labels, found none" {
		t.Errorf("found %v", err)
	}
	if err := table.Grid(&text, lines, []string{"lost"}, "."); err == nil || err.Error() != `want a row of small, found no "lost"` {
		t.Errorf("found %v", err)
	}
}

func TestM1sConfigurationIsTheSameForEveryStackOnIt(t *testing.T) {
	m1 := M1Config(load(t))
	for _, set := range []string{"data.labels=600", "m2.alpha=7", "m1.keep_above=0.2", "m2.train.steps=3", "model=m1"} {
		if diff := configs.Diff(m1, M1Config(load(t, set))); len(diff) > 0 {
			t.Errorf("%s: %v", set, diff)
		}
	}
	if _, _, err := configs.Parse("m1.toml", m1.TOML(), nil); err != nil {
		t.Error(err)
	}
	for _, set := range []string{"m1.train.epochs=3", "seed=4", "data.binarise=fixed", "m1.latents=9"} {
		if len(configs.Diff(m1, M1Config(load(t, set)))) == 0 {
			t.Errorf("%s: want another M1", set)
		}
	}
}

func TestPublishedFiguresAreWholeRows(t *testing.T) {
	for _, row := range Table1.Rows {
		for _, n := range Table1.Labels {
			text, ok := row.Published[n]
			if !ok {
				continue
			}
			var mean float64
			if _, err := fmt.Sscan(text, &mean); err != nil || mean < 2 || mean > 26 {
				t.Errorf("%s, %d labels: %q", row.Key, n, text)
			}
		}
	}
}

func TestAnExtendedRunIsNotChosen(t *testing.T) {
	t.Chdir(t.TempDir())
	record(t, "records", "x-seed0", load(t), 3, `, "extended": [{"phase": "m2", "from_step": 10, "to_step": 20}]`)
	record(t, "records", "y-seed0", load(t), 4, "")
	choice := open(t, "records").Choose(load(t), "")
	if choice.Finished == nil || choice.Finished.Name != "y-seed0" || len(choice.Notes) != 1 ||
		!strings.HasSuffix(choice.Notes[0], "is not used: it was extended after its test labels had been opened") {
		t.Errorf("found %+v", choice)
	}
}
