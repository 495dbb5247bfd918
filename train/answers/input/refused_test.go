package input_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"ssdgm/model"
	"ssdgm/model/trained"
	"ssdgm/model/trained/transform"
	"ssdgm/train/answers"
	"ssdgm/train/answers/input"
	"ssdgm/train/answers/output"
	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
)

// npy is an array of bytes, or of float32, as NumPy saves it.
func npy[E uint8 | float32](shape string, values ...E) []byte {
	kind := map[int]string{1: "|u1", 4: "<f4"}[binary.Size(values[:1])]
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, shape)
	head += strings.Repeat(" ", 117-len(head)) + "\n"
	content := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), 0)
	content, err := binary.Append(append(content, head...), binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return content
}

// archive is a file of arrays, as numpy.savez writes it.
func archive(t *testing.T, arrays map[string][]byte) []byte {
	t.Helper()
	var content bytes.Buffer
	w := zip.NewWriter(&content)
	for name, array := range arrays {
		to, err := w.Create(name + ".npy")
		if err == nil {
			_, err = to.Write(array)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

// columnar is a table in Parquet of numbers, or of bytes, with such names.
func columnar(t *testing.T, names []string, bytes bool, values ...float32) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.parquet")
	w, err := output.Create(path, "", []output.Column{{Name: "x", Names: names, Width: len(names), Byte: bytes}})
	if err == nil {
		err = w.Write(len(values)/len(names), []output.Cells{{Numbers: values}})
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// standing has four columns with names, none of which is one of the usual scale.
func standing() *transform.Transformation {
	return &transform.Transformation{
		Kind: transform.Standard, Width: 4, Divisor: 1, Missing: transform.Refuse,
		Shift: []float32{100, 10, 50, -7}, Scale: []float32{20, 5, 40, 2},
		Features: []transform.Feature{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}},
	}
}

// refusal is the error with which an input is not opened, or not read to its end.
func refusal(m *trained.Model, path string, o input.Options) error {
	r, err := input.Open(m, path, o)
	if err != nil {
		return err
	}
	var rows answers.Rows
	for err == nil {
		err = r.Read(&rows, 3)
	}
	if closed := r.Close(); closed != nil {
		return closed
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// scaled are values of four columns that have been brought to a mean of 0 and a standard deviation of 1.
func scaled(rows int) string {
	text := "a,b,c,d\n"
	for i := range rows {
		x := 1.7 * math.Sin(float64(i))
		text += fmt.Sprintf("%.3f,%.3f,%.3f,%.3f\n", x, -x, x/2+0.1, 1.3*x)
	}
	return text
}

// TestWhatIsNoInputIsRefused holds that each kind of mistake is told in one line that names the file, from a path and
// from a pipe.
func TestWhatIsNoInputIsRefused(t *testing.T) {
	t.Parallel()
	table, pixels := modelOf(t, standing()), modelOf(t, transform.OfPixels(4))
	unit := modelOf(t, &transform.Transformation{Kind: transform.None, Width: 2, Divisor: 1, Missing: transform.Refuse})
	unit.M1 = model.NewM1(model.M1Spec{Inputs: 2, Hidden: []int{2}, Latents: 1, Output: model.Bernoulli})
	abcd := []string{"a", "b", "c", "d"}
	whole := columnar(t, abcd, false, 100, 10, 50, -7, 101, 11, 51, -8)
	for _, test := range []struct {
		name    string
		model   *trained.Model
		content []byte
		want    string // after the file's name
	}{
		{"truncated.npy", table, npy[float32]("3, 4", 100, 10, 50, -7, 100, 10), "(the header claims 3×4 elements|truncated)"},
		{"truncated.parquet", table, whole[:len(whole)/2], "truncated: wanted a Parquet file"},
		{"truncated.gz", table, datatest.Zip([]byte("a,b,c,d\n" + strings.Repeat("100,10,50,-7\n", 99)))[:50], "truncated: the gzip stream breaks off"},
		{"truncated.npz", table, archive(t, map[string][]byte{"X": npy[float32]("1, 4", 1, 2, 3, 4)})[:90], "wanted a zip archive, found one that is damaged or breaks off"},
		{"ragged.csv", table, []byte("a,b,c,d\n100,10,50,-7\n100,10,50\n"), "line 3: wanted 4 fields, as on the lines before, found 3"},
		{"late.csv", table, []byte("a,b,c,d\n" + strings.Repeat("100,10,50,-7\n", 999) + "100,10,x,-7\n"), `line 1001, field 3: want a number in column "c", found "x"`},
		{"nan.csv", table, []byte("a,b,c,d\n100,10,NaN,-7\n"), `row 1: column "c": want a value, found none`},
		{"infinite.npy", table, npy("2, 4", 100, 10, 50, -7, 100, 10, float32(math.Inf(1)), -7), `row 2: column "c": want a finite number`},
		{"narrow.npy", table, npy[float32]("2, 3", 1, 2, 3, 4, 5, 6), "want 4 columns, as the model was trained on, found 3"},
		{"turned.npy", table, npy[float32]("4, 3", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), "want 4 columns, .* found 3, in 4 rows; if each row is a column here, save x.T"},
		{"vector.npy", table, npy[float32]("4,", 100, 10, 50, -7), `want 4 columns, .* found 1, in 4 rows; if they are one row, save x.reshape\(1, -1\)`},
		{"renamed.csv", table, []byte("a,b,C2,d\n100,10,50,-7\n"), `want the columns that the model was trained on, found none called "c" beside "a", "b", "C2", "d"`},
		{"without.parquet", table, columnar(t, abcd[:3], false, 100, 10, 50), `want the columns .* found none called "d"`},
		{"heading.csv", table, []byte("a,b,c,d\n"), "line 1: wanted rows below the heading, found none"},
		{"empty.csv", table, nil, "wanted a table, found no line"},
		{"none.npy", table, npy[float32]("0, 4", 1)[:128], "the header claims a dimension of 0"},
		{"scaled.csv", table, []byte(scaled(40)), `all columns have a mean of about 0 .* where column "a" has a mean of 100 and a standard deviation of 20 in training`},
		{"unit.csv", table, []byte("a,b,c,d\n" + strings.Repeat("100000,10000,50000,-7000\n", 5)), `column "a": the first 5 values lie from 1e\+05 to 1e\+05, .* give them in the same unit`},
		{"beyond.csv", unit, []byte(strings.Repeat("0,1\n", 999) + "0.5,-2\n"), "row 1000: column 2: want a value from 0 to 1, .* found -2; scale it"},
		{"bytes.csv", unit, []byte("0,255\n1,0\n"), "row 1: column 2: want a value from 0 to 1, .* found 255; scale it"},
		{"whole.npy", pixels, npy[float32]("1, 4", 0, 128, 255, 3), "row 1: column 2: want pixels from 0 to 1 where they are fractions, found 128; give bytes"},
		{"signed.npy", pixels, npy[float32]("1, 4", -1, 0, 1, 0.5), `row 1: column 1: want pixels from 0 to 1 .* found -1; if they go from -1 to 1, give \(x \+ 1\) / 2`},
		{"mixed.csv", pixels, []byte("0,128,255,3\n0,0.5,0.25,1\n"), "row 1: column 2: want pixels"},
		{"none.parquet", pixels, columnar(t, abcd, true, 0, 128, float32(math.NaN()), 3), "row 1: column (3|.c.): want a pixel, found none"},
		{"wide.parquet", pixels, columnar(t, append(abcd, "e"), true, 1, 2, 3, 4, 5), "want 4 columns, as the model was trained on, found 5"},
	} {
		path := write(t, test.name, string(test.content))
		for from, o := range map[string]input.Options{path: {}, "-": {Stdin: bytes.NewReader(test.content)}} {
			err, name := refusal(test.model, from, o), path
			if from == "-" {
				name = "standard input"
			}
			if err == nil || !errors.Is(err, data.ErrInput) {
				t.Errorf("%s as %s: want a mistake of the user's, found %v", test.name, from, err)
				continue
			}
			text, named := strings.CutPrefix(err.Error(), name+": ")
			if !named || strings.Contains(text, "\n") || !matches(test.want, text) {
				t.Errorf("%s: want %q in one line that begins with %s, found %q", test.name, test.want, name, err)
			}
		}
	}
}

func matches(pattern, text string) bool { return regexp.MustCompile("^" + pattern).MatchString(text) }

// TestPlacesThatHoldNoInputAreRefused holds the same of paths.
func TestPlacesThatHoldNoInputAreRefused(t *testing.T) {
	t.Parallel()
	table := modelOf(t, standing())
	dir := t.TempDir()
	csv := filepath.Join(dir, "csv")
	if err := os.Mkdir(csv, 0o777); err != nil {
		t.Fatal(err)
	}
	datatest.WriteFile(t, filepath.Join(csv, "a.csv"), []byte("a,b,c,d\n1,2,3,4\n"))
	if err := os.Symlink(filepath.Join(dir, "gone"), filepath.Join(dir, "link.csv")); err != nil {
		t.Fatal(err)
	}
	unreadable := write(t, "unreadable.csv", "a,b,c,d\n1,2,3,4\n")
	if err := os.Chmod(unreadable, 0); err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join(dir, "nowhere.csv"), dir, csv, filepath.Join(dir, "link.csv"), "mnist"}
	if file, err := os.Open(unreadable); err == nil {
		file.Close() // It is root's.
	} else {
		paths = append(paths, unreadable)
	}
	for _, path := range paths {
		err := refusal(table, path, input.Options{})
		if err == nil || !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want a mistake of the user's in a line that names it, found %v", path, err)
		}
	}
}

// TestAnyFormatAndSplitGivesTheSameRows holds that the rows of a table do not depend on the format that they come in, on
// whether it is a file or a pipe, on the order of columns that have names, or on how many rows are read at once.
func TestAnyFormatAndSplitGivesTheSameRows(t *testing.T) {
	t.Parallel()
	table := modelOf(t, standing())
	const rows = 700 // more than are looked at first
	var values, swapped []float32
	text, other := "a,b,c,d\n", "d;extra;b;c;a\r\n"
	for i := range rows {
		x := []float32{90 + float32(i%37), 8.5 + float32(i%7)/4, float32(i % 101), -7 - float32(i%3)}
		values, swapped = append(values, x...), append(swapped, x[2], x[0], x[3], x[1])
		text += fmt.Sprintf("%g,%g,%g,%g\n", x[0], x[1], x[2], x[3])
		other += fmt.Sprintf("%g;%d;%g;%g;%g\r\n", x[3], i, x[1], x[2], x[0])
	}
	array := npy(fmt.Sprintf("%d, 4", rows), values...)
	files := map[string][]byte{
		"a.csv": []byte(text), "b.csv": []byte(other), "a.csv.gz": datatest.Zip([]byte(text)), "a.npy": array,
		"a.npy.gz": datatest.Zip(array), "a.npz": archive(t, map[string][]byte{"X": array}),
		"a.parquet": columnar(t, []string{"a", "b", "c", "d"}, false, values...),
		"b.parquet": columnar(t, []string{"c", "a", "d", "b"}, false, swapped...),
	}
	dir := t.TempDir()
	for name, content := range files {
		datatest.WriteFile(t, filepath.Join(dir, name), content)
	}
	names := slices.Sorted(maps.Keys(files))
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom(names).Draw(r, "name")
		path, o := filepath.Join(dir, name), input.Options{}
		if rapid.Bool().Draw(r, "pipe") {
			path, o.Stdin = "-", iotest.HalfReader(bytes.NewReader(files[name]))
		}
		in, err := input.Open(table, path, o)
		if err != nil {
			r.Fatal(err)
		}
		defer in.Close()
		var found []float32
		var some answers.Rows
		for {
			most := rapid.IntRange(1, 400).Draw(r, "most")
			err := in.Read(&some, most)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || some.N < 1 || some.N > most || some.First != len(found)/4 {
				r.Fatalf("%d rows from %d on, want up to %d from %d on: %v", some.N, some.First, most, len(found)/4, err)
			}
			found = append(found, some.X...)
		}
		if !slices.Equal(found, values) {
			r.Fatalf("the rows differ; there are %d values, want %d", len(found), len(values))
		}
	})
}

// TestAnArchiveFromAPipeIsReadAsFromAFile holds that labels which the run had under a name that an archive has not are
// none, wherever the archive comes from.
func TestAnArchiveFromAPipeIsReadAsFromAFile(t *testing.T) {
	t.Parallel()
	content := archive(t, map[string][]byte{"X": npy[float32]("2, 4", 100, 10, 50, -7, 101, 11, 51, -8)})
	m := modelOf(t, standing(), `data.name="table"`, `data.path="x"`, `data.label_column="kind"`)
	for from, o := range map[string]input.Options{write(t, "a.npz", string(content)): {}, "-": {Stdin: bytes.NewReader(content)}} {
		r, err := input.Open(m, from, o)
		if err != nil {
			t.Fatal(err)
		}
		if found := all(t, r, 5); found.N != 2 || r.Labelled() {
			t.Errorf("%s: found %d rows", from, found.N)
		}
	}
}
