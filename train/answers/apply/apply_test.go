package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/model/trained"
	"ssdgm/train/data"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stripesFile is a model of images of 4×4 in three classes.
const stripesFile = "../../../model/trained/testdata/stripes.safetensors"

// jobOf answers an input into a file; said takes the lines for the user.
func jobOf(in, out string, said *[]string) Job {
	return Job{
		Input: in, Out: out,
		Open:     func(path string) (*trained.Model, error) { return trained.Open(path) },
		Device:   func(*configs.Config) (engine.Device, error) { return cpu.New(cpu.Options{Replicas: 1, Threads: 1}) },
		Note:     func(line string) { *said = append(*said, line) },
		Progress: func(int) Progress { return silent{} },
	}
}

// pixels are rows of 16 pixels with a label, as CSV; label gives each its own.
func pixels(rows int, label func(i int) string) string {
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for j := range 16 {
		fmt.Fprintf(&text, "p%d,", j)
	}
	text.WriteString("label\n")
	for i := range rows {
		for range 16 {
			fmt.Fprintf(&text, "%d,", random.IntN(256))
		}
		text.WriteString(label(i) + "\n")
	}
	return text.String()
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func readAll(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestAnswersDoNotDependOnWhatStandsBeside holds classify and encode, with draws, to the same lines for the same rows,
// whatever other rows are in the file, and however many.
func TestAnswersDoNotDependOnWhatStandsBeside(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(pixels(5000, func(int) string { return "" }), "\n")
	heading, rows := lines[0], lines[1:5001]
	var said []string
	answer := map[string]func(in, out string) error{
		"classify": func(in, out string) error {
			c := Classification{Job: jobOf(in, out, &said), Usual: true}
			return c.Classify(t.Context(), stripesFile)
		},
		"encode": func(in, out string) error {
			e := Encoding{Job: jobOf(in, out, &said), What: []string{mean, samples}, Samples: 2}
			return e.Encode(t.Context(), stripesFile)
		},
	}
	for name, do := range answer {
		found := map[string]string{}
		for _, part := range [][]string{rows, rows[:1], rows[7:600], {rows[4999], rows[3], rows[3]}} {
			out := filepath.Join(t.TempDir(), "a.csv")
			if err := do(write(t, "x.csv", heading+strings.Join(part, "")), out); err != nil {
				t.Fatal(err)
			}
			answers := strings.SplitAfter(readAll(t, out), "\n")
			if len(answers) != len(part)+2 {
				t.Fatalf("%s: want an answer for each of %d rows, found %d lines", name, len(part), len(answers))
			}
			for i, row := range part {
				if before, known := found[row]; known && before != answers[i+1] {
					t.Fatalf("%s: row %d is answered by %q, and with others by %q", name, i, answers[i+1], before)
				}
				found[row] = answers[i+1]
			}
		}
	}
}

// TestLabelsAreCountedAgainstTheAnswers holds that labels are handed on as they are, and that those of no class and
// missing ones do not count.
func TestLabelsAreCountedAgainstTheAnswers(t *testing.T) {
	t.Parallel()
	names := []string{"0", "1", "2", "", "zebra"}
	in := write(t, "x.csv", pixels(1000, func(i int) string { return names[i%5] }))
	out := filepath.Join(t.TempDir(), "a.csv")
	var said []string
	c := Classification{Job: jobOf(in, out, &said)}
	if err := c.Classify(t.Context(), stripesFile); err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, line := range strings.Split(readAll(t, out), "\n")[1:1001] {
		cells := strings.Split(line, ",")
		if cells[0] != names[i%5] {
			t.Fatalf("row %d: want the label %q, found %q", i, names[i%5], cells[0])
		}
		if i%5 < 3 && cells[1] != cells[0] {
			wrong++
		}
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{
		fmt.Sprintf("error %.2f %%: %d of 600 labelled rows are taken for another class", float64(wrong)/6, wrong),
		"200 rows have labels that are no class of the model's, and not counted: zebra, where the classes are 0, 1, 2",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("want %q, found %q", want, all)
		}
	}
}

// TestAPipeThatIsSilentDoesNotHoldUpWhoStops ends while the input is being opened.
func TestAPipeThatIsSilentDoesNotHoldUpWhoStops(t *testing.T) {
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin := os.Stdin
	os.Stdin = from
	defer func() { os.Stdin = stdin }()
	ctx, stop := context.WithCancelCause(t.Context())
	asked := errors.New("asked to stop")
	ended := make(chan error)
	out := filepath.Join(t.TempDir(), "a.csv")
	go func() {
		var said []string
		c := Classification{Job: jobOf("-", out, &said)}
		ended <- c.Classify(ctx, stripesFile)
	}()
	if _, err := io.WriteString(to, "1,2"); err != nil {
		t.Fatal(err)
	}
	stop(asked)
	if err := <-ended; !errors.Is(err, asked) {
		t.Errorf("want the cause, found %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("want no file")
	}
	if err := to.Close(); err != nil { // which ends the reader that waits
		t.Fatal(err)
	}
}

// TestWrongOptionsAreOneMistake holds that the first of several is told alone, before anything is opened.
func TestWrongOptionsAreOneMistake(t *testing.T) {
	t.Parallel()
	var said []string
	none := -1.0
	j := jobOf("x.csv", "a.xlsx", &said)
	j.Open = func(string) (*trained.Model, error) { t.Error("opened"); return nil, errors.New("opened") }
	encode := Encoding{Job: j, What: []string{"median"}, Latents: "z3"}
	classify := Classification{Job: j, Usual: true, Threshold: &none, Top: -1}
	j.Input = ""
	nowhere := Classification{Job: j}
	for _, test := range []struct {
		found error
		want  string
	}{
		{encode.Encode(t.Context(), stripesFile), "--what median: "},
		{classify.Classify(t.Context(), stripesFile), "--threshold -1: "},
		{nowhere.Classify(t.Context(), stripesFile), `INPUT "": `},
	} {
		if text := fmt.Sprint(test.found); !errors.Is(test.found, data.ErrInput) || !strings.HasPrefix(text, test.want) || strings.Contains(text, "\n") {
			t.Errorf("want one line that begins with %q, found %q", test.want, text)
		}
	}
}
