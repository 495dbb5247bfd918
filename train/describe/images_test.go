package describe

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/train"
)

// pictures writes PNGs of some shade into a folder's folders: how many, and how large, each name says.
func pictures(t *testing.T, folders map[string]int, side func(i int) int) string {
	t.Helper()
	dir := t.TempDir()
	for folder, n := range folders {
		if err := os.MkdirAll(filepath.Join(dir, "own", folder), 0o777); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			img := image.NewGray(image.Rect(0, 0, side(i), side(i)))
			for at := range img.Pix {
				img.Pix[at] = uint8(40*len(folder) + 13*at*i)
			}
			var text bytes.Buffer
			if err := png.Encode(&text, img); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "own", folder, fmt.Sprint(i, ".png")), text.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func small4(int) int { return 4 }

func TestImagesAreDescribed(t *testing.T) {
	for _, c := range []struct {
		name    string
		folders map[string]int
		side    func(i int) int
		classes []Count
		// What of the rows has no label, is a part of its own, and what is to be said of the size.
		unlabelled, validation, test int
		size                         string
	}{
		{"classes", map[string]int{"ant": 5, "bee": 7}, small4, []Count{{"ant", 5}, {"bee", 7}}, 0, 0, 0, ""},
		{"some without a label", map[string]int{"ant": 5, "bee": 6, "unlabelled": 9}, small4, []Count{{"ant", 5}, {"bee", 6}}, 9, 0, 0, ""},
		{"parts", map[string]int{"train/ant": 5, "train/bee": 6, "val/ant": 2, "val/bee": 1, "test/ant": 3, "test/bee": 2}, small4,
			[]Count{{"ant", 5}, {"bee", 6}}, 0, 3, 5, ""},
		{"no class", map[string]int{"": 6}, small4, nil, 6, 0, 0, ""},
		{"several sizes", map[string]int{"ant": 5, "bee": 7}, func(i int) int { return 4 + i%2 }, []Count{{"ant", 5}, {"bee", 7}}, 0, 0, 0,
			"images have 2 sizes, from 4×4 to 5×5 pixels (height × width)"},
		{"large", map[string]int{"ant": 3, "bee": 3}, func(int) int { return 128 }, []Count{{"ant", 3}, {"bee", 3}}, 0, 0, 0,
			"they have 128×128 pixels (height × width), and larger ones take longer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := pictures(t, c.folders, c.side)
			d, err := Path("own", Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			if d.Name != "images" || d.Format != "PNG" || !slices.Equal(d.Classes, c.classes) || d.Unlabelled != c.unlabelled ||
				d.TestPart != c.test || d.ValidationPart != c.validation || d.SizeWhy != c.size || d.Scale != "pixels" {
				t.Errorf("want %+v, found %+v", c, d)
			}
			var text bytes.Buffer
			if err := d.Write(&text); err != nil || !strings.HasPrefix(text.String(), "own: PNG, ") {
				t.Errorf("%v: %s", err, text.String())
			}
			trained(t, d)
		})
	}
}

// TestWhatTrainingSaysOfImagesIsSaid holds that labels that can be no classes, and a test part that cannot be judged by, are
// noted, and that of no label it is said where it may be.
func TestWhatTrainingSaysOfImagesIsSaid(t *testing.T) {
	for _, c := range []struct {
		name      string
		folders   map[string]int
		classes   int
		why, note string
		options   Options
	}{
		{name: "too deep", folders: map[string]int{"x/ant": 2, "x/bee": 2}, classes: 1, why: "a folder is a class, called as it is",
			note: "found only \"x\" (what lies in no folder, or in unlabelled, has none); if the folders in "},
		{name: "flat", folders: map[string]int{"": 3}, why: "none: each folder in it is a class, called as it is; a table of labels " +
			"is data.labels_path"},
		{name: "a test part without labels", folders: map[string]int{"train/ant": 2, "train/bee": 2, "test": 2}, classes: 2,
			why: "a folder is a class, called as it is", note: "0.png: wanted a label of every test example, found none: "},
		{name: "called as a mark", folders: map[string]int{"-1": 2, "1": 2}, classes: 2,
			why: "a folder is a class, called as it is", note: "the folder -1 is a class, although "},
		{name: "which is one", folders: map[string]int{"-1": 2, "1": 2, "2": 2}, classes: 2,
			why:     "a folder is a class, called as it is",
			options: Options{Sets: []string{`data.missing_labels=["-1"]`}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.Dir = pictures(t, c.folders, small4)
			d, err := Path("own", c.options)
			if err != nil {
				t.Fatal(err)
			}
			notes := strings.Join(d.Notes, "\n")
			if len(d.Classes) != c.classes || d.LabelWhy != c.why || !strings.Contains(notes, c.note) || (c.note == "") != (notes == "") {
				t.Errorf("want %d classes, %q and the note %q, found %v, %q and %q", c.classes, c.why, c.note, d.Classes, d.LabelWhy, notes)
			}
		})
	}
	d, err := Path("parquet/images-gif.parquet", Options{Dir: "../data/frame/testdata"})
	if err == nil || !strings.Contains(err.Error(), "row 2: wanted a PNG or a JPEG") {
		t.Errorf("found %+v, %v", d, err)
	}
	d, err = Path("parquet/bytes.parquet", Options{Dir: "../data/frame/testdata"})
	if err != nil || !strings.HasPrefix(d.LabelWhy, "none: if the label is in another column") {
		t.Errorf("found %+v, %v", d, err)
	}
	d, err = Path("parquet/shards", Options{Dir: "../data/frame/testdata", Label: "none"})
	if err != nil || d.Label != "" || d.LabelWhy != "none: you say so" || !strings.Contains(string(d.TOML()), `label_column = "none"`) {
		t.Errorf("found %+v, %v", d, err)
	}
	// Pixels are no columns of which one is worth a word.
	labels := bytes.Repeat([]byte{0, 0, 1}, 40)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.npz"), npz(t, "120, 2, 2", slices.Concat(labels, labels, labels, labels), labels), 0o666); err != nil {
		t.Fatal(err)
	}
	d, err = Path("x.npz", Options{Dir: dir, Sets: []string{"data.scale=pixels"}})
	if err != nil || d.Height != 2 || len(d.Classes) != 2 || strings.Contains(fmt.Sprint(d.Notes), "column") {
		t.Errorf("found %+v, %v", d, err)
	}
}

