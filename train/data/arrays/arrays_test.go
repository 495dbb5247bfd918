package arrays

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
)

// writeArray writes an array in NumPy's format.
func writeArray(t *testing.T, path, descr, shape string, data []byte) {
	t.Helper()
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	head := append([]byte("\x93NUMPY\x01\x00"), byte(len(text)), byte(len(text)>>8))
	datatest.WriteFile(t, path, slices.Concat(head, []byte(text), data))
}

func TestArraysOfEveryKindGiveTheSameSet(t *testing.T) {
	want := &data.Set{
		Name: "arrays", Images: []uint8{0, 51, 255, 102, 1, 2, 3, 4, 5, 6, 7, 8}, Labels: []uint8{1, data.Unlabelled, 0},
		N: 3, Height: 2, Width: 2, Channels: 1, Classes: 2, ClassNames: []string{"-4", "2"}, Unsplit: true,
	}
	var fractions []byte
	for _, v := range want.Images {
		fractions = append(fractions, datatest.Words(math.Float32bits(float32(v)/255))...)
	}
	labels := datatest.Words(2, 0xffffffff, 0xfffffffc)
	for name, write := range map[string]func(t *testing.T, dir string){
		"bytes": func(t *testing.T, dir string) {
			writeArray(t, filepath.Join(dir, "train-images.npy"), "|u1", "(3, 2, 2)", want.Images)
			writeArray(t, filepath.Join(dir, "train-labels.npy"), "<i4", "(3,)", labels)
		},
		"fractions": func(t *testing.T, dir string) {
			writeArray(t, filepath.Join(dir, "arrays", "train-images.npy"), "<f4", "(3, 2, 2, 1)", fractions)
			writeArray(t, filepath.Join(dir, "arrays", "train-labels.npy"), "<i4", "(3, 1)", labels)
		},
		"flat": func(t *testing.T, dir string) {
			writeArray(t, filepath.Join(dir, "train-images.npy"), "|u1", "(3, 4)", want.Images)
			writeArray(t, filepath.Join(dir, "train-labels.npy"), "<i8", "(3,)", datatest.Words(2, 0, 0xffffffff, 0xffffffff, 0xfffffffc, 0xffffffff))
		},
		"table": func(t *testing.T, dir string) {
			datatest.WriteFile(t, filepath.Join(dir, "train.csv"), []byte("label,a,b,c,d\n2,0,51,255,102\n,1,2,3,4\n-4,5,6,7,8\n"))
		},
		"another dialect": func(t *testing.T, dir string) {
			datatest.WriteFile(t, filepath.Join(dir, "train.csv"), []byte("\ufeffa;b;c;d;class\r\n0;51;255;102;2,0\r\n1;2;3;4;?\r\n5;6;7;8;-4,0\r\n"))
		},
		"channels first, labels a row of bytes": func(t *testing.T, dir string) {
			writeArray(t, filepath.Join(dir, "train-images.npy"), "|u1", "(3, 1, 2, 2)", want.Images)
			writeArray(t, filepath.Join(dir, "train-labels.npy"), "|i1", "(1, 3)", []byte{2, 0xff, 0xfc})
		},
		"greatest byte first": func(t *testing.T, dir string) {
			var words []byte
			for _, v := range want.Images {
				words = append(words, 0, v)
			}
			writeArray(t, filepath.Join(dir, "train-images.npy"), ">i2", "(3, 2, 2)", words)
			writeArray(t, filepath.Join(dir, "train-labels.npy"), "<f4", "(3,)", datatest.Words(math.Float32bits(2), 0x7fc00000, math.Float32bits(-4)))
		},
		"labels as text": func(t *testing.T, dir string) {
			writeArray(t, filepath.Join(dir, "train-images.npy"), "|u1", "(3, 2, 2)", want.Images)
			writeArray(t, filepath.Join(dir, "train-labels.npy"), "<U2", "(3,)", datatest.Words('2', 0, '?', 0, '-', '4'))
		},
	} {
		dir := t.TempDir()
		write(t, dir)
		train, _ := datatest.Open(t, data.Options{Name: "arrays", Dir: dir})
		if diff := cmp.Diff(want, datatest.Load(t, train)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if info := want.Info(); info.Unlabelled != 1 || !slices.Equal(info.ClassCounts, []int{1, 1}) {
			t.Errorf("%+v, want one example of each class and one without a label", info)
		}
	}
}

// A test part may have no example of the last class.
func TestTestPartHasTheTrainingPartsClasses(t *testing.T) {
	dir := t.TempDir()
	datatest.WriteFile(t, filepath.Join(dir, "train.csv"), []byte("0,1,2\n3,4,5\n7,9,9\n1,2,3\n"))
	datatest.WriteFile(t, filepath.Join(dir, "test.csv"), []byte("1,1,9\n"))
	_, test := datatest.Open(t, data.Options{Name: "arrays", Dir: dir})
	if set := datatest.Load(t, test); !slices.Equal(set.ClassNames, []string{"0", "1", "3", "7"}) || set.Labels[0] != 1 ||
		set.Height != 1 || set.Width != 2 ||
		!slices.Equal(set.Notes, []string{`no test example is of class "0", "3", "7": the test error says nothing of it`}) {
		t.Errorf("%+v, want class 1 of 4 and images of 1×2", set)
	}
}

func TestEveryFaultOfArraysIsOneClearLine(t *testing.T) {
	var many strings.Builder
	for i := range 300 {
		fmt.Fprintf(&many, "%d,1,2\n", i)
	}
	for _, fault := range []struct {
		name, train, test string
		want              string // DIR stands for the data folder
	}{
		{"nothing", "", "", "open DIR: wanted train-images.npy or train.csv, found no such file; put {train,test}-{images,labels}.npy, or train.csv and test.csv, into DIR/arrays"},
		{"a bad number", "0,1,2\n0,1,x\n", "", `DIR/train.csv: line 2, field 3: wanted a whole number from 0 to 255, or a fraction from 0 to 1, found "x"; ` +
			"if this is the label, name its column with data.label_column, else leave out the column"},
		{"one class", "0,1,2\n0,3,4\n", "", `DIR/train.csv: wanted labels of two classes or more, found only "0"; if the label is in another column, ` +
			"name it, as in --set data.label_column=last ('data info' and 'data verify': --label-column last)"},
		{"a class called -1", "-1,1,2\n1,3,4\n", "", `DIR/train.csv: wanted labels of two classes or more, found only "1"; if the label is in another column, ` +
			"name it, as in --set data.label_column=last ('data info' and 'data verify': --label-column last); an example labelled -1, NA or ?, or not at all, is of none"},
		{"too many classes", many.String(), "", "DIR/train.csv: wanted at most 255 classes, found 300 different labels; if the label is in another column, " +
			"name it, as in --set data.label_column=last ('data info' and 'data verify': --label-column last)"},
		{"fractions in the test part alone", "1,2,2\n0,1,2\n", "1,0.5,0\n", "DIR/test.csv: wanted whole numbers from 0 to 255, as in the training part, found fractions"},
		{"whole numbers in the test part alone", "1,0.5,0\n0,1,0\n", "1,2,2\n", "DIR/test.csv: wanted numbers from 0 to 1, as in the training part, found 2"},
		{"a shape of its own", "1,2,2\n0,1,2\n", "1,2,2,2\n", "DIR/test.csv: wanted 2 values and a label on each line, as in the training part, found 3 values"},
		{"no label", ",1,2\n", "", "DIR/train.csv: wanted at least one label of a training example, found none"},
		{"an unlabelled test example", "1,1,2\n0,1,2\n", "-1,1,2\n", "DIR/test.csv: wanted a label of every test example, found none at place 0; nothing, NA, nan, null, ? and -1 are none: call a class otherwise"},
		{"a class not trained on", "a,1,2\n\"b\x1b\",1,2\n", "2,1,2\n", `DIR/test.csv: wanted labels that the training part has ("a", "b\x1b"), found "2" at place 0`},
	} {
		dir := t.TempDir()
		part := 0
		for i, text := range []string{fault.train, fault.test} {
			if text != "" {
				datatest.WriteFile(t, filepath.Join(dir, []string{"train.csv", "test.csv"}[i]), []byte(text))
				part = i
			}
		}
		train, test := datatest.Open(t, data.Options{Name: "arrays", Dir: dir})
		_, err := []data.Part{train, test}[part].Load()
		if early := data.Fit(test); strings.HasPrefix(fault.name, "a shape") && fmt.Sprint(early) != fmt.Sprint(err) {
			t.Errorf("%s: found %v before training, want %v", fault.name, early, err)
		}
		want := filepath.FromSlash(strings.ReplaceAll(fault.want, "DIR", dir))
		if err == nil || err.Error() != want {
			t.Errorf("%s: error = %v\nwant %s", fault.name, err, want)
		}
		if !errors.Is(err, data.ErrInput) {
			t.Errorf("%s: %v is not an ErrInput", fault.name, err)
		}
	}
}

// TestWhatMayBeAMistakeIsTold holds the notes on a part, and that there are no others.
func TestWhatMayBeAMistakeIsTold(t *testing.T) {
	for _, c := range []struct{ train, test, want string }{
		{"Cat,1,2\n\"cat \",3,4\ncat,5,6\n", "",
			`DIR/train.csv: the labels "Cat" and "cat" are two classes, although only capitals or spaces differ`},
		{"0,0.001,0\n1,0.002,0.0005\n", "", "DIR/train.csv: no value is above 1/127, where 1 is the largest there is: " +
			"if they were divided by 255 twice, divide them once"},
		{"0,1,0\n1,0,1\n", "", "DIR/train.csv: the largest value is 1, where pixels go to 255; if 1 is the largest there is, write 255 for it"},
		{"a,b,c\n0,1,9\n1,9,1\n", "", `DIR/train.csv: no column is headed label, class, target or y: the first one, "a", is taken for the label; ` +
			"data.label_column names another"},
		{"a,b,c\n0,1,9\n1,9,1\n", "a,b,c\n0,9,1\n1,9,2\n", "DIR/test.csv: 1 of 2 test examples stand in the training part too: " +
			"the test error tells less of new ones"},
		{"0,0.5,0\n1,0,1\n", "0,0,1\n1,1,1\n", "DIR/test.csv: 1 of 2 test examples stand in the training part too: " +
			"the test error tells less of new ones"},
	} {
		dir := t.TempDir()
		datatest.WriteFile(t, filepath.Join(dir, "train.csv"), []byte(c.train))
		part, test := datatest.Open(t, data.Options{Name: "arrays", Dir: dir})
		if c.test != "" {
			datatest.WriteFile(t, filepath.Join(dir, "test.csv"), []byte(c.test))
			part = test
		}
		found := strings.Join(datatest.Load(t, part).Notes, "\n")
		if want := filepath.FromSlash(strings.ReplaceAll(c.want, "DIR", dir)); found != want {
			t.Errorf("notes = %s\nwant %s", found, want)
		}
	}
}

// TestAnArraysHeadTellsEarlyThatItDoesNotFit holds that shapes and numbers are compared before anything is read.
func TestAnArraysHeadTellsEarlyThatItDoesNotFit(t *testing.T) {
	dir := t.TempDir()
	writeArray(t, filepath.Join(dir, "train-images.npy"), "|u1", "(2, 2, 2)", make([]byte, 8))
	for _, part := range []string{"train", "test"} {
		writeArray(t, filepath.Join(dir, part+"-labels.npy"), "|u1", "(2,)", []byte{0, 1})
	}
	path := filepath.Join(dir, "test-images.npy")
	for _, c := range []struct {
		shape string
		first int
		want  string
	}{
		{"(2, 4, 1)", 0, path + ": wanted images of 2×2×1, as in the training part, found 4×1×1"},
		{"(2, 2, 2)", 3, path + ": wanted the first 3 examples, found 2; lower data.test"},
		{"(2, 2, 2)", 2, "<nil>"},
	} {
		writeArray(t, path, "|u1", c.shape, make([]byte, 8))
		_, test := datatest.Open(t, data.Options{Name: "arrays", Dir: dir, Test: c.first})
		if err := data.Fit(test); fmt.Sprint(err) != c.want || err != nil && !errors.Is(err, data.ErrInput) {
			t.Errorf("%s, the first %d: %v, want %s", c.shape, c.first, err, c.want)
		}
	}
}
