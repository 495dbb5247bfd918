package sanity

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ssdgm/model/trained/transform"
	"ssdgm/train/allocated"
	"ssdgm/train/data"
	"ssdgm/train/data/rng"
)

// rowsOf walks over n rows that are functions of their number.
func rowsOf(n int, row func(i int) (values []float32, label uint8)) func(each func([]float32, uint8) error) error {
	return func(each func([]float32, uint8) error) error {
		for i := range n {
			values, label := row(i)
			if err := each(values, label); err != nil {
				return err
			}
		}
		return nil
	}
}

// noise are values of their own for each row and column.
func noise(i, columns int) []float32 {
	random := rng.New(7, uint64(i))
	values := make([]float32, columns)
	for j := range values {
		values[j] = float32(random.Uint64()>>40) / (1 << 24)
	}
	return values
}

func named(names ...string) (features []transform.Feature) {
	for _, name := range names {
		features = append(features, transform.Feature{Name: name})
	}
	return features
}

// columns is Columns of rows that can be read.
func columns(t *testing.T, table Table) []string {
	t.Helper()
	notes, err := Columns(table)
	if err != nil {
		t.Fatal(err)
	}
	return notes
}

// TestColumnsThatAreSurelyAMistakeAreNamed holds the line of each kind, and that a sound table has none.
func TestColumnsThatAreSurelyAMistakeAreNamed(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		name string
		add  func(i int, noise []float32, label uint8) float32 // the last column, after a and b
		want string
	}{
		{"sound", func(i int, noise []float32, _ uint8) float32 { return noise[2] }, ""},
		{"few values, and no twin after many rows", func(i int, _ []float32, _ uint8) float32 { return float32(i / 37 % 2) }, ""},
		{"constant: the fit says it", func(int, []float32, uint8) float32 { return 3 }, ""},
		{"a twin", func(_ int, noise []float32, _ uint8) float32 { return noise[0] },
			"toy: the same values stand in two columns in every row (a and last); leave one of each two out (data.drop_columns)"},
		{"a twin but for the last row", func(i int, noise []float32, _ uint8) float32 {
			return noise[0] + float32(i/299)
		}, ""},
		{"numbers", func(i int, _ []float32, _ uint8) float32 { return float32(i + 1) },
			"toy: column last numbers the rows: it tells nothing of new ones; leave it out (data.drop_columns)"},
		{"numbers in another order", func(i int, _ []float32, _ uint8) float32 { return float32(i * 7 % 300) },
			"toy: column last numbers the rows: it tells nothing of new ones; leave it out (data.drop_columns)"},
		{"numbers of which some are left out", func(i int, _ []float32, _ uint8) float32 { return float32(i + i/3) },
			"toy: column last numbers the rows: it tells nothing of new ones; leave it out (data.drop_columns)"},
		{"whole numbers that rise far", func(i int, _ []float32, _ uint8) float32 { return float32(3 * i) }, ""},
		{"whole numbers, one of them twice", func(i int, _ []float32, _ uint8) float32 { return float32(i * 7 % 299) }, ""},
		{"times in seconds of an hour", func(i int, _ []float32, _ uint8) float32 { return 1.7e9 + 12*float32(i*7%300) },
			"toy: column last: the values are alike, or so close together for their size that single precision hardly tells them " +
				"apart; if they differ, subtract the least of them from each"},
		{"large and constant", func(int, []float32, uint8) float32 { return 1e9 },
			"toy: column last: the values are alike, or so close together for their size that single precision hardly tells them " +
				"apart; if they differ, subtract the least of them from each"},
		{"times in seconds of a year", func(i int, _ []float32, _ uint8) float32 { return 1.7e9 + 1e5*float32(i*7%299) }, ""},
		{"a mark of what is missing", func(i int, noise []float32, _ uint8) float32 {
			if i%7 == 3 {
				return -999
			}
			return noise[2]
		}, "toy: nothing but this is below 0 in column last (-999): if it stands for a missing value, leave the cell empty and " +
			"choose data.missing"},
		{"such a number beside others below 0", func(i int, noise []float32, _ uint8) float32 {
			if i%7 == 3 {
				return -999
			}
			return noise[2] - 0.5
		}, ""},
		{"infinite", func(int, []float32, uint8) float32 { return float32(math.Inf(1)) }, ""},
		{"the label", func(_ int, _ []float32, label uint8) float32 { return 10 - float32(label) },
			"toy: column last tells the label of every labelled row: if it is not known where the label is not, leave it out " +
				"(data.drop_columns)"},
		{"the label in finer grades", func(i int, _ []float32, label uint8) float32 { return 10*float32(label) + float32(i%9) },
			"toy: column last tells the label of every labelled row: if it is not known where the label is not, leave it out " +
				"(data.drop_columns)"},
		{"missing where the label is 1", func(_ int, _ []float32, label uint8) float32 {
			if label == 1 {
				return nan
			}
			return float32(label)
		}, "toy: column last tells the label of every labelled row: if it is not known where the label is not, leave it out " +
			"(data.drop_columns)"},
		{"the label but for one row", func(i int, _ []float32, label uint8) float32 {
			if i == 201 {
				label = (label + 1) % 3
			}
			return float32(label)
		}, ""},
	} {
		table := Table{Name: "toy", Features: named("a", "b", "last"), Rows: rowsOf(300, func(i int) ([]float32, uint8) {
			values, label := noise(i, 3), uint8(i/50%3)
			values[2] = c.add(i, values, label)
			if i%5 == 0 {
				label = data.Unlabelled
			}
			return values, label
		})}
		if got := strings.Join(columns(t, table), "\n"); got != c.want {
			t.Errorf("%s: found %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestAOneHotFeatureIsOneColumn holds that a feature of categories which tells the label is named once, by its own name,
// although none of its columns tells it.
func TestAOneHotFeatureIsOneColumn(t *testing.T) {
	table := Table{
		Name: "toy", Features: append(named("a"), transform.Feature{Name: "kind", Categories: []string{"x", "y", "z"}}),
		Rows: rowsOf(60, func(i int) ([]float32, uint8) {
			row := append(noise(i, 1), 0, 0, 0)
			row[1+i%3] = 1
			return row, uint8(i % 3)
		}),
	}
	if got := columns(t, table); len(got) != 1 || !strings.HasPrefix(got[0], "toy: column kind tells the label of every ") {
		t.Errorf("found %q", got)
	}
}

// TestManyColumnsAreNamedByTheFirst holds that a line stays a line.
func TestManyColumnsAreNamedByTheFirst(t *testing.T) {
	table := Table{Name: "toy", Features: Features(20), Rows: rowsOf(40, func(i int) ([]float32, uint8) {
		return slices.Repeat(noise(i, 1), 20), uint8(i % 2)
	})}
	want := "toy: the same values stand in two columns in every row (0 and 1, 0 and 2, 0 and 3, 0 and 4, 0 and 5 and 14 more); " +
		"leave one of each two out (data.drop_columns)"
	if got := columns(t, table); len(got) != 1 || got[0] != want {
		t.Errorf("found %q", got)
	}
}

// TestFewRowsProveNothing holds that a table of a few labelled rows, where every column tells the label, has no line.
func TestFewRowsProveNothing(t *testing.T) {
	table := Table{Name: "toy", Features: Features(2), Rows: rowsOf(500, func(i int) ([]float32, uint8) {
		label := uint8(data.Unlabelled)
		if i < rowsLeast-1 {
			label = uint8(i % 2)
		}
		return []float32{float32(i % 2), noise(i, 1)[0]}, label
	})}
	if got := columns(t, table); got != nil {
		t.Errorf("found %q", got)
	}
}

// TestMemoryIsThatOfTheColumns holds that ten times the rows cost no more.
func TestMemoryIsThatOfTheColumns(t *testing.T) {
	row := make([]float32, 200)
	used := func(n int) uint64 {
		return allocated.Bytes(func() {
			columns(t, Table{Name: "toy", Features: Features(len(row)), Rows: rowsOf(n, func(i int) ([]float32, uint8) {
				for j := range row {
					row[j] = float32((i*31+j*17)%1009) / 8
				}
				return row, uint8(i % 2)
			})})
		})
	}
	if few, many := used(2_000), used(20_000); many > few+few/4+1<<16 {
		t.Errorf("2,000 rows made it allocate %d bytes, 20,000 %d", few, many)
	}
}

func TestAnErrorOfTheRowsIsReturned(t *testing.T) {
	broken := errors.New("broken")
	_, err := Columns(Table{Rows: func(func([]float32, uint8) error) error { return broken }})
	if !errors.Is(err, broken) {
		t.Errorf("error = %v", err)
	}
}

func TestOtherLinesAreSaidWhereTheyAreTrue(t *testing.T) {
	for got, want := range map[string]string{
		Dim("x", 255, false): "", Dim("x", 32, true): "",
		Dim("x", 16, false): "x: the largest value is 16, where pixels go to 255; if 16 is the largest there is, multiply by 15.94",
		Dim("x", 0, false):  "x: every value is 0: there is nothing to learn from them",
		Dim("x", 1, false):  "x: the largest value is 1, where pixels go to 255; if 1 is the largest there is, write 255 for it",
		Dim("x", 1, true): "x: no value is above 1/127, where 1 is the largest there is: if they were divided by 255 twice, " +
			"divide them once",
		Shared("x", 0, 9, true): "",
		Shared("x", 2, 9, true): "x: 2 of 9 test examples stand in the training part too: the test error tells less of new ones",
		Shared("x", 2, 9, false): "x: at least 2 of 9 test examples stand in the training part too: " +
			"the test error tells less of new ones",
		Labels("x", "y", 90, 99): "", Labels("x", "y", 60, 200): "",
		Labels("x", "y", 120, 200): "x: column y has 120 different labels in 200 labelled rows: it looks like an id or a real value; " +
			"choose another label column",
	} {
		if got != want {
			t.Errorf("found %q\nwant %q", got, want)
		}
	}
}

func BenchmarkColumns(b *testing.B) {
	row := make([]float32, 1000)
	table := Table{Name: "toy", Features: Features(len(row)), Rows: rowsOf(10_000, func(i int) ([]float32, uint8) {
		for j := range row {
			row[j] = float32((i*31 + j*17) % 1009)
		}
		return row, uint8(i % 2)
	})}
	b.SetBytes(4e7)
	for b.Loop() {
		if _, err := Columns(table); err != nil {
			b.Fatal(fmt.Errorf("%w", err))
		}
	}
}
