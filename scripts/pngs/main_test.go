package main

import (
	"compress/gzip"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheExamplesDigitsBecomeAFolder holds how many images of which part the digits of the example have, and one pixel.
func TestTheExamplesDigitsBecomeAFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "digits")
	n, err := convert("../../configs/examples/digits.csv.gz", folder)
	if err != nil || n != 1797 {
		t.Fatalf("want 1797 images, found %d, %v", n, err)
	}
	for pattern, want := range map[string]int{
		"train/[0-9]/*.png": 100, "train/3/*.png": 10, "train/unlabelled/*.png": 1342, "test/*/*.png": 355, "test/8/*.png": 34,
	} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil || len(found) != want {
			t.Errorf("%s: want %d, found %d, %v", pattern, want, len(found), err)
		}
	}
	if _, err := convert("../../configs/examples/digits.csv.gz", folder); err == nil {
		t.Error("want an error where the folder is there, found none")
	}
}

func TestShadesAreScaledToBytes(t *testing.T) {
	dir := t.TempDir()
	table := filepath.Join(dir, "t.csv.gz")
	write := func(text string) {
		file, err := os.Create(table)
		if err != nil {
			t.Fatal(err)
		}
		packed := gzip.NewWriter(file)
		if _, err := packed.Write([]byte(text)); err != nil || packed.Close() != nil || file.Close() != nil {
			t.Fatal(err)
		}
	}
	write("a,b,c,d,class\n0,8,16,1,x\n")
	if _, err := convert(table, filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, "out", "train", "x", "0000.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[[2]int]uint8{{0, 0}: 0, {1, 0}: 127, {0, 1}: 255, {1, 1}: 15} {
		if got := img.At(at[0], at[1]); got != (color.Gray{Y: want}) {
			t.Errorf("pixel %v: want %d, found %v", at, want, got)
		}
	}
	for text, want := range map[string]string{
		"a,class\n17,x\n": "shades from 0 to 16", "a,b,class\n1,2,x\n": "a square", "a,class\n": "rows below it",
	} {
		write(text)
		if _, err := convert(table, filepath.Join(dir, want)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, found %v", text, want, err)
		}
	}
}
