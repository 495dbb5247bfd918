package table

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
	"ssdgm/train/data/spool"
)

// folderOf writes files and returns their folder.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// parts opens a table.
func parts(t *testing.T, dir string, o data.OwnOptions) (train, test data.Part) {
	t.Helper()
	if o.Path == "" {
		o.Path = "a.csv"
	}
	if o.Scale == "" {
		o.Scale = "auto"
	}
	train, test, err := data.Open(data.Options{Name: "table", Dir: dir, Own: o})
	if err != nil {
		t.Fatal(err)
	}
	return train, test
}

func load(t *testing.T, part data.Part) *data.Set {
	t.Helper()
	set, err := part.Load()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// flowers is a table of two classes, n examples each, and as many without a label.
func flowers(n int) string {
	var b strings.Builder
	b.WriteString("length,width,kind\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,%g,rose\n%d,%g,lily\n%d,%g,\n", i, float64(i)/4, 100+i, -float64(i), 200+i, 0.5)
	}
	return b.String()
}

func TestATableIsRead(t *testing.T) {
	dir := folderOf(t, map[string]string{"a.csv": flowers(3)})
	train, test := parts(t, dir, data.OwnOptions{LabelColumn: "kind", Classifies: true})
	if test != nil {
		t.Errorf("found a test part, wanted none")
	}
	set := load(t, train)
	if want := []float32{0, 0, 100, 0, 200, 0.5, 1, 0.25, 101, -1}; !slices.Equal(set.Floats[:10], want) {
		t.Errorf("found values %v, wanted %v", set.Floats[:10], want)
	}
	if want := []string{"lily", "rose"}; !slices.Equal(set.ClassNames, want) {
		t.Errorf("found classes %q, wanted %q", set.ClassNames, want)
	}
	if want := []uint8{1, 0, 255, 1, 0, 255, 1, 0, 255}; !slices.Equal(set.Labels, want) {
		t.Errorf("found labels %v, wanted %v", set.Labels, want)
	}
	if want := []string{"length", "width"}; !slices.Equal(set.Columns, want) {
		t.Errorf("found columns %q, wanted %q", set.Columns, want)
	}
	note := "9 examples of 2 values: lily 3, rose 3; 3 without a label (nothing, NA, nan, null, none, ? and -1 are none)"
	if !slices.ContainsFunc(set.Notes, func(line string) bool { return strings.HasSuffix(line, note) }) {
		t.Errorf("found notes %q, wanted one that ends in %q", set.Notes, note)
	}
}

// TestTheTestPartIsDrawn holds that a fraction of each class is kept apart, by the seed alone, and none of it is left in
// the training part.
func TestTheTestPartIsDrawn(t *testing.T) {
	dir := folderOf(t, map[string]string{"a.csv": flowers(20)})
	drawn := map[string]bool{}
	for seed := range uint64(3) {
		o := data.OwnOptions{LabelColumn: "kind", Classifies: true, TestFraction: 0.25, Seed: seed}
		train, test := parts(t, dir, o)
		all, judged := load(t, train), load(t, test)
		if judged.N != 10 || judged.Info().ClassCounts[0] != 5 || all.N != 50 {
			t.Errorf("seed %d: found %d test examples, %v, and %d training examples, wanted 10, 5 of each class, and 50",
				seed, judged.N, judged.Info().ClassCounts, all.N)
		}
		for _, place := range judged.Places {
			if slices.Contains(all.Places, place) {
				t.Errorf("seed %d: row %d is in both parts", seed, place)
			}
		}
		again, _ := parts(t, dir, o)
		if load(t, again).Digest() != all.Digest() {
			t.Errorf("seed %d: two draws differ", seed)
		}
		drawn[judged.Digest()] = true
	}
	if len(drawn) != 3 {
		t.Errorf("three seeds draw %d test parts", len(drawn))
	}
}

