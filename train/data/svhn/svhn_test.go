package svhn

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
)

// matVariable is an uncompressed variable of bytes in a MAT-file.
func matVariable(name string, shape []uint32, data []byte) []byte {
	element := func(kind uint32, content []byte) []byte {
		return slices.Concat(datatest.Words(kind, uint32(len(content))), content, make([]byte, -len(content)&7))
	}
	return element(14, slices.Concat(element(6, datatest.Words(9, 0)), element(5, datatest.Words(shape...)), element(1, []byte(name)), element(2, data)))
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
	datatest.WriteFile(t, path, slices.Concat(head, matVariable("X", []uint32{32, 32, 3, n}, images), matVariable("y", []uint32{n, 1}, labels)))
}

// TestOtherWritersSVHNIsTheSame holds that labels may be a row, and that one image needs no fourth dimension.
func TestOtherWritersSVHNIsTheSame(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "svhn", "train_32x32.mat")
	for _, labels := range [][]uint8{{3}, {3, 10}} {
		n := uint32(len(labels))
		writeSVHN(t, path, labels)
		part, _ := datatest.Open(t, data.Options{Name: "svhn", Dir: dir})
		want := datatest.Load(t, part)
		images := bytes.Repeat([]byte{7}, 3072)
		if n > 1 {
			images = append(images, images...)
		}
		shape := []uint32{32, 32, 3, n}[:min(4, 2+n)]
		head := append(bytes.Repeat([]byte(" "), 124), 0, 1, 'I', 'M')
		datatest.WriteFile(t, path, slices.Concat(head, matVariable("X", shape, images), matVariable("y", []uint32{1, n}, labels)))
		got := datatest.Load(t, part)
		if !slices.Equal(got.Labels, want.Labels) || got.N != want.N || !bytes.Equal(got.Images, images) {
			t.Errorf("%d labels: found %d examples, labels %v", n, got.N, got.Labels)
		}
	}
}

func TestSVHNIsInRowsOfColours(t *testing.T) {
	dir := t.TempDir()
	writeSVHN(t, filepath.Join(dir, "svhn", "train_32x32.mat"), []uint8{10, 1, 9})
	for first, n := range map[int]int{0: 3, 2: 2} {
		train, test := datatest.Open(t, data.Options{Name: "svhn", Dir: dir, Train: first})
		set := datatest.Load(t, train)
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
		if err := data.Find(test); !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), "test_32x32.mat") {
			t.Errorf("the test part is not there: %v", err)
		}
	}
}
