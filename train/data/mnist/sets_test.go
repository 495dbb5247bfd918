package mnist

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
)

// lying is the letter L as EMNIST's files hold it: its upright stroke is their uppermost row.
func lying() []byte {
	image := make([]byte, side*side)
	for i := range side {
		image[i] = 200           // row 0: the stroke
		image[side*i+side-1] = 9 // the last column: the foot
	}
	return image
}

// upright is the letter L as it is read.
func upright() []byte {
	image := make([]byte, side*side)
	for i := range side {
		image[side*i] = 200
		image[side*(side-1)+i] = 9
	}
	return image
}

// zipped is an archive of files.
func zipped(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := zip.NewWriter(&buffer)
	for name, content := range files {
		member, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		member.Write(content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// raw is an archive of one file, whose checksum is wrong.
func raw(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := zip.NewWriter(&buffer)
	size := uint64(len(content))
	member, err := w.CreateRaw(&zip.FileHeader{Name: name, CRC32: 1, CompressedSize64: size, UncompressedSize64: size})
	if err != nil {
		t.Fatal(err)
	}
	member.Write(content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// images is a file of images.
func images(pixels ...[]byte) []byte {
	return append(idxFile(0x803, uint32(len(pixels)), side, side), slices.Concat(pixels...)...)
}

func labelFile(labels ...byte) []byte { return append(idxFile(0x801, uint32(len(labels))), labels...) }

// emnistFiles are the files of one of EMNIST's sets: an L each in both parts.
func emnistFiles(name string, labels ...byte) map[string][]byte {
	return map[string][]byte{
		"gzip/" + name + "-train-images-idx3-ubyte.gz": datatest.Zip(images(lying(), lying())),
		"gzip/" + name + "-train-labels-idx1-ubyte.gz": datatest.Zip(labelFile(labels...)),
		"gzip/" + name + "-test-images-idx3-ubyte.gz":  datatest.Zip(images(lying(), lying())),
		"gzip/" + name + "-test-labels-idx1-ubyte.gz":  datatest.Zip(labelFile(labels...)),
		"gzip/" + name + "-mapping.txt":                []byte("1 65 97\n"),
	}
}

// TestEMNISTStandsUprightHoweverItIsUnpacked holds that the archive, and its files wherever they were unpacked, are the
// same upright images of the same letters.
func TestEMNISTStandsUprightHoweverItIsUnpacked(t *testing.T) {
	files := emnistFiles("emnist-letters", 1, 26)
	for name, place := range map[string]string{
		"the archive": "emnist/gzip.zip", "the archive in a folder of its own": "emnist-letters/gzip.zip",
		"unpacked": "emnist/gzip/", "unpacked there": "emnist-letters/", "in the archive's folder": "emnist/",
	} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "emnist-letters"), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(place, "zip") {
			datatest.WriteFile(t, filepath.Join(dir, place), zipped(t, files))
		} else {
			for path, content := range files {
				datatest.WriteFile(t, filepath.Join(dir, place, filepath.Base(path)), content)
			}
		}
		train, test := datatest.Open(t, data.Options{Name: "emnist-letters", Dir: dir})
		for _, part := range []data.Part{train, test} {
			if err := data.Find(part); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			set := datatest.Load(t, part)
			if !bytes.Equal(set.Images, slices.Concat(upright(), upright())) {
				t.Errorf("%s: the letters do not stand upright", name)
			}
			if set.ClassName(int(set.Labels[0])) != "A" || set.ClassName(int(set.Labels[1])) != "Z" || set.Classes != 26 {
				t.Errorf("%s: labels %v of %v", name, set.Labels, set.ClassNames)
			}
			if archived := strings.HasSuffix(place, "zip"); (len(set.Notes) == 1) != archived {
				t.Errorf("%s: notes %q, want one that this is not the published archive", name, set.Notes)
			}
		}
	}
}

// TestClassesHaveThePublishedNames holds the first, the last and the number of each set's classes.
func TestClassesHaveThePublishedNames(t *testing.T) {
	for name, want := range map[string]struct {
		classes     int
		first, last string
	}{
		"emnist-balanced": {47, "0", "t"}, "emnist-bymerge": {47, "0", "t"}, "emnist-byclass": {62, "0", "z"},
		"emnist-digits": {10, "0", "9"}, "emnist-mnist": {10, "0", "9"}, "emnist-letters": {26, "A", "Z"},
		"fashion-mnist": {10, "T-shirt/top", "Ankle boot"}, "kmnist": {10, "お", "を"}, "qmnist": {10, "0", "9"},
		"mnist": {10, "0", "9"},
	} {
		at := slices.IndexFunc(sets, func(s source) bool { return s.name == name })
		set := data.Set{Classes: sets[at].classes, ClassNames: sets[at].names}
		if set.Classes != want.classes || set.ClassName(0) != want.first || set.ClassName(set.Classes-1) != want.last {
			t.Errorf("%s: %d classes, %s to %s", name, set.Classes, set.ClassName(0), set.ClassName(set.Classes-1))
		}
		if set.ClassNames != nil && len(set.ClassNames) != set.Classes {
			t.Errorf("%s: %d names for %d classes", name, len(set.ClassNames), set.Classes)
		}
		if d, classes, err := data.Shape(name); d != 784 || classes != want.classes || err != nil {
			t.Errorf("%s: told %d values, %d classes, %v before its files are read", name, d, classes, err)
		}
	}
	for name, other := range map[string]string{"fashion-mnist": "MNIST", "kmnist": "MNIST", "qmnist": "", "mnist": ""} {
		source, _ := data.Lookup(name)
		for _, f := range source.Remote.Files {
			if f.OtherSet != other || (other != "") != (f.Other != "") {
				t.Errorf("%s: %s is told from that of %q, want %q", name, f.Name, f.OtherSet, other)
			}
		}
	}
	if len(sets) != 10 {
		t.Errorf("%d sets, of which 10 are held", len(sets))
	}
}

// TestSetsOfMNISTsFormAreReadByName holds the names of the files, and QMNIST's labels of eight columns.
func TestSetsOfMNISTsFormAreReadByName(t *testing.T) {
	rows := idxFile(0xc02, 2, 8)
	for i := range uint32(16) { // The first column is the class: 3 and 4.
		rows = binary.BigEndian.AppendUint32(rows, 3+i/8+100*(i%8))
	}
	for name, files := range map[string][2]string{
		"fashion-mnist": {"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"},
		"kmnist":        {"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"},
		"qmnist":        {"qmnist-test-images-idx3-ubyte.gz", "qmnist-test-labels-idx2-int"},
	} {
		dir := t.TempDir()
		labels := labelFile(3, 4)
		if name == "qmnist" {
			labels = rows
		}
		datatest.WriteFile(t, filepath.Join(dir, name, files[0]), datatest.Zip(images(lying(), upright())))
		datatest.WriteFile(t, filepath.Join(dir, name, files[1]), labels)
		_, test := datatest.Open(t, data.Options{Name: name, Dir: dir})
		set := datatest.Load(t, test)
		if !bytes.Equal(set.Images, slices.Concat(lying(), upright())) || !slices.Equal(set.Labels, []uint8{3, 4}) {
			t.Errorf("%s: labels %v, or other images", name, set.Labels)
		}
		// The packed images are not those that are published, and of the labels the length is known.
		for i, want := range []string{"wanted " + files[0] + " with sha256 ", " bytes of content, found "} {
			if len(set.Notes) != 2 || !strings.Contains(set.Notes[i], want) {
				t.Errorf("%s: notes %q, want %q in the one of place %d", name, set.Notes, want, i)
			}
		}
	}
}

// TestFaultsOfAnArchiveAreOneClearLine holds what is said of an archive that is none, lacks a file, or is damaged.
func TestFaultsOfAnArchiveAreOneClearLine(t *testing.T) {
	const advice = "; try 'ssdgm data get emnist-letters --data DIR'"
	const none = ": wanted a zip archive, found none, or a part of one" + advice
	const member = "emnist-letters-train-images-idx3-ubyte.gz"
	lacking := emnistFiles("emnist-letters", 1, 1)
	delete(lacking, "gzip/"+member)
	whole := zipped(t, emnistFiles("emnist-letters", 1, 1))
	images := datatest.Zip(images(lying(), lying()))
	stored := func(images []byte) []byte {
		files := emnistFiles("emnist-letters", 1, 1)
		files["gzip/"+member] = images
		return zipped(t, files)
	}
	claim := idxFile(0x803, 1<<30, 28, 28)
	for name, c := range map[string]struct {
		archive []byte
		want    string
	}{
		"none": {nil, "open DIR/emnist: wanted gzip.zip or emnist-letters-train-images-idx3-ubyte or " + member +
			", found no such file" + advice},
		"a page":       {[]byte("<html>"), "DIR/emnist/gzip.zip" + none},
		"a part":       {whole[:len(whole)/2], "DIR/emnist/gzip.zip" + none},
		"lacks a file": {zipped(t, lacking), "DIR/emnist/gzip.zip: wanted " + member + " in it, found no such file" + advice},
		"a label of 27": {zipped(t, emnistFiles("emnist-letters", 1, 27)),
			"DIR/emnist/gzip.zip: emnist-letters-train-labels-idx1-ubyte.gz: wanted labels from 1 to 26, " +
				"found 27 at place 1" + advice},
		"a truncated file": {stored(images[:len(images)-4]),
			"DIR/emnist/gzip.zip: " + member + ": truncated: the gzip stream breaks off" + advice},
		"a file with another checksum": {raw(t, "gzip/"+member, images),
			"DIR/emnist/gzip.zip: " + member + ": it is damaged" + advice},
		"a claim": {stored(datatest.Zip(claim)),
			"DIR/emnist/gzip.zip: " + member + ": the header claims 1073741824×28×28 elements of type uint8, more than "},
	} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "emnist"), 0o755); err != nil {
			t.Fatal(err)
		}
		if c.archive != nil {
			datatest.WriteFile(t, filepath.Join(dir, "emnist", "gzip.zip"), c.archive)
		}
		train, _ := datatest.Open(t, data.Options{Name: "emnist-letters", Dir: dir})
		_, err := train.Load()
		want := strings.ReplaceAll(c.want, "DIR", dir)
		if err == nil || err.Error() != want && !(name == "a claim" && strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: error = %v\nwant    %s", name, err, want)
		}
	}
	dir := t.TempDir()
	_, _, err := data.Open(data.Options{Name: "emnist-digits", Dir: dir})
	want := "open " + filepath.Join(dir, "emnist") +
		": no such directory; try 'ssdgm data get emnist-digits --data " + dir + "'"
	if err == nil || err.Error() != want {
		t.Errorf("no folder: error = %v\nwant    %s", err, want)
	}
}