// npz is an archive of bytes and their labels.
func npz(t *testing.T, shape string, x, y []byte) []byte {
	t.Helper()
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	for name, array := range map[string]struct {
		shape   string
		content []byte
	}{"x": {shape, x}, "y": {fmt.Sprint(len(y), ","), y}} {
		head := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }\n", array.shape)
		w, err := archive.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(w, "\x93NUMPY\x01\x00%c\x00%s%s", len(head), head, array.content)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// trained trains a description's configuration for some steps.
func trained(t *testing.T, d *Description) {
	t.Helper()
	text := d.TOML()
	c, origins, err := configs.Parse("own.toml", text, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if len(origins.Idle) > 0 {
		t.Errorf("keys have no effect: %q", origins.Idle)
	}
	c.M1.KeepAbove = 0 // Three steps teach M1 nothing.
	for _, training := range []*configs.Training{&c.M1.Train.Training, &c.M2.Train.Training, &c.Supervised.Train.Training} {
		training.Steps = min(training.Steps, 3)
	}
	if _, err := train.Run(context.Background(), c, train.RunOptions{}); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
}

// TestImagesInATableAreDescribed reads shards that pyarrow wrote.
func TestImagesInATableAreDescribed(t *testing.T) {
	d, err := Path("shards", Options{Dir: "../data/frame/testdata/parquet"})
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "images" || d.Format != "JPEG and PNG in Parquet" || len(d.Classes) != 3 || d.LabelWhy != "a column of the file" {
		t.Errorf("found %+v", d)
	}
}

func TestAFolderWithoutImagesIsAMistake(t *testing.T) {
	_, err := Path(t.TempDir(), Options{})
	if want := "wanted PNG or JPEG images, found none"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("want %q, found %v", want, err)
	}
}
