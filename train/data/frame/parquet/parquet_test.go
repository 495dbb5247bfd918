package parquet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/strict"
)

const fixtures = "../testdata/parquet"

// row is a row as text: its numbers, then its words.
type row []string

// rows reads the named columns of files: as numbers where they are columns of numbers, else as texts.
func rows(t *testing.T, numbers, texts []string, names ...string) ([]row, error) {
	t.Helper()
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.Join(fixtures, name))
	}
	r, err := OpenAll(paths, frame.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return all(r, places(t, r, numbers), places(t, r, texts))
}

func places(t *testing.T, r frame.Reader, names []string) (found []int) {
	t.Helper()
	for _, name := range names {
		for i, c := range r.Columns() {
			if c.Name == name {
				found = append(found, i)
			}
		}
	}
	if len(found) != len(names) {
		t.Fatalf("wanted columns %q, found %v", names, r.Columns())
	}
	return found
}

func all(r frame.Reader, numbers, texts []int) (found []row, err error) {
	r.Select(numbers, texts)
	x, words := make([]float32, len(numbers)), make([]string, len(texts))
	for {
		if err := r.Next(x, words); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return found, err
		}
		var line row
		for _, v := range x {
			line = append(line, fmt.Sprint(v))
		}
		found = append(found, append(line, words...))
	}
}

func TestADataFrameOfPandasIsRead(t *testing.T) {
	r, err := OpenAll([]string{filepath.Join(fixtures, "pandas.parquet")}, frame.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	number, text := frame.Number, frame.Text
	want := []frame.Column{{Name: "single", Kind: number}, {Name: "double", Kind: number}, {Name: "whole", Kind: number},
		{Name: "flag", Kind: number}, {Name: "byte", Kind: number}, {Name: "big", Kind: number}, {Name: "half", Kind: number},
		{Name: "price", Kind: number}, {Name: "word", Kind: text}, {Name: "kind", Kind: text}, {Name: "day", Kind: frame.Unread},
		{Name: "none", Kind: number}}
	if diff := cmp.Diff(want, r.Columns()); diff != "" {
		t.Error(diff)
	}
	if r.Rows() != 7 || r.Bytes() || r.Sparse() {
		t.Errorf("%d rows, bytes: %v, sparse: %v", r.Rows(), r.Bytes(), r.Sparse())
	}
	got, err := all(r, []int{0, 1, 2, 3, 4, 5, 6, 7, 11}, []int{8, 9, 0, 2, 3, 5, 7})
	if err != nil {
		t.Fatal(err)
	}
	rows := []row{
		{"0.5", "0.1", "1", "1", "0", "0", "0.5", "1.5", "NaN", "red", "a", "0.5", "1", "true", "0", "1.5"},
		{"-1.25", "NaN", "NaN", "0", "1", "9.223372e+18", "1", "-0.25", "NaN", "green", "b", "-1.25", "", "false", "9223372036854775808", "-0.25"},
		{"NaN", "+Inf", "-3", "NaN", "127", "1.8446744e+19", "-2", "100", "NaN", "", "a", "", "-3", "", "18446744073709551615", "100"},
		{"3e+08", "-2", "9.007199e+15", "1", "128", "1", "65504", "0.01", "NaN", "blue", "", "300000000", "9007199254740993", "true", "1", "0.01"},
		{"1e-20", "4", "5", "0", "254", "2", "0.25", "2", "NaN", "", "b", "1e-20", "5", "false", "2", "2"},
		{"0", "5.5", "6", "1", "255", "3", "3", "3.1", "NaN", "", "b", "0", "6", "true", "3", "3.1"},
		{"7", "0.33333334", "7", "1", "3", "4", "4", "99999.99", "NaN", "red", "a", "7", "7", "true", "4", "99999.99"},
	}
	rows[6][7] = fmt.Sprint(float32(99999.99))
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Error(diff)
	}
}

// plainRows is the table of the fixtures' plain_table.
func plainRows(n int) (want []row) {
	for i := range n {
		f, b, s := fmt.Sprint(float32(i)/4), "0", fmt.Sprintf("word %d", i%5)
		if i%7 == 3 {
			f = "NaN"
		}
		if i%3 == 0 {
			b = "1"
		}
		if i%11 == 5 {
			s = ""
		}
		want = append(want, row{fmt.Sprint(i*3 - 50), f, b, s})
	}
	return want
}