// TestPartsByPath holds that columns are found by their names in any order, and that the validation examples come last.
func TestPartsByPath(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"a.csv": "kind,length,width\nrose,1,2\nlily,3,4\n",
		"b.csv": "width,extra,length,kind\n20,7,10,lily\n21,7,11,\n",
		"c.csv": "length,width\n5,6\n7,8\n",
		"d.csv": "width,length,kind\n40,30,rose\n",
	})
	train, test := parts(t, dir, data.OwnOptions{
		LabelColumn: "kind", Classifies: true, TestPath: "b.csv", UnlabelledPath: "c.csv", ValidationPath: "d.csv",
	})
	if err := data.Fit(test); err != nil {
		t.Fatal(err)
	}
	all, judged := load(t, train), load(t, test)
	if want := []float32{1, 2, 3, 4, 5, 6, 7, 8, 30, 40}; !slices.Equal(all.Floats, want) {
		t.Errorf("found values %v, wanted %v", all.Floats, want)
	}
	if want := []uint8{1, 0, 255, 255, 1}; !slices.Equal(all.Labels, want) || all.Held != 1 {
		t.Errorf("found labels %v and %d for validation, wanted %v and 1", all.Labels, all.Held, want)
	}
	if note := `the columns "extra" are none of the training part's: they are left out`; !slices.ContainsFunc(judged.Notes,
		func(line string) bool { return strings.HasSuffix(line, note) }) {
		t.Errorf("found notes %q, wanted one with %q", judged.Notes, note)
	}
	if want := []float32{10, 20}; !slices.Equal(judged.Floats, want) || judged.N != 1 {
		t.Errorf("found test values %v, wanted %v: those with a label", judged.Floats, want)
	}
}

// TestWordsBecomeColumns holds that a column of words is one of 0 and 1 for each word of the training file, in order.
func TestWordsBecomeColumns(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"a.csv": "sex,age,label\nf,30,1\nm,40,2\n?,50,1\n",
		"b.csv": "age,sex,label\n60,other,1\n",
	})
	train, test := parts(t, dir, data.OwnOptions{OneHot: []string{"sex"}, Classifies: true, TestPath: "b.csv"})
	all, judged := load(t, train), load(t, test)
	if want := []string{"sex=f", "sex=m", "age"}; !slices.Equal(all.Columns, want) {
		t.Errorf("found columns %q, wanted %q", all.Columns, want)
	}
	if f := all.Features; len(f) != 2 || f[0].Name != "sex" || !slices.Equal(f[0].Categories, []string{"f", "m"}) {
		t.Errorf("found features %+v", f)
	}
	if want := []float32{1, 0, 30, 0, 1, 40}; !slices.Equal(all.Floats[:6], want) {
		t.Errorf("found values %v, wanted %v", all.Floats, want)
	}
	if missing := all.Floats[6:8]; !math.IsNaN(float64(missing[0])) || !math.IsNaN(float64(missing[1])) {
		t.Errorf("found %v for a missing word, wanted missing values", missing)
	}
	if want := []float32{0, 0, 60}; !slices.Equal(judged.Floats, want) {
		t.Errorf("found %v of a word that training has not, wanted %v", judged.Floats, want)
	}
}

func TestLabelsAreNames(t *testing.T) {
	for text, want := range map[string][]string{
		"x,label\n1,3.0\n2,1e0\n3,\n4,03\n":         {"1", "3"},
		"x,label\n1,cat\n2,dog\n3,NaN\n4,?\n":       {"cat", "dog"},
		"x,label\n1,-1\n2,-1.0\n3,-2\n4,5\n":        {"-2", "5"},
		"x,label\n1,schön\n2, schlecht \n3,None\n":  {"schlecht", "schön"},
		"label;x\ncat;1,5\ndog;2,25\n":              {"cat", "dog"},
		"x\ty\n1\t0.0\n2\t1.0\n3\t\n":               nil, // 0 and 1 are their own numbers
		"x,y,label\n1,2,9007199254740993\n3,4,17\n": {"17", "9007199254740993"},
	} {
		dir := folderOf(t, map[string]string{"a.csv": text})
		train, _ := parts(t, dir, data.OwnOptions{Classifies: true})
		if set := load(t, train); !slices.Equal(set.ClassNames, want) {
			t.Errorf("%q: found classes %q, wanted %q", text, set.ClassNames, want)
		}
	}
}

