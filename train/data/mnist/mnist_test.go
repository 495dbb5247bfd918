package mnist

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
)

// writeMNIST writes a small data set in MNIST's format: images of one grey level
// each, and the labels given.
func writeMNIST(t *testing.T, dir, prefix string, labels []uint8) {
	t.Helper()
	images := idxFile(0x803, uint32(len(labels)), 28, 28)
	for i := range labels {
		images = append(images, bytes.Repeat([]byte{byte(10 * i)}, 784)...)
	}
	datatest.WriteFile(t, filepath.Join(dir, "mnist", prefix+"-images-idx3-ubyte.gz"), datatest.Zip(images))
	datatest.WriteFile(t, filepath.Join(dir, "mnist", prefix+"-labels-idx1-ubyte.gz"), datatest.Zip(append(idxFile(0x801, uint32(len(labels))), labels...)))
}

func idxFile(magic uint32, shape ...uint32) []byte {
	header := binary.BigEndian.AppendUint32(nil, magic)
	for _, n := range shape {
		header = binary.BigEndian.AppendUint32(header, n)
	}
	return header
}

func TestMNISTLoadsWhatTheFilesHold(t *testing.T) {
	dir := t.TempDir()
	writeMNIST(t, dir, "train", []uint8{3, 1, 4})
	for first, n := range map[int]int{0: 3, 2: 2, 3: 3} {
		train, _ := datatest.Open(t, data.Options{Name: "mnist", Dir: dir, Train: first})
		want := &data.Set{
			Name: "mnist", N: n, Height: 28, Width: 28, Channels: 1, Classes: 10,
			Images: slices.Concat(make([]byte, 784), bytes.Repeat([]byte{10}, 784), bytes.Repeat([]byte{20}, 784))[:n*784],
			Labels: []uint8{3, 1, 4}[:n],
		}
		got := datatest.Load(t, train)
		if len(got.Notes) != 2 || !strings.Contains(got.Notes[1], "this is not train-labels-idx1-ubyte as it is published") {
			t.Errorf("first %d: notes %q, want one of each file: they are not the published ones", first, got.Notes)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(data.Set{}, "Notes")); diff != "" {
			t.Errorf("first %d: %s", first, diff)
		}
	}
}

// TestMNISTOfAnyTypeAndRankIsTheSame holds that other writers' files are read where their meaning is clear.
func TestMNISTOfAnyTypeAndRankIsTheSame(t *testing.T) {
	bytesOf := bytes.Repeat([]byte{51}, 784)
	floats := bytes.Repeat([]byte{0x3e, 0x4c, 0xcc, 0xcd}, 784) // 0.2
	words := bytes.Repeat([]byte{0, 0, 0, 51}, 784)
	for name, images := range map[string][]byte{
		"flat": append(idxFile(0x802, 1, 784), bytesOf...), "channel last": append(idxFile(0x804, 1, 28, 28, 1), bytesOf...),
		"channel first": append(idxFile(0x804, 1, 1, 28, 28), bytesOf...), "fractions": append(idxFile(0xd03, 1, 28, 28), floats...),
		"int32": append(idxFile(0xc03, 1, 28, 28), words...),
	} {
		for kind, labels := range map[string][]byte{
			"bytes n×1": append(idxFile(0x802, 1, 1), 7), "int32": append(idxFile(0xc01, 1), 0, 0, 0, 7),
			"QMNIST's":  append(idxFile(0xc02, 1, 8), append([]byte{0, 0, 0, 7}, make([]byte, 28)...)...),
			"int32 n×1": append(idxFile(0xc02, 1, 1), 0, 0, 0, 7), "float32": append(idxFile(0xd01, 1), 0x40, 0xe0, 0, 0),
		} {
			dir := t.TempDir()
			datatest.WriteFile(t, filepath.Join(dir, "mnist", "train-images-idx3-ubyte"), images)
			datatest.WriteFile(t, filepath.Join(dir, "mnist", "train-labels-idx1-ubyte"), labels)
			train, _ := datatest.Open(t, data.Options{Name: "mnist", Dir: dir})
			if set := datatest.Load(t, train); !bytes.Equal(set.Images, bytesOf) || !slices.Equal(set.Labels, []uint8{7}) {
				t.Errorf("images %s, labels %s: %v, labels %v", name, kind, set.Images[:4], set.Labels)
			}
		}
	}
}

// The training part works where there is no test file, and so cannot have opened one.
func TestTrainingPartNeedsNoTestFile(t *testing.T) {
	dir := t.TempDir()
	writeMNIST(t, dir, "train", []uint8{3, 1, 4})
	train, test := datatest.Open(t, data.Options{Name: "mnist", Dir: dir})
	datatest.Load(t, train)
	if _, err := test.Load(); err == nil {
		t.Error("the test part loads without its files")
	}
}

