package output

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"ssdgm/train/data"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/formats"
	"ssdgm/train/data/frame/frametest"
	"ssdgm/train/run"
)

var nan = float32(math.NaN())

// mixed has a column of each kind.
var mixed = []Column{
	{Name: "id", Kind: Text}, {Name: "n", Kind: Whole}, {Name: "probability", Digits: 6},
	{Name: "p", Width: 2, Names: []string{"p(a)", "p(b, c)"}, Digits: 6}, {Name: "z", Width: 2}, {Name: "unusual", Kind: Truth},
}

// threeRows are its cells.
func threeRows() []Cells {
	return []Cells{
		{Texts: []string{"x", "", "say \"hi\",\nyou"}}, {Wholes: []int64{1, -2, 3}}, {Numbers: []float32{0.1234567, 1, nan}},
		{Numbers: []float32{1, 0, 0.9999999, 1e-7, 0.5, 0.5}}, {Numbers: []float32{0.1, -1.0000001, 3e30, nan, 16777217, 0.33333334}},
		{Truths: []bool{true, false, false}},
	}
}

// write writes three rows, and some of them once more.
func write(t *testing.T, path, format string, columns []Column, cells []Cells) {
	t.Helper()
	w, err := Create(path, format, columns)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(3, cells); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.Abort() // does nothing once it is closed
}

