package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// words are 32-bit integers, least byte first.
func words(values ...uint32) (content []byte) {
	for _, v := range values {
		content = binary.LittleEndian.AppendUint32(content, v)
	}
	return content
}

// matVariable is an uncompressed variable of bytes in a MAT-file.
func matVariable(name string, shape []uint32, data []byte) []byte {
	element := func(kind uint32, content []byte) []byte {
		return slices.Concat(words(kind, uint32(len(content))), content, make([]byte, -len(content)&7))
	}
	return element(14, slices.Concat(element(6, words(9, 0)), element(5, words(shape...)), element(1, []byte(name)), element(2, data)))
}

func writeSVHN(t *testing.T, path string, labels []uint8) {
	t.Helper()
	n := uint32(len(labels))
	images := make([]byte, 0, 3072*n)
	for image := range n {
		for i := range uint32(3072) {
			row, column, channel := i%32, i/32%32, i/1024
			images = append(images, byte(image+row+2*column+50*channel))
		}
	}
	head := append(bytes.Repeat([]byte(" "), 124), 0, 1, 'I', 'M')
	writeFile(t, path, slices.Concat(head, matVariable("X", []uint32{32, 32, 3, n}, images), matVariable("y", []uint32{n, 1}, labels)))
}

func TestSVHNIsInRowsOfColours(t *testing.T) {
	dir := t.TempDir()
	writeSVHN(t, filepath.Join(dir, "svhn", "train_32x32.mat"), []uint8{10, 1, 9})
	for first, n := range map[int]int{0: 3, 2: 2} {
		train, test := open(t, Options{Name: "svhn", Dir: dir, Train: first})
		set := load(t, train)
		if set.N != n || set.D() != 3072 || len(set.Images) != n*3072 || !slices.Equal(set.Labels, []uint8{0, 1, 9}[:n]) {
			t.Fatalf("first %d: %d examples of %d, labels %v", first, set.N, set.D(), set.Labels)
		}
		for _, at := range [][4]int{{0, 0, 0, 0}, {1, 3, 5, 2}, {1, 31, 30, 1}} {
			image, row, column, channel := at[0], at[1], at[2], at[3]
			found, want := set.Images[((image*32+row)*32+column)*3+channel], byte(image+row+2*column+50*channel)
			if found != want {
				t.Errorf("image, row, column, channel %v: %d, want %d", at, found, want)
			}
		}
		if err := Find(test); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), "test_32x32.mat") {
			t.Errorf("the test part is not there: %v", err)
		}
	}
}

func writeNORB(t *testing.T, dir, prefix string, labels []uint32) {
	t.Helper()
	n := uint32(len(labels))
	images := words(0x1e3d4c55, 4, n, 2, 96, 96)
	for image := range n {
		for i := range uint32(2 * 96 * 96) {
			images = append(images, byte(image+i%96+i/96))
		}
	}
	writeFile(t, filepath.Join(dir, "norb", prefix+"-dat.mat.gz"), zip(images))
	writeFile(t, filepath.Join(dir, "norb", prefix+"-cat.mat"), slices.Concat(words(0x1e3d4c54, 1, n, 1, 1), words(labels...)))
}

func TestNORBIsTheLeftImageHalved(t *testing.T) {
	dir := t.TempDir()
	writeNORB(t, dir, norbTrain, []uint32{4, 0, 2})
	for first, n := range map[int]int{0: 3, 2: 2} {
		train, _ := open(t, Options{Name: "norb", Dir: dir, Train: first})
		set := load(t, train)
		if set.N != n || set.D() != 48*48 || len(set.Images) != n*48*48 || !slices.Equal(set.Labels, []uint8{4, 0, 2}[:n]) {
			t.Fatalf("first %d: %d examples of %d, labels %v", first, set.N, set.D(), set.Labels)
		}
		// The mean of v, v+1, v+1 and v+2, where v = image + 2·column + 2·row.
		for _, at := range [][3]int{{0, 0, 0}, {1, 7, 40}, {1, 47, 47}} {
			if found, want := set.Images[(at[0]*48+at[1])*48+at[2]], byte(at[0]+2*at[1]+2*at[2]+1); found != want {
				t.Errorf("image, row, column %v: %d, want %d", at, found, want)
			}
		}
	}
}

// writeArray writes an array in NumPy's format.
func writeArray(t *testing.T, path, descr, shape string, data []byte) {
	t.Helper()
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	head := append([]byte("\x93NUMPY\x01\x00"), byte(len(text)), byte(len(text)>>8))
	writeFile(t, path, slices.Concat(head, []byte(text), data))
}

func TestArraysOfEveryKindGiveTheSameSet(t *testing.T) {
	want := &Set{Name: "arrays", Images: []uint8{0, 51, 255, 102, 1, 2, 3, 4}, Labels: []uint8{2, Unlabelled}, N: 2, Height: 2, Width: 2, Channels: 1, Classes: 3}
	fractions := words(0, 0x3e4ccccd, 0x3f800000, 0x3ecccccd, 0x3b808081, 0x3c008081, 0x3c40c0c1, 0x3c808081)
	labels := words(2, 0xffffffff)
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
			writeArray(t, filepath.Join(dir, "train-labels.npy"), "<i8", "(2,)", slices.Concat(words(2, 0), words(0xffffffff, 0xffffffff)))
		},
		"table": func(t *testing.T, dir string) {
			writeFile(t, filepath.Join(dir, "train.csv"), []byte("label,a,b,c,d\n2,0,51,255,102\n,1,2,3,4\n"))
		},
	} {
		dir := t.TempDir()
		write(t, dir)
		train, _ := open(t, Options{Name: "arrays", Dir: dir})
		if diff := cmp.Diff(want, load(t, train)); diff != "" {
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
	writeFile(t, filepath.Join(dir, "train.csv"), []byte("0,1,2\n3,4,5\n"))
	writeFile(t, filepath.Join(dir, "test.csv"), []byte("1,1,2\n"))
	_, test := open(t, Options{Name: "arrays", Dir: dir})
	if set := load(t, test); set.Classes != 4 || set.Height != 1 || set.Width != 2 {
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
				writeFile(t, filepath.Join(dir, []string{"train.csv", "test.csv"}[i]), []byte(text))
				part = i
			}
		}
		train, test := open(t, Options{Name: "arrays", Dir: dir})
		_, err := []Part{train, test}[part].Load()
		want := filepath.FromSlash(strings.ReplaceAll(fault.want, "DIR", dir))
		if err == nil || err.Error() != want {
			t.Errorf("%s: error = %v\nwant %s", fault.name, err, want)
		}
		if !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v is not an ErrInput", fault.name, err)
		}
	}
}

func TestSplitsKeepUnlabelledExamples(t *testing.T) {
	labels := []uint8{Unlabelled, 0, 1, Unlabelled, 0, 1}
	split, err := NewSplit(labels, 2, SplitOptions{Labels: 2, Validation: 2})
	if err != nil {
		t.Fatal(err)
	}
	want := Split{Labelled: []int32{1, 2}, Unlabelled: []int32{0, 3}, Validation: []int32{4, 5}}
	if diff := cmp.Diff(want, split); diff != "" {
		t.Error(diff)
	}
	_, err = NewSplit(labels, 2, SplitOptions{Labels: 2, Validation: 3})
	const fault = "split: wanted labels of all 3 validation examples, the last of the training part, found none of example 3; put labelled examples last or lower data.validation"
	if err == nil || err.Error() != fault {
		t.Errorf("error = %v\nwant %s", err, fault)
	}
}
