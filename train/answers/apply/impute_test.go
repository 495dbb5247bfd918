package apply

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/ref"
	"ssdgm/model/trained"
	"ssdgm/train/data"
)

// silent shows nothing.
type silent struct{}

func (silent) Done(int) {}
func (silent) Close()   {}

// stripes is a job for a model of images of 4×4, in a folder of its own, and what is told.
func stripes(t *testing.T) (j Job, told *[]string) {
	t.Helper()
	model, err := filepath.Abs("../../../model/trained/testdata/stripes.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	told = new([]string)
	return Job{
		Open:     func(string) (*trained.Model, error) { return trained.Open(model) },
		Device:   func(*configs.Config) (engine.Device, error) { return ref.New[float32](1), nil },
		Note:     func(line string) { *told = append(*told, line) },
		Progress: func(int) Progress { return silent{} },
	}, told
}

// lines are those of a file.
func linesOf(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func writeLines(t *testing.T, path string, lines []string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
}

// pixelRows are rows of bytes of which some are missing; the first one is whole.
func pixelRows(n int) []string {
	r := rand.New(rand.NewPCG(1, 1))
	all := make([]string, n)
	for i := range all {
		cells := make([]string, 16)
		for j := range cells {
			if cells[j] = fmt.Sprint(r.IntN(256)); i > 0 && r.IntN(3) == 0 {
				cells[j] = []string{"", "NA", "nan"}[r.IntN(3)]
			}
		}
		all[i] = strings.Join(cells, ",")
	}
	return all
}

func impute(t *testing.T, j Job, in, out string, change func(c *Imputation)) []string {
	t.Helper()
	c := Imputation{Job: j, Chains: 2, Steps: 6}
	c.Input, c.Out = in, out
	if change != nil {
		change(&c)
	}
	if err := c.Impute(t.Context(), "model"); err != nil {
		t.Fatal(err)
	}
	return linesOf(t, out)[1:]
}

// TestWhatIsFilledHangsOnItsOwnRowAlone takes more rows than a batch has, in their order and in the other, and holds each
// to the other, and what is there to what came.
func TestWhatIsFilledHangsOnItsOwnRowAlone(t *testing.T) {
	j, told := stripes(t)
	const n = chainRows + 44
	rows := pixelRows(n)
	writeLines(t, "in.csv", rows)
	filled := impute(t, j, "in.csv", "out.csv", nil)
	back := slices.Clone(rows)
	slices.Reverse(back)
	writeLines(t, "back.csv", back)
	found := impute(t, j, "back.csv", "out.csv", nil)
	slices.Reverse(found)
	if !slices.Equal(found, filled) {
		t.Error("rows in another order are filled otherwise")
	}
	missing := 0
	for i, line := range filled {
		cells := strings.Split(line, ",")
		for k, text := range strings.Split(rows[i], ",") {
			switch text {
			case "", "NA", "nan":
				missing++
				var v int
				if _, err := fmt.Sscanf(cells[k], "%d", &v); err != nil || fmt.Sprint(v) != cells[k] || v < 0 || v > 255 {
					t.Fatalf("row %d: want a byte in place of %q, found %q", i, text, cells[k])
				}
			case cells[k]:
			default:
				t.Fatalf("row %d: %q became %q", i, text, cells[k])
			}
		}
	}
	want := fmt.Sprintf("%d rows: %s values are filled in %d of them, by 2 chains of 6 steps", n,
		strings.Replace(fmt.Sprintf("%04d", missing), "1", "1,", 1), n-1)
	if last := (*told)[len(*told)-1]; last != want {
		t.Errorf("want %q told, found %q", want, last)
	}
}

// TestDrawsOfARowStandTogether holds that there are as many rows for each, also of those that lack nothing, and that
// their mean is near to what is filled without them.
func TestDrawsOfARowStandTogether(t *testing.T) {
	j, _ := stripes(t)
	rows := pixelRows(3)
	writeLines(t, "in.csv", rows)
	drawn := impute(t, j, "in.csv", "out.csv", func(c *Imputation) { c.Draws = 4 })
	if len(drawn) != 12 {
		t.Fatalf("want 4 rows for each of 3, found %d", len(drawn))
	}
	for i, line := range drawn {
		draw, row, _ := strings.Cut(line, ",")
		if draw != fmt.Sprint(i%4+1) || i < 4 && row != rows[0] {
			t.Errorf("row %d: found %q", i, line)
		}
	}
	if slices.Equal(drawn[4:5], drawn[5:6]) {
		t.Error("two draws are the same")
	}
}

// TestAMaskHidesRows holds a mask of one row, and one of as many as the input has, to cells that are empty.
func TestAMaskHidesRows(t *testing.T) {
	j, _ := stripes(t)
	const n = chainRows + 3
	whole, gaps, mask := make([]string, n), make([]string, n), make([]string, n)
	hidden := "," + strings.Repeat("1,", 7) + "0,0,0,0,0,0,0,0"
	for i := range n {
		whole[i] = fmt.Sprintf("9,8,7,6,5,4,3,%d,%d", i%256, i/256) + strings.Repeat(",200", 7)
		gaps[i] = strings.Repeat(",", 8) + strings.Join(strings.Split(whole[i], ",")[8:], ",")
		mask[i] = "1" + hidden
	}
	writeLines(t, "whole.csv", whole)
	writeLines(t, "gaps.csv", gaps)
	writeLines(t, "one.csv", mask[:1])
	writeLines(t, "each.csv", mask)
	writeLines(t, "short.csv", mask[1:])
	writeLines(t, "long.csv", append(mask, mask[0]))
	want := impute(t, j, "gaps.csv", "out.csv", nil)
	for _, path := range []string{"one.csv", "each.csv"} {
		if found := impute(t, j, "whole.csv", "out.csv", func(c *Imputation) { c.Mask = path }); !slices.Equal(found, want) {
			t.Errorf("%s: what is masked is not filled as what is missing", path)
		}
	}
	for path, want := range map[string]string{
		"short.csv": fmt.Sprintf("one for each of the input's, found %d", n-1),
		"long.csv":  fmt.Sprintf("one for each of the input's %d, found more", n),
	} {
		c := Imputation{Job: j, Chains: 1, Steps: 2, Mask: path}
		c.Input, c.Out = "whole.csv", "no.csv"
		if err := c.Impute(t.Context(), "model"); !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, found %v", path, want, err)
		}
		if _, err := os.Stat("no.csv"); err == nil {
			t.Errorf("%s: a table is there all the same", path)
		}
	}
}

// TestFilledNumbersAreWrittenPlainly holds them to the digits that anybody knows.
func TestFilledNumbersAreWrittenPlainly(t *testing.T) {
	s := sheet{unit: 1}
	for v, want := range map[float32]string{
		0.123456789: "0.123457", -12.5: "-12.5", 0: "0", 99999.96: "100000", 1234567.8: "1234568", 1e-9: "1e-09", 3e30: "3e+30",
	} {
		if found := s.text(v); found != want {
			t.Errorf("%g: want %s, found %s", v, want, found)
		}
	}
	if s.number("0,5", 0); s.text(1.25) != "1,25" {
		t.Errorf("want a comma where the input has them, found %s", s.text(1.25))
	}
	pixels := sheet{unit: 255}
	if found := pixels.text(0.5); found != "128" {
		t.Errorf("want a byte, found %s", found)
	}
}