func TestTextsHaveEachKindOfCell(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, want := range map[string]string{
		"a.csv": `id,n,probability,p(a),"p(b, c)",z.0,z.1,unusual
x,1,0.123457,1,0,0.1,-1.0000001,true
,-2,1,1,1e-07,3e+30,,false
"say ""hi"",
you",3,,0.5,0.5,1.6777216e+07,0.33333334,false
`,
		"a.TSV": "id\tn\tprobability\tp(a)\t\"p(b, c)\"\tz.0\tz.1\tunusual\nx\t1\t0.123457\t1\t0\t0.1\t-1.0000001\ttrue\n" +
			"\t-2\t1\t1\t1e-07\t3e+30\t\tfalse\n\"say \"\"hi\"\",\nyou\"\t3\t\t0.5\t0.5\t1.6777216e+07\t0.33333334\tfalse\n",
		"a.ndjson": `{"id":"x","n":1,"probability":0.123457,"p(a)":1,"p(b, c)":0,"z":[0.1,-1.0000001],"unusual":true}
{"id":null,"n":-2,"probability":1,"p(a)":1,"p(b, c)":1e-07,"z":[3e+30,null],"unusual":false}
{"id":"say \"hi\",\nyou","n":3,"probability":null,"p(a)":0.5,"p(b, c)":0.5,"z":[1.6777216e+07,0.33333334],"unusual":false}
`,
	} {
		path := filepath.Join(dir, name)
		for _, ending := range []string{"", ".gz"} {
			write(t, path+ending, "", mixed, threeRows())
			found, err := os.ReadFile(path + ending)
			if err == nil && ending != "" {
				var unpacked io.Reader
				if unpacked, err = gzip.NewReader(bytes.NewReader(found)); err == nil {
					found, err = io.ReadAll(unpacked)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(found)); diff != "" {
				t.Errorf("%s%s: %s", name, ending, diff)
			}
		}
	}
	requireAlone(t, dir, 6)
}

// TestDoublesKeepTheirTexts holds that text formats have the texts of numbers, where there are some, and others the
// numbers.
func TestDoublesKeepTheirTexts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	columns := []Column{{Name: "a", Kind: Double}, {Name: "b", Kind: Double}}
	cells := []Cells{
		{Texts: []string{"1.50", "+2e0", ""}, Doubles: []float64{1.5, 2, math.NaN()}},
		{Doubles: []float64{0.1, math.NaN(), 123456789.25}},
	}
	for name, want := range map[string]string{
		"a.csv":   "a,b\n1.50,0.1\n+2e0,\n,1.2345678925e+08\n",
		"a.jsonl": "{\"a\":1.5,\"b\":0.1}\n{\"a\":2,\"b\":null}\n{\"a\":null,\"b\":1.2345678925e+08}\n",
	} {
		path := filepath.Join(dir, name)
		write(t, path, "", columns, cells)
		found, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(found)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	path := filepath.Join(dir, "a.parquet")
	write(t, path, "", columns, cells)
	type row struct {
		A *float64 `parquet:"a,optional"`
		B *float64 `parquet:"b,optional"`
	}
	rows, err := parquet.ReadFile[row](path)
	if err != nil {
		t.Fatal(err)
	}
	number := func(v float64) *float64 { return &v }
	want := []row{{number(1.5), number(0.1)}, {number(2), nil}, {nil, number(123456789.25)}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

// TestADecimalCommaIsQuotedWhereItParts has a comma before a fraction in a text, and never in JSON.
func TestADecimalCommaIsQuotedWhereItParts(t *testing.T) {
	t.Parallel()
	columns := []Column{{Name: "a", Digits: 4}, {Name: "b"}}
	cells := []Cells{{Numbers: []float32{0.25, nan, 1.5e7}, Comma: true}, {Numbers: []float32{0.5, 1, 2}}}
	for name, want := range map[string]string{
		"a.csv":   "a,b\n\"0,25\",0.5\n,1\n\"1,5e+07\",2\n",
		"a.jsonl": "{\"a\":0.25,\"b\":0.5}\n{\"a\":null,\"b\":1}\n{\"a\":1.5e+07,\"b\":2}\n",
	} {
		path := filepath.Join(t.TempDir(), name)
		write(t, path, "", columns, cells)
		found, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(found)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// requireAlone holds that a folder has so many files, and none that is half-written.
func requireAlone(t *testing.T, dir string, want int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != want {
		t.Errorf("want %d files, found %v", want, entries)
	}
}

func TestARowOfOneEmptyCellIsALine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, "", []Column{{Name: "x", Kind: Text}}, []Cells{{Texts: []string{"a", "", "b"}}})
	if found, err := os.ReadFile(path); err != nil || string(found) != "x\na\n\"\"\nb\n" {
		t.Errorf("found %q, %v", found, err)
	}
}

// TestFeaturesOfAnyBitsComeBack holds that CSV, npy and Parquet give the very float32 that were written, to the reader
// of training data.
func TestFeaturesOfAnyBitsComeBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const rows, width = 1000, 7
	values := make([]float32, rows*width)
	state := uint32(1)
	for i := range values {
		for {
			state = state*1664525 + 1013904223
			if v := math.Float32frombits(state); !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) {
				values[i] = v
				break
			}
		}
	}
	for _, name := range []string{"a.csv", "a.npy", "a.parquet"} {
		path := filepath.Join(dir, name)
		w, err := Create(path, "", []Column{{Name: "z1", Width: width - 1}, {Name: "more"}})
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < rows; at += 250 {
			var z, more []float32
			for i := at; i < at+250; i++ {
				z, more = append(z, values[i*width:][:width-1]...), append(more, values[i*width+width-1])
			}
			if err := w.Write(250, []Cells{{Numbers: z}, {Numbers: more}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := formats.Open(path, frame.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if name != "a.npy" {
			if diff := cmp.Diff([]string{"z1.0", "z1.1", "z1.2", "z1.3", "z1.4", "z1.5", "more"}, frametest.Names(r)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		if n := r.Rows(); name != "a.csv" && n != rows {
			t.Errorf("%s: want %d rows, found %d", name, rows, n)
		}
		columns := []int{0, 1, 2, 3, 4, 5, 6}
		for i, row := range frametest.Numbers(t, r, columns) {
			for j, v := range row {
				if v == nil || *v != values[i*width+j] {
					t.Fatalf("%s: row %d, column %d: want %g, found %v", name, i, j, values[i*width+j], v)
				}
			}
		}
	}
}

// TestParquetHasTypesAndRowGroups reads it back with the library, which pandas and pyarrow agree with.
func TestParquetHasTypesAndRowGroups(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.parquet")
	w, err := Create(path, "", mixed)
	if err != nil {
		t.Fatal(err)
	}
	w.(*table).encoder.(*columnar).most = 4
	for range 3 {
		if err := w.Write(3, threeRows()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	for _, group := range file.RowGroups() {
		sizes = append(sizes, group.NumRows())
	}
	if diff := cmp.Diff([]int64{4, 4, 1}, sizes); diff != "" || file.NumRows() != 9 {
		t.Errorf("%d rows in groups: %s", file.NumRows(), diff)
	}
	want := `message answers {
	optional binary id (STRING);
	required int64 n (INT(64,true));
	optional float probability;
	optional float p(a);
	optional float p(b, c);
	optional float z.0;
	optional float z.1;
	required boolean unusual;
}`
	if diff := cmp.Diff(want, file.Schema().String()); diff != "" {
		t.Error(diff)
	}
	rows := parquet.NewReader(file)
	buffer := make([]parquet.Row, 9)
	if n, err := rows.ReadRows(buffer); n != 9 || err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(n, err)
	}
	for i, want := range []string{
		"x 1 0.1234567 1 0 0.1 -1.0000001 true", "<null> -2 1 0.9999999 1e-07 3e+30 <null> false",
		"say \"hi\",\nyou 3 <null> 0.5 0.5 1.6777216e+07 0.33333334 false",
	} {
		for _, row := range []parquet.Row{buffer[i], buffer[i+3], buffer[i+6]} {
			if diff := cmp.Diff(want, strings.Trim(fmt.Sprint(row), "[]")); diff != "" {
				t.Errorf("row %d: %s", i, diff)
			}
		}
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	words, numbers := []Column{{Name: "class", Kind: Text}}, []Column{{Name: "z"}}
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Mkdir(at("folder.csv"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path, format string
		columns      []Column
		want         string
	}{
		{at("a.npy"), "", words, "format npy: want numbers alone, found words in column class; choose csv, tsv, jsonl or parquet"},
		{at("a.csv"), "parquet", numbers, "--format parquet: found --out DIR/a.csv, which is a name for csv; change one of them"},
		{at("a.csv.gz"), "tsv", numbers, "--format tsv: found --out DIR/a.csv.gz, which is a name for csv; change one of them"},
		{at("a"), "", numbers, "--out DIR/a: want a name in .csv, .tsv, .jsonl, .npy or .parquet, which tells the format, or --format"},
		{at("a.xlsx"), "", numbers, "--out DIR/a.xlsx: want a name in .csv, .tsv, .jsonl, .npy or .parquet, which tells the format, or --format"},
		{at("a.npy.gz"), "", numbers, "--out DIR/a.npy.gz: want csv, tsv or jsonl to be packed by gzip, found npy; leave .gz out"},
		{at("a.gz"), "parquet", numbers, "--out DIR/a.gz: want csv, tsv or jsonl to be packed by gzip, found parquet; leave .gz out"},
		{"-", "excel", numbers, "--format excel: want one of csv, tsv, jsonl, npy, parquet"},
		{at("folder.csv"), "", numbers, "--out DIR/folder.csv: want a file that may be replaced or is not there yet, found a folder"},
		{at("nowhere/a.csv"), "", numbers, "write DIR/nowhere/a.csv: no such file or directory; want --out in a folder that is there"},
	} {
		_, err := Create(test.path, test.format, test.columns)
		if err == nil || !errors.Is(err, data.ErrInput) && !errors.Is(err, run.ErrUser) {
			t.Fatalf("%s: want a mistake of the user's, found %v", test.path, err)
		}
		if diff := cmp.Diff(test.want, strings.ReplaceAll(err.Error(), dir, "DIR")); diff != "" {
			t.Error(diff)
		}
	}
	requireAlone(t, dir, 1)
}

// TestAnAbortedTableLeavesTheOldOne holds that a name stands for the whole old file until the new one is whole.
func TestAnAbortedTableLeavesTheOldOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "a.csv.gz", "a.npy", "a.parquet"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
			t.Fatal(err)
		}
		w, err := Create(path, "", []Column{{Name: "z"}})
		if err == nil {
			err = w.Write(2, []Cells{{Numbers: []float32{1, 2}}})
		}
		if err != nil {
			t.Fatal(err)
		}
		w.Abort()
		w.Abort()
		if found, err := os.ReadFile(path); err != nil || string(found) != "old" {
			t.Errorf("%s: found %q, %v", name, found, err)
		}
	}
	requireAlone(t, dir, 4)
}

// BenchmarkTables writes what a classifier of ten classes answers: rows a second of a million rows of 14 cells.
func BenchmarkTables(b *testing.B) {
	const rows, classes = 4096, 10
	columns := []Column{
		{Name: "label", Kind: Text}, {Name: "class", Kind: Text}, {Name: "probability", Digits: 6},
		{Name: "p", Width: classes, Digits: 6}, {Name: "usual", Digits: 4},
	}
	cells := make([]Cells, len(columns))
	cells[3].Numbers = make([]float32, rows*classes)
	for i := range rows {
		for j := range 2 {
			cells[j].Texts = append(cells[j].Texts, string(rune('0'+i%classes)))
		}
		p := 1 / float32(i%97+1)
		cells[2].Numbers, cells[4].Numbers = append(cells[2].Numbers, p), append(cells[4].Numbers, p*100)
		for k := range classes {
			cells[3].Numbers[i*classes+k] = p / float32(k+1)
		}
	}
	for _, format := range Formats() {
		if format == "npy" {
			continue
		}
		b.Run(format, func(b *testing.B) {
			w, err := Create(filepath.Join(b.TempDir(), "a."+format), "", columns)
			if err != nil {
				b.Fatal(err)
			}
			defer w.Abort()
			for b.Loop() {
				if err := w.Write(rows, cells); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// TestPixelsAreBytesAndKeepTheirShape holds that a column of pixels is an array of bytes with the images' shape in npy
// and of uint8 in Parquet, and that the reader of training data takes both for pixels.
func TestPixelsAreBytesAndKeepTheirShape(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pixels := Column{Name: "pixel", Width: 6, Byte: true, Shape: []int{2, 3}}
	cells := []Cells{{Numbers: []float32{0, 1, 2, 3, 4, 255, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}}}
	for name, shape := range map[string][3]int{"a.npy": {2, 3, 1}, "a.parquet": {1, 6, 1}} {
		path := filepath.Join(dir, name)
		write(t, path, "", []Column{pixels}, cells)
		r, err := formats.Open(path, frame.Options{})
		if err != nil {
			t.Fatal(err)
		}
		height, width, channels := r.Shape()
		if found := [3]int{height, width, channels}; found != shape || !r.Bytes() {
			t.Errorf("%s: want bytes of shape %v, found %v, %v", name, shape, r.Bytes(), found)
		}
		r.Select([]int{0, 1, 2, 3, 4, 5}, nil)
		row := make([]float32, 6)
		for i := range 3 {
			if err := r.Next(row, nil); err != nil || !slices.Equal(row, cells[0].Numbers[6*i:][:6]) {
				t.Errorf("%s: row %d is %v, %v", name, i, row, err)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	write(t, filepath.Join(dir, "b.npy"), "", []Column{pixels, {Name: "more"}}, append(cells, Cells{Numbers: []float32{1, 2, 3}}))
	found, err := os.ReadFile(filepath.Join(dir, "b.npy"))
	if err != nil || !strings.Contains(string(found[:npyHeader]), "'<f4', 'fortran_order': False, 'shape': (3, 7)") {
		t.Errorf("found %q, %v", found, err)
	}
}