func TestMissingLabelsCanHaveOtherMarks(t *testing.T) {
	dir := folderOf(t, map[string]string{"a.csv": "x,label\n1,NA\n2,DE\n3,unknown\n4,DE\n"})
	train, _ := parts(t, dir, data.OwnOptions{Classifies: true, MissingLabels: []string{"Unknown"}})
	set := load(t, train)
	if want := []string{"DE", "NA"}; !slices.Equal(set.ClassNames, want) || set.Labelled() != 3 {
		t.Errorf("found classes %q of %d labels, wanted %q of 3", set.ClassNames, set.Labelled(), want)
	}
}

// TestWhatLearnsNothingFromLabelsNeedsNone holds that an M1 takes a table without labels, and one whose only label says
// nothing.
func TestWhatLearnsNothingFromLabelsNeedsNone(t *testing.T) {
	for _, text := range []string{"a,b\n1,2\n3,4\n", "a,b,label\n1,2,x\n3,4,x\n", "a,b,label\n1,2,\n3,4,\n"} {
		dir := folderOf(t, map[string]string{"a.csv": text})
		train, test := parts(t, dir, data.OwnOptions{TestFraction: 0.5})
		set := load(t, train)
		if set.Classes != 0 || set.D() != 2 || set.N != 1 || load(t, test).N != 1 {
			t.Errorf("%q: found %d classes and %d examples of %d values", text, set.Classes, set.N, set.D())
		}
	}
}