// TestFindOpensNoFile holds that a part is found by its files' names alone.
func TestFindOpensNoFile(t *testing.T) {
	dir := t.TempDir()
	for _, suffix := range []string{"images-idx3-ubyte", "labels-idx1-ubyte"} {
		if err := os.MkdirAll(filepath.Join(dir, "mnist"), 0o755); err != nil {
			t.Fatal(err)
		}
		train, test := datatest.Open(t, data.Options{Name: "mnist", Dir: dir})
		if err := data.Find(test); !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), "t10k-"+suffix) {
			t.Errorf("want an error that names t10k-%s, found %v", suffix, err)
		}
		if err := data.Find(train); err == nil {
			t.Error("the training part is found without its files")
		}
		datatest.WriteFile(t, filepath.Join(dir, "mnist", "t10k-"+suffix), []byte("no images"))
	}
	if _, test := datatest.Open(t, data.Options{Name: "mnist", Dir: dir}); data.Find(test) != nil {
		t.Errorf("want files of any content to be found, found %v", data.Find(test))
	}
}

func TestEveryFaultOfMNISTIsOneClearLine(t *testing.T) {
	const images, labels = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
	for _, fault := range []struct {
		name  string
		spoil func(t *testing.T, mnist string)
		want  string // DIR stands for the data folder
	}{
		{"no folder", func(t *testing.T, mnist string) { os.RemoveAll(mnist) },
			"open DIR/mnist: no such directory; try 'ssdgm data get mnist --data DIR'"},
		{"a file for a folder", func(t *testing.T, mnist string) { os.RemoveAll(mnist); datatest.WriteFile(t, mnist, nil) },
			"open DIR/mnist: wanted a directory with MNIST's files, found a file; give a folder with --data"},
		{"no images", func(t *testing.T, mnist string) { os.Remove(filepath.Join(mnist, images)) },
			"open DIR/mnist: wanted train-images-idx3-ubyte or train-images-idx3-ubyte.gz, found no such file; try 'ssdgm data get mnist --data DIR'"},
		{"truncated gzip", func(t *testing.T, mnist string) {
			whole, _ := os.ReadFile(filepath.Join(mnist, images))
			datatest.WriteFile(t, filepath.Join(mnist, images), whole[:len(whole)-4])
		}, "DIR/mnist/" + images + ": truncated: the gzip stream breaks off; try 'ssdgm data get mnist --data DIR'"},
		{"a page", func(t *testing.T, mnist string) {
			datatest.WriteFile(t, filepath.Join(mnist, images), []byte("<html>"))
		}, "DIR/mnist/" + images + ": wrong magic number: wanted that of an IDX file, such as 0x00000803 (bytes in 3 dimensions), " +
			"found 0x3c68746d, and it is not gzip; it looks like an HTML page, such as a server sends instead of a file; " +
			"try 'ssdgm data get mnist --data DIR'"},
		{"a folder for a file", func(t *testing.T, mnist string) {
			os.Remove(filepath.Join(mnist, images))
			os.Mkdir(filepath.Join(mnist, images), 0o755)
		}, "open DIR/mnist/" + images + ": wanted a file, found a directory; try 'ssdgm data get mnist --data DIR'"},
		{"a link to nothing", func(t *testing.T, mnist string) {
			os.Remove(filepath.Join(mnist, images))
			os.Symlink("elsewhere\n", filepath.Join(mnist, images))
		}, "open DIR/mnist/" + images + `: it is a link to "elsewhere\n", where there is nothing; try 'ssdgm data get mnist --data DIR'`},
		{"a link to itself", func(t *testing.T, mnist string) {
			os.Remove(filepath.Join(mnist, images))
			os.Symlink(images, filepath.Join(mnist, images))
		}, "stat DIR/mnist/" + images + ": too many levels of symbolic links; try 'ssdgm data get mnist --data DIR'"},
		{"labels one-hot", func(t *testing.T, mnist string) {
			datatest.WriteFile(t, filepath.Join(mnist, labels), append(idxFile(0x802, 3, 2), 0, 1, 1, 0, 1, 0))
		}, "DIR/mnist/" + labels + ": wanted one label of each image, found 3×2 elements; try 'ssdgm data get mnist --data DIR'"},
		{"counts that differ", func(t *testing.T, mnist string) {
			datatest.WriteFile(t, filepath.Join(mnist, labels), datatest.Zip(append(idxFile(0x801, 4), 0, 1, 2, 3)))
		}, "DIR/mnist/" + images + " holds 3 images, but DIR/mnist/" + labels + " holds 4 labels; try 'ssdgm data get mnist --data DIR'"},
		{"label out of range", func(t *testing.T, mnist string) {
			datatest.WriteFile(t, filepath.Join(mnist, labels), datatest.Zip(append(idxFile(0x801, 3), 0, 10, 2)))
		}, "DIR/mnist/" + labels + ": wanted labels from 0 to 9, found 10 at place 1; try 'ssdgm data get mnist --data DIR'"},
		{"images of another size", func(t *testing.T, mnist string) {
			datatest.WriteFile(t, filepath.Join(mnist, images), datatest.Zip(append(idxFile(0x803, 3, 1, 1), 0, 1, 2)))
		}, "DIR/mnist/" + images + ": wanted images of 28×28, found 1×1; try 'ssdgm data get mnist --data DIR'"},
		{"labels for images", func(t *testing.T, mnist string) {
			datatest.WriteFile(t, filepath.Join(mnist, images), append(idxFile(0x801, 3), 0, 1, 2))
		}, "DIR/mnist/" + images + ": wanted images of 28×28, found 3 single numbers, as a file of labels holds them; try 'ssdgm data get mnist --data DIR'"},
		{"nothing in it", func(t *testing.T, mnist string) {
			datatest.WriteFile(t, filepath.Join(mnist, images), idxFile(0x803, 0, 28, 28))
			datatest.WriteFile(t, filepath.Join(mnist, labels), idxFile(0x801, 0))
		}, "DIR/mnist/" + images + ": wanted at least one image, found none; try 'ssdgm data get mnist --data DIR'"},
	} {
		t.Run(fault.name, func(t *testing.T) {
			dir := t.TempDir()
			writeMNIST(t, dir, "train", []uint8{3, 1, 4})
			fault.spoil(t, filepath.Join(dir, "mnist"))
			train, _, err := data.Open(data.Options{Name: "mnist", Dir: dir})
			if err == nil {
				_, err = train.Load()
			}
			want := filepath.FromSlash(strings.ReplaceAll(fault.want, "DIR", dir))
			if err == nil || err.Error() != want {
				t.Errorf("error = %v\nwant    %s", err, want)
			}
			if !errors.Is(err, data.ErrInput) {
				t.Errorf("%v is not an ErrInput", err)
			}
		})
	}
}

