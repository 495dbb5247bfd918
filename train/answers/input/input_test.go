package input_test

import (
	"errors"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/model/trained/match"
	"ssdgm/model/trained/transform"
	"ssdgm/train/answers"
	"ssdgm/train/answers/input"
	"ssdgm/train/data/datatest"
)

// modelOf is a model of which only the input is known.
func modelOf(t *testing.T, in *transform.Transformation, sets ...string) *trained.Model {
	t.Helper()
	c, _, err := configs.Parse("test", nil, append([]string{"m1.train.steps=1", "m2.train.steps=1"}, sets...))
	if err != nil {
		t.Fatal(err)
	}
	return &trained.Model{Config: c, Inputs: in.Width, Height: 1, Width: in.Width, Input: in, ClassNames: []string{"cat", "dog"}, K: 2}
}

// flowers has two numbers and a word.
func flowers(missing string) *transform.Transformation {
	return &transform.Transformation{
		Kind: transform.Standard, Width: 4, Divisor: 1, Missing: missing,
		Shift: []float32{1, 10, 0, 0}, Scale: []float32{2, 5, 1, 1},
		Features: []transform.Feature{{Name: "a"}, {Name: "b"}, {Name: "kind", Categories: []string{"x", "y"}}},
	}
}

// all reads an input to its end, some rows at a time.
func all(t *testing.T, r input.Reader, most int) answers.Rows {
	t.Helper()
	var whole, rows answers.Rows
	for {
		err := r.Read(&rows, most)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rows.First != whole.N {
			t.Fatalf("rows from %d on, want %d", rows.First, whole.N)
		}
		whole.N += rows.N
		whole.X, whole.Labels = append(whole.X, rows.X...), append(whole.Labels, rows.Labels...)
		if whole.Kept == nil {
			whole.Kept = make([][]string, len(rows.Kept))
		}
		for k := range rows.Kept {
			whole.Kept[k] = append(whole.Kept[k], rows.Kept[k]...)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return whole
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	datatest.WriteFile(t, path, []byte(content))
	return path
}

func TestColumnsAreFoundByName(t *testing.T) {
	path := write(t, "x.csv", "id,kind,label,B,a,other\n007,y,cat,2,1,q\n008,,dog,4,3,q\n009,x,,6,5,q\n")
	var notes []string
	r, err := input.Open(modelOf(t, flowers(transform.Mask)), path, input.Options{
		Keep: []string{"id"}, Note: func(line string) { notes = append(notes, line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	found := all(t, r, 2)
	nan := float32(math.NaN())
	equal := cmp.Comparer(func(a, b float32) bool { return a == b || a != a && b != b })
	if want := []float32{1, 2, 0, 1, 3, 4, nan, nan, 5, 6, 1, 0}; !cmp.Equal(found.X, want, equal) {
		t.Errorf("found %v, want %v", found.X, want)
	}
	if want := []string{"cat", "dog", ""}; !cmp.Equal(found.Labels, want) {
		t.Errorf("labels %q, want %q", found.Labels, want)
	}
	if want := [][]string{{"007", "008", "009"}}; !cmp.Equal(found.Kept, want) {
		t.Errorf("kept %q, want %q", found.Kept, want)
	}
	if want := []string{path + `: column "other" is none of the model's: it is left out`}; !cmp.Equal(notes, want) {
		t.Errorf("notes %q, want %q", notes, want)
	}
}

// TestAWholeTableIsKept holds that every column is handed on as it stands, with the values that it holds, and that
// nothing is told of columns that are left out.
func TestAWholeTableIsKept(t *testing.T) {
	path := write(t, "x.csv", "id,kind,label,B,a\n007,y,cat,2.50,1e0\n008,,dog,4, \n")
	r, err := input.Open(modelOf(t, flowers(transform.Refuse)), path, input.Options{
		Whole: true, Missing: true, Note: func(line string) { t.Errorf("told %q", line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	names, places := r.Kept(), r.Places()
	if want := []string{"id", "kind", "label", "B", "a"}; !cmp.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
	if want := []match.Place{{}, {First: 2, Width: 2}, {}, {First: 1, Width: 1}, {First: 0, Width: 1}}; !cmp.Equal(places, want) {
		t.Errorf("places %v, want %v", places, want)
	}
	found := all(t, r, 1)
	if want := [][]string{{"007", "008"}, {"y", ""}, {"cat", "dog"}, {"2.50", "4"}, {"1e0", ""}}; !cmp.Equal(found.Kept, want) {
		t.Errorf("kept %q, want %q", found.Kept, want)
	}
	if !math.IsNaN(float64(found.X[4])) || !math.IsNaN(float64(found.X[6])) {
		t.Errorf("found %v, want two values missing", found.X)
	}
}

// TestAnArrayOfOneImageIsARow takes an array as high and as wide as a model's images for one of these, with its texts;
// one of another height is what it was.
func TestAnArrayOfOneImageIsARow(t *testing.T) {
	m := modelOf(t, transform.OfPixels(6))
	m.Height, m.Width = 2, 3
	for name, content := range map[string][]byte{
		"one.npy":  npy("2, 3", 0, 1, 2, 3, 4, byte(255)),
		"some.npy": npy("1, 2, 3", 0, 1, 2, 3, 4, byte(255)),
	} {
		r, err := input.Open(m, write(t, name, string(content)), input.Options{Whole: true})
		if err != nil {
			t.Fatal(name, err)
		}
		if r.Rows() != 1 {
			t.Errorf("%s: %d rows", name, r.Rows())
		}
		rows := all(t, r, 10)
		want := []float32{0, 1. / 255, 2. / 255, 3. / 255, 4. / 255, 1}
		if diff := cmp.Diff(want, rows.X); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if rows.N != 1 || len(rows.Kept) != 6 || rows.Kept[5][0] != "255" {
			t.Errorf("%s: %d rows, kept %v", name, rows.N, rows.Kept)
		}
	}
	_, err := input.Open(m, write(t, "x.npy", string(npy("1, 3", 0, 1, byte(2)))), input.Options{})
	if want := "want 6 columns, as the model was trained on, found 3; pixels come as images, as [n, 2, 3] or as [n, 6]"; err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("want %s, found %v", want, err)
	}
}

// TestAColumnThatIsNotReadIsLeftOutOfAWholeTable holds that dates beside the model's columns keep nobody from an answer,
// and that a line tells of them.
func TestAColumnThatIsNotReadIsLeftOutOfAWholeTable(t *testing.T) {
	one := &transform.Transformation{
		Kind: transform.Standard, Width: 1, Divisor: 1, Shift: []float32{0}, Scale: []float32{1},
		Features: []transform.Feature{{Name: "x"}},
	}
	var notes []string
	path := filepath.Join("..", "..", "data", "frame", "testdata", "parquet", "nested.parquet")
	r, err := input.Open(modelOf(t, one), path, input.Options{
		Whole: true, Note: func(line string) { notes = append(notes, line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if rows := all(t, r, 1); rows.N != 2 || slices.Contains(r.Kept(), "when") || !slices.Contains(r.Kept(), "x") {
		t.Errorf("%d rows of %q, want 2 without the column when", rows.N, r.Kept())
	}
	if len(notes) != 1 || !strings.Contains(notes[0], `"when"`) {
		t.Errorf("notes %q, want one of the columns that are left out", notes)
	}
}

// TestAWordInPlaceOfANumberNamesItsColumn holds it of columns behind those of words, which are several values each.
func TestAWordInPlaceOfANumberNamesItsColumn(t *testing.T) {
	m := modelOf(t, &transform.Transformation{
		Kind: transform.Standard, Width: 4, Divisor: 1, Shift: make([]float32, 4), Scale: []float32{1, 1, 1, 1},
		Features: []transform.Feature{{Name: "kind", Categories: []string{"x", "y"}}, {Name: "a"}, {Name: "b"}},
	})
	_, err := input.Open(m, write(t, "x.csv", "kind,a,b\nx,1,oops\n"), input.Options{})
	if want := `field 3: want a number in column "b", found "oops"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("want %q, found %v", want, err)
	}
}