// TestFaultsAreOneClearLine holds that each mistake names the file, what is wrong and what to do.
func TestFaultsAreOneClearLine(t *testing.T) {
	labelled := func(o data.OwnOptions) data.OwnOptions { o.Classifies = true; return o }
	for name, c := range map[string]struct {
		files map[string]string
		o     data.OwnOptions
		want  string
	}{
		"a word": {map[string]string{"a.csv": "sex,age,label\nf,1,1\nm,2,2\n"}, data.OwnOptions{},
			`a.csv: line 2, field 1: found "f": column "sex" holds words: wanted numbers; give each word a column of its own ` +
				`with data.one_hot = ["sex"], or leave it out with data.drop_columns`},
		"no label": {map[string]string{"a.csv": "age,size\n1,1\n"}, data.OwnOptions{},
			`a.csv: wanted the column of the label, found the columns "age", "size"; name it with data.label_column`},
		"no such column": {map[string]string{"a.csv": "age,label\n1,1\n"}, data.OwnOptions{Columns: []string{"ages"}},
			`a.csv: data.columns: wanted a column's heading, or its number from 1, found "ages" beside the columns "age", "label"`},
		"one class": {map[string]string{"a.csv": "age,label\n1,1\n2,1\n"}, data.OwnOptions{},
			`a.csv: wanted labels of two classes or more, found only "1"`},
		"no label at all": {map[string]string{"a.csv": "age,label\n1,\n2,\n"}, data.OwnOptions{},
			`a.csv: wanted at least one label of a training example, found none`},
		"a test part without a column": {
			map[string]string{"a.csv": "age,size,label\n1,2,a\n2,3,b\n", "b.csv": "age,label\n1,a\n"},
			data.OwnOptions{TestPath: "b.csv"},
			`b.csv: wanted the columns that the training part has, found none called "size"; found the columns "age", "label"`},
		"a test part of another class": {
			map[string]string{"a.csv": "age,label\n1,a\n2,b\n", "b.csv": "age,label\n1,a\n2,c\n"},
			data.OwnOptions{TestPath: "b.csv"}, `b.csv: wanted labels that the training part has (a, b), found "c" in row 2`},
		"thousands": {map[string]string{"a.csv": "age,label\n1,a\n\"1,234.5\",b\n"}, data.OwnOptions{},
			`a.csv: line 3, field 1: wanted a number in column "age", found "1,234.5"; write it without signs of thousands, `},
		"per cent": {map[string]string{"a.csv": "age,label\n1%,a\n2%,b\n"}, data.OwnOptions{},
			`a.csv: line 2, field 1: wanted a number in column "age", found "1%"; write it without signs of thousands, `},
		"the label among the values": {map[string]string{"a.csv": "age,label\n1,1\n2,2\n"},
			data.OwnOptions{Columns: []string{"age", "label"}}, `a.csv: data.columns: wanted columns of values, found "label", the label's; `},
		"the label's words as values": {map[string]string{"a.csv": "age,label\n1,1\n2,2\n"},
			data.OwnOptions{OneHot: []string{"label"}}, `a.csv: data.one_hot: wanted columns of values, found "label", the label's, `},
		"a test part with a missing value": {
			map[string]string{"a.csv": "age,label\n1,a\n2,b\n", "b.csv": "age,label\n1,a\n,b\n"},
			data.OwnOptions{TestPath: "b.csv", Missing: "error"}, `b.csv: values are missing in column "age" (1) of 2 rows, `},
		"a test part with an infinite value": {
			map[string]string{"a.csv": "age,label\n1,a\n2,b\n", "b.csv": "label,age\na,inf\n,inf\na,2\nb,-inf\n"},
			data.OwnOptions{TestPath: "b.csv"}, `b.csv: wanted finite numbers, below 3.4e38, found +Inf in column "age" of row 1; mend it, `},
		"a test part that is drawn, with a missing value": {
			map[string]string{"a.csv": "age,label\n1,a\n2,a\n1,b\n2,b\n,c\n,c\n"},
			data.OwnOptions{TestFraction: 0.5, Missing: "error"}, `a.csv: values are missing in column "age" (2) of 6 rows, `},
		"a test part below 0 for log1p": {
			map[string]string{"a.csv": "age,label\n1,a\n2,b\n", "b.csv": "age,label\n1,a\n-1,b\n"},
			data.OwnOptions{TestPath: "b.csv", Scale: "log1p"}, `data.scale = "log1p" wants values from 0 on, found -1`},
		"a test part of other pixels": {
			map[string]string{"a.csv": "age,label\n1,a\n2,b\n", "b.csv": "age,label\n1,a\n256,b\n"},
			data.OwnOptions{TestPath: "b.csv", Scale: "pixels"}, `wanted whole numbers from 0 to 255, found 256 in column "age" of row 2`},
		"a test part with a word": {
			map[string]string{"a.csv": "age,label\n1,a\n2,b\n", "b.csv": "age,label\n1,a\nx,b\n"},
			data.OwnOptions{TestPath: "b.csv"}, `b.csv: line 3, field 1: wanted a number in column "age", as on the rows before, found "x"; mend the cell, `},
		"labels apart, too few": {
			map[string]string{"a.csv": "age\n1\n2\n", "l.csv": "label\na\n"}, data.OwnOptions{LabelsPath: "l.csv"},
			`l.csv: wanted a label, or a mark that there is none, for each of the 2 examples of`},
		"labels apart, one-hot": {
			map[string]string{"a.csv": "age\n1\n2\n", "l.csv": "0,1\n1,0\n"}, data.OwnOptions{LabelsPath: "l.csv"},
			`2 columns without a heading; name it with data.label_column, or their file with data.labels_path; ` +
				"of labels that are one-hot, save argmax(axis=1) in their place"},
		"no file": {nil, data.OwnOptions{}, "a.csv: no such file or directory; a relative path is in data.dir"},
		"pixels": {map[string]string{"a.csv": "x,label\n1.5,a\n2,b\n"}, data.OwnOptions{Scale: "pixels"},
			`a.csv: data.scale = "pixels": wanted whole numbers from 0 to 255, found 1.5 in column "x" of row 1`},
		"nothing left": {map[string]string{"a.csv": "x,label\n1,a\n"}, data.OwnOptions{DropColumns: []string{"x"}},
			`a.csv: wanted at least one column of values beside the label`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, c.files)
			train, test := parts(t, dir, labelled(c.o))
			_, err := train.Load()
			if err == nil && test != nil {
				err = data.Fit(test)
			}
			if err == nil || !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("found %v, wanted an error of the user's with %q", err, c.want)
			}
			if err != nil && strings.Count(err.Error(), "a.csv: ") > 1 {
				t.Errorf("%v names the file twice", err)
			}
		})
	}
}