func TestTooFewImagesAreOneClearLine(t *testing.T) {
	dir := t.TempDir()
	writeMNIST(t, dir, "train", []uint8{3, 1, 4})
	train, _ := datatest.Open(t, data.Options{Name: "mnist", Dir: dir, Train: 4})
	_, err := train.Load()
	want := filepath.Join(dir, "mnist", "train-images-idx3-ubyte.gz") + ": wanted the first 4 examples, found 3; lower data.test"
	if err == nil || err.Error() != want || !errors.Is(err, data.ErrInput) {
		t.Errorf("error = %v\nwant    %s", err, want)
	}
}

// The counts and mean pixels that MNIST is known by.
func TestRealMNIST(t *testing.T) {
	dir := os.Getenv("SSDGM_DATA")
	if dir == "" {
		t.Skip("SKIP: SSDGM_DATA names no folder with mnist/")
	}
	train, test := datatest.Open(t, data.Options{Name: "mnist", Dir: dir})
	for _, want := range []struct {
		N           int
		ClassCounts []int
		MeanPixel   float64
	}{
		{N: 60_000, ClassCounts: []int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, MeanPixel: 33.318421},
		{N: 10_000, ClassCounts: []int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}, MeanPixel: 33.791224},
	} {
		part := train
		if want.N == 10_000 {
			part = test
		}
		set := datatest.Load(t, part)
		got := set.Info()
		if set.Notes != nil {
			t.Errorf("the published files are not known: %q", set.Notes)
		}
		if got.N != want.N || !slices.Equal(got.ClassCounts, want.ClassCounts) || math.Abs(*got.MeanPixel-want.MeanPixel) > 1e-6 {
			t.Errorf("found %+v, want %+v", got, want)
		}
	}
}

func BenchmarkLoadMNIST(b *testing.B) {
	dir := os.Getenv("SSDGM_DATA")
	if dir == "" {
		b.Skip("SKIP: SSDGM_DATA names no folder with mnist/")
	}
	train, _, err := data.Open(data.Options{Name: "mnist", Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := train.Load(); err != nil {
			b.Fatal(err)
		}
	}
}
