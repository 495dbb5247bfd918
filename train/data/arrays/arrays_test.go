package arrays

import (
	"errors"
	"fmt"
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
	want := &data.Set{Name: "arrays", Images: []uint8{0, 51, 255, 102, 1, 2, 3, 4}, Labels: []uint8{2, data.Unlabelled}, N: 2, Height: 2, Width: 2, Channels: 1, Classes: 3}
	fractions := datatest.Words(0, 0x3e4ccccd, 0x3f800000, 0x3ecccccd, 0x3b808081, 0x3c008081, 0x3c40c0c1, 0x3c808081)
	labels := datatest.Words(2, 0xffffffff)
	for name, write := range map[string]func(t *testing.T, dir string){
		"bytes": func(t *testing.T, dir string) {
			writeArray(t, filepath.Join(dir, "train-images.npy"), "|u1", "(2, 2, 2)", want.Images)
			writeArray(t, filepath.Join(dir, "train-labels.npy"), "<i4", "(2,)", labels)
		},
		"fractions": func(t *testing.T, dir string) {
			writeArray(t, filepath.Join(dir, "arrays", "train-images.npy"), "<f4", "(2, 2, 2, 1)", fractions)
			writeArray(t, filepath.Join(dir, "arrays", "train-labels.npy"), "<i4", "(2, 1)", labels)
		},
		"flat": func(t *testing.T, dir string) {
			writeArray(t, filepath.Join(dir, "train-images.npy"), "|u1", "(2, 4)", want.Images)
			writeArray(t, filepath.Join(dir, "train-labels.npy"), "<i8", "(2,)", slices.Concat(datatest.Words(2, 0), datatest.Words(0xffffffff, 0xffffffff)))
		},
		"table": func(t *testing.T, dir string) {
			datatest.WriteFile(t, filepath.Join(dir, "train.csv"), []byte("label,a,b,c,d\n2,0,51,255,102\n,1,2,3,4\n"))
		},
	} {
		dir := t.TempDir()
		write(t, dir)
		train, _ := datatest.Open(t, data.Options{Name: "arrays", Dir: dir})
		if diff := cmp.Diff(want, datatest.Load(t, train)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if info := want.Info(); info.Unlabelled != 1 || !slices.Equal(info.ClassCounts, []int{0, 0, 1}) {
			t.Errorf("%+v, want one example of class 2 and one without a label", info)
		}
	}
}

// A test part may have no example of the last class.
func TestTestPartHasTheTrainingPartsClasses(t *testing.T) {
	dir := t.TempDir()
	datatest.WriteFile(t, filepath.Join(dir, "train.csv"), []byte("0,1,2\n3,4,5\n"))
	datatest.WriteFile(t, filepath.Join(dir, "test.csv"), []byte("1,1,2\n"))
	_, test := datatest.Open(t, data.Options{Name: "arrays", Dir: dir})
	if set := datatest.Load(t, test); set.Classes != 4 || set.Height != 1 || set.Width != 2 {
		t.Errorf("%+v, want 4 classes and images of 1×2", set)
	}
}

func TestEveryFaultOfArraysIsOneClearLine(t *testing.T) {
	for _, fault := range []struct {
		name, train, test string
		want              string // DIR stands for the data folder
	}{
		{"nothing", "", "", "open DIR: wanted train-images.npy or train.csv, found no such file; put {train,test}-{images,labels}.npy, or train.csv and test.csv, into DIR/arrays"},
		{"a bad number", "0,1,x\n", "", `DIR/train.csv: line 1, field 3: wanted a whole number from 0 to 255, found "x"`},
		{"no label", ",1,2\n", "", "DIR/train.csv: wanted at least one label of a training example, found none"},
		{"an unlabelled test example", "1,1,2\n", "-1,1,2\n", "DIR/test.csv: wanted a label of every test example, found none at place 0"},
		{"a class not trained on", "1,1,2\n", "2,1,2\n", "DIR/test.csv: wanted labels from 0 to 1, the largest of the training part, found 2 at place 0"},
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
		want := filepath.FromSlash(strings.ReplaceAll(fault.want, "DIR", dir))
		if err == nil || err.Error() != want {
			t.Errorf("%s: error = %v\nwant %s", fault.name, err, want)
		}
		if !errors.Is(err, data.ErrInput) {
			t.Errorf("%s: %v is not an ErrInput", fault.name, err)
		}
	}
}