// TestValuesAreInAFileWhereMemoryHasNoRoomForThem holds it of a limit and of data.storage, of both parts and of rows from
// several files, and that a file which is there is read in place of the table.
func TestValuesAreInAFileWhereMemoryHasNoRoomForThem(t *testing.T) {
	dir := folderOf(t, map[string]string{"a.csv": flowers(12), "more.csv": flowers(6)})
	for _, c := range []struct {
		storage string
		limit   int64
		spooled bool
	}{{"auto", 0, false}, {"auto", 1 << 20, false}, {"auto", 8, true}, {"memory", 8, false}, {"disk", 1 << 20, true}} {
		o := data.OwnOptions{
			LabelColumn: "kind", Classifies: true, TestFraction: 0.25, UnlabelledPath: "more.csv", Storage: c.storage,
		}
		train, test := parts(t, dir, o)
		o.Storage = "memory"
		wantTrain, wantTest := parts(t, dir, o)
		for part, inMemory := range map[data.Part]data.Part{train: wantTrain, test: wantTest} {
			want, store := load(t, inMemory), &spool.Store{Dir: filepath.Join(t.TempDir(), "run"), Limit: c.limit}
			found, err := data.LoadIn(part, store)
			if err != nil {
				t.Fatal(err)
			}
			if (found.Spooled != nil) != c.spooled || found.Digest() != want.Digest() {
				t.Errorf("%+v: in a file: %v, digest %s, want %s", c, found.Spooled != nil, found.Digest(), want.Digest())
			}
			again, err := data.LoadIn(part, store)
			if err != nil {
				t.Fatal(err)
			}
			if again.Digest() != want.Digest() || part == train && again.Spooled != found.Spooled {
				t.Errorf("%+v: another set the second time", c)
			}
			if err := store.Close(false); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestATableThatChangesIsReadAnew holds that a file of rows that was left is that of the table as it is now.
func TestATableThatChangesIsReadAnew(t *testing.T) {
	dir := folderOf(t, map[string]string{"a.csv": flowers(12)})
	o, run := data.OwnOptions{LabelColumn: "kind", Classifies: true, Storage: "disk"}, t.TempDir()
	read := func() *data.Set {
		t.Helper()
		train, _ := parts(t, dir, o)
		store := &spool.Store{Dir: run}
		set, err := data.LoadIn(train, store)
		if err != nil {
			t.Fatal(err)
		}
		set.Name = set.Digest()
		if err := store.Close(true); err != nil {
			t.Fatal(err)
		}
		return set
	}
	first := read()
	o.Scale = "standard" // as the configuration says of a run that goes on, where "auto" came to it
	if again := read(); again.Name != first.Name || !noted(again, "are in "+run) {
		t.Errorf("the file is not taken up: %q", again.Notes)
	}
	datatest.WriteFile(t, filepath.Join(dir, "a.csv"), []byte(flowers(14)))
	if changed := read(); changed.Name == first.Name || !noted(changed, "are kept in "+run) {
		t.Errorf("the file of another table is taken up: %q", changed.Notes)
	}
}

func TestTheUserSaysWhetherThereIsAHeading(t *testing.T) {
	dir := folderOf(t, map[string]string{"a.csv": "rose,1\nlily,2\nrose,3\n", "b.csv": "1,2\n3,4\n5,6\n"})
	for _, c := range []struct {
		path, heading string
		n             int
	}{{"a.csv", "auto", 3}, {"a.csv", "no", 3}, {"a.csv", "yes", 2}, {"b.csv", "auto", 3}, {"b.csv", "yes", 2}} {
		train, _ := parts(t, dir, data.OwnOptions{Path: c.path, Heading: c.heading, LabelColumn: "first"})
		if set := load(t, train); set.N != c.n {
			t.Errorf("%s with heading %q: found %d examples, wanted %d", c.path, c.heading, set.N, c.n)
		}
	}
}