func TestEveryCompressionAndEncodingGivesTheSame(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(fixtures, "codec-*.parquet"))
	if err != nil || len(names) != 12 {
		t.Fatalf("found %q, %v", names, err)
	}
	sizes := map[string]int{"encodings.parquet": 200, "lengths.parquet": 200}
	for _, name := range names {
		sizes[filepath.Base(name)] = 60
	}
	for name, n := range sizes {
		got, err := rows(t, []string{"i", "f", "b"}, []string{"s"}, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(plainRows(n), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestListsOfOneLengthAreColumns(t *testing.T) {
	got, err := rows(t, []string{"emb[0]", "emb[1]", "emb[2]", "fixed[1]"}, []string{"label", "emb[1]"}, "lists.parquet")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range got {
		label := []string{"dog", "cat"}[i%2]
		want := row{fmt.Sprint(i), fmt.Sprint(float32(i) + 0.5), fmt.Sprint(-i), fmt.Sprint(255 - i%256), label, fmt.Sprint(float32(i) + 0.5)}
		switch i {
		case 5:
			want = row{"NaN", "NaN", "NaN", "250", label, ""}
		case 17:
			want[2] = "NaN"
		case 0:
			want[2] = "0"
		}
		if diff := cmp.Diff(want, line); diff != "" {
			t.Fatalf("row %d: %s", i, diff)
		}
	}
	if len(got) != 300 {
		t.Errorf("%d rows", len(got))
	}
}

func TestBytesAreToldByTheirType(t *testing.T) {
	r, err := OpenAll([]string{filepath.Join(fixtures, "lists.parquet")}, frame.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Bytes() {
		t.Error("floats are bytes")
	}
	if r.Select(places(t, r, []string{"fixed[0]", "fixed[1]"}), nil); !r.Bytes() {
		t.Error("uint8 are no bytes")
	}
	if _, w, _ := r.Shape(); w != 6 {
		t.Errorf("%d columns, want 6", w)
	}
}

func TestHuggingFaceImagesAndClassesAreRead(t *testing.T) {
	shards := []string{"shards/train-00000-of-00002.parquet", "shards/train-00001-of-00002.parquet"}
	got, err := rows(t, []string{"label"}, []string{"image", "label"}, shards...)
	if err != nil {
		t.Fatal(err)
	}
	want := []row{{"0", "\x89PNG", "ant"}, {"1", "\xff\xd8\xff\xe0", "bee"}, {"-1", "\x89PNG", ""}, {"2", "\x89PNG", "cow"}, {"1", "\x89PNG", "bee"}}
	for _, line := range got {
		line[1] = line[1][:4]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, kinds := range map[string][]frame.Kind{shards[0]: {frame.Image, frame.Number}, "bytes.parquet": {frame.Image, frame.Text}} {
		r, err := OpenAll([]string{filepath.Join(fixtures, name)}, frame.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var found []frame.Kind
		for _, c := range r.Columns() {
			found = append(found, c.Kind)
		}
		if diff := cmp.Diff(kinds, found); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAColumnThatIsNotReadIsAnErrorOnceItIsSelected(t *testing.T) {
	if got, err := rows(t, []string{"x"}, nil, "nested.parquet"); err != nil || len(got) != 2 {
		t.Errorf("the other column: %v, %v", got, err)
	}
	for name, want := range map[string]string{
		"pair":   `nested.parquet: column "pair" holds structures or lists in lists, which is not read: leave it out, or save it as numbers or words`,
		"matrix": `nested.parquet: column "matrix" holds structures or lists in lists, which is not read: leave it out, or save it as numbers or words`,
		"names":  `nested.parquet: column "names" holds lists of what is no number, which is not read: leave it out, or save it as numbers or words`,
		"when":   `nested.parquet: column "when" holds dates or times, which is not read: leave it out, or save it as numbers or words`,
	} {
		_, err := rows(t, []string{name}, nil, "nested.parquet")
		wantFormat(t, name, err, want)
	}
	_, err := rows(t, []string{"emb[1]"}, nil, "ragged.parquet")
	wantFormat(t, "ragged", err, `ragged.parquet: row 3, column "emb": a list of 1 numbers; wanted 2, as in the first row: lists are to be of one length`)
	_, err = rows(t, []string{"word"}, nil, "pandas.parquet")
	var word *frame.WordError
	if !errors.As(err, &word) || word.Where != `row 1, column "word"` || word.Word != "red" || word.Column != 8 {
		t.Errorf("error = %v (%+v)", err, word)
	}
}

// wantFormat wants an error of the content, of one line, that ends so.
func wantFormat(t *testing.T, what string, err error, want string) {
	t.Helper()
	if !errors.Is(err, strict.ErrFormat) || !strings.HasSuffix(fmt.Sprint(err), want) || strings.Contains(fmt.Sprint(err), "\n") {
		t.Errorf("%s: error = %v, want one of the format that ends in %q", what, err, want)
	}
}

func TestFilesOfOneTableHaveTheSameColumns(t *testing.T) {
	_, err := rows(t, nil, nil, "codec-none-v1.parquet", "lists.parquet")
	wantFormat(t, "other columns", err, `wanted the same names and types in every file`)
	_, err = rows(t, nil, nil, "ragged.parquet", "missing.parquet")
	if !errors.Is(err, strict.ErrPath) {
		t.Errorf("a file that is not there: %v", err)
	}
	got, err := rows(t, []string{"i"}, nil, "codec-none-v1.parquet", "codec-zstd-v2.parquet")
	if err != nil || len(got) != 120 {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

// fixture is the content of a file.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
