package images

import (
	"bytes"
	"errors"
	"fmt"
	stdimage "image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
)

// pixels is a PNG of one height and width, whose every channel is one shade.
func pixels(t *testing.T, height, width int, c color.Color) []byte {
	t.Helper()
	_, grey := c.(color.Gray)
	bounds := stdimage.Rect(0, 0, width, height)
	var img interface {
		stdimage.Image
		Set(x, y int, c color.Color)
	} = stdimage.NewNRGBA(bounds)
	if grey {
		img = stdimage.NewGray(bounds)
	}
	for y := range height {
		for x := range width {
			img.Set(x, y, c)
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func grey(t *testing.T, shade uint8) []byte {
	t.Helper()
	return pixels(t, 2, 3, color.Gray{Y: shade})
}

// write writes files into a folder of the test's.
func write(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		datatest.WriteFile(t, filepath.Join(dir, filepath.FromSlash(name)), content)
	}
	return dir
}

// options read a folder for a model that learns from labels.
func options(dir string, change func(o *data.OwnOptions)) data.Options {
	o := data.OwnOptions{Path: dir, Channels: "auto", Resize: "crop", Classifies: true}
	if change != nil {
		change(&o)
	}
	return data.Options{Name: name, Own: o}
}

// firsts are the first values of a set's examples.
func firsts(set *data.Set) (values []uint8) {
	for i := range set.N {
		values = append(values, set.Images[i*set.D()])
	}
	return values
}

func TestAFolderOfClassesIsASet(t *testing.T) {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, stdimage.NewGray(stdimage.Rect(0, 0, 3, 2)), nil); err != nil {
		t.Fatal(err)
	}
	dir := write(t, map[string][]byte{
		"10/b.png": grey(t, 20), "10/a.PNG": grey(t, 10), "9/z": grey(t, 30), "9/deep/y.png": grey(t, 40),
		"Grüße, Welt/photo.JPG": photo.Bytes(), "unlabelled/u.png": grey(t, 50), "loose.png": grey(t, 60),
		"readme.txt": []byte("text"), "9/x.gif": []byte("GIF89a"), ".DS_Store": {1}, "9/Thumbs.db": {1}, "9/._z.png": {2},
		"__MACOSX/9/z.png": {3},
	})
	train, test := datatest.Open(t, options(dir, nil))
	if test != nil {
		t.Errorf("found a test part where none is: %v", test)
	}
	set := datatest.Load(t, train)
	if err := set.Check(); err != nil {
		t.Fatal(err)
	}
	// The order is that of the names, bytewise; the classes' is that of numbers, then words.
	want := &data.Set{
		Name: "images", N: 7, Height: 2, Width: 3, Channels: 1, Classes: 3, ClassNames: []string{"9", "10", "Grüße, Welt"},
		Labels: []uint8{1, 1, 0, 0, 2, data.Unlabelled, data.Unlabelled}, Unsplit: true,
		Notes: []string{dir + `: what is neither PNG nor JPEG is passed over: 2 in all, the first is "9/x.gif"`},
	}
	if found := firsts(set); !slices.Equal(found, []uint8{10, 20, 40, 30, 0, 60, 50}) {
		t.Errorf("first pixels are %v", found)
	}
	set.Images = nil
	if diff := cmp.Diff(want, set); diff != "" {
		t.Error(diff)
	}
}

func TestFoldersOfPartsAreTheParts(t *testing.T) {
	dir := write(t, map[string][]byte{
		"Train/a/1.png": grey(t, 1), "Train/b/2.png": grey(t, 2), "Train/loose.png": grey(t, 33), "val/b/3.png": grey(t, 3),
		"test/b/4.png": grey(t, 4), "test/a/5.png": grey(t, 2), "unlabeled/x/6.png": grey(t, 6), "docs/7.png": grey(t, 7),
	})
	train, test := datatest.Open(t, options(dir, nil))
	set := datatest.Load(t, train)
	u := uint8(data.Unlabelled)
	if found := firsts(set); !slices.Equal(found, []uint8{1, 2, 33, 6, 3}) ||
		!slices.Equal(set.Labels, []uint8{0, 1, u, u, 1}) || set.Held != 1 || strings.Join(set.ClassNames, " ") != "a b" {
		t.Errorf("training part %v of %v, %d held, classes %v", found, set.Labels, set.Held, set.ClassNames)
	}
	const beside = " holds docs beside the folders of the parts: not used; if they are classes, rename Train"
	if want := []string{dir + beside}; !slices.Equal(set.Notes, want) {
		t.Errorf("notes %q, want %q", set.Notes, want)
	}
	judged := datatest.Load(t, test)
	if found := firsts(judged); !slices.Equal(found, []uint8{2, 4}) || !slices.Equal(judged.Labels, []uint8{0, 1}) {
		t.Errorf("test part %v of %v", found, judged.Labels)
	}
	const shared = "test: 1 of 2 test examples stand in the training part too: the test error tells less of new ones"
	if want := filepath.Join(dir, shared); !slices.Contains(judged.Notes, want) {
		t.Errorf("notes %q, want %q", judged.Notes, want)
	}
	// Folders that the user names take the place of those.
	other := write(t, map[string][]byte{"b/8.png": grey(t, 8), "none.png": grey(t, 9)})
	elsewhere := options(dir, func(o *data.OwnOptions) { o.TestPath, o.ValidationPath = other+"/b", other })
	train, test, err := data.Open(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, train, filepath.Join(other, "none.png")+": wanted a label of every validation example, found none: "+
		"it is in no folder of a class, and no table has its label; where none is known, take them away, or have data.path "+
		"lead to the training images alone")
	if _, err := data.Files(test); err != nil {
		t.Error(err)
	}
}

// wantError holds that a part cannot be loaded, and why.
func wantError(t *testing.T, part data.Part, want string) {
	t.Helper()
	if _, err := part.Load(); err == nil || err.Error() != want || !errors.Is(err, data.ErrInput) {
		t.Errorf("error = %v\nwant    %s", err, want)
	}
}

// TestAFractionIsTheTestPart holds that it is drawn by the seed, of each class its share, and that no image is in both.
func TestAFractionIsTheTestPart(t *testing.T) {
	files := map[string][]byte{"unlabelled/u.png": grey(t, 90), "unlabelled/notes.txt": []byte("text")}
	for i := range 20 {
		files[fmt.Sprintf("%c/%02d.png", 'a'+i%2, i)] = grey(t, uint8(20+i))
	}
	dir := write(t, files)
	var drawn [][]uint8
	for seed := range uint64(2) {
		train, test := datatest.Open(t, options(dir, func(o *data.OwnOptions) { o.TestFraction, o.Seed = 0.3, seed }))
		rest, judged := datatest.Load(t, train), datatest.Load(t, test)
		all := slices.Sorted(slices.Values(slices.Concat(firsts(rest), firsts(judged))))
		if last := int32(rest.N - 1); rest.Place(int(last)) != 20 || judged.Place(0) == 0 && judged.Place(1) == 1 {
			t.Errorf("seed %d: places %v and %v", seed, rest.Places, judged.Places)
		}
		if len(rest.Notes) != 1 || judged.Notes != nil { // Each line once.
			t.Errorf("seed %d: notes %q and %q", seed, rest.Notes, judged.Notes)
		}
		if len(slices.Compact(all)) != 21 || judged.N != 6 || !slices.Equal(judged.Labels, []uint8{0, 0, 0, 1, 1, 1}) {
			t.Errorf("seed %d: %v for training, %v of %v for the test", seed, firsts(rest), firsts(judged), judged.Labels)
		}
		drawn = append(drawn, firsts(judged))
	}
	if slices.Equal(drawn[0], drawn[1]) {
		t.Errorf("seeds 0 and 1 draw the same test part: %v", drawn[0])
	}
	most := options(dir, func(o *data.OwnOptions) { o.TestFraction = 0.99 })
	most.Own.Path += "/a"
	most.Own.Classifies = false
	train, _ := datatest.Open(t, most)
	wantError(t, train, most.Own.Path+": data.test_fraction = 0.99 of 10 images leaves none for training; lower it")
	divided := write(t, map[string][]byte{"train/a/1.png": grey(t, 1), "test/a/1.png": grey(t, 1)})
	_, _, err := data.Open(options(divided, func(o *data.OwnOptions) { o.TestFraction = 0.5 }))
	if want := "data.test_fraction = 0.5: " + divided + " has a test part itself; leave the fraction out"; err == nil ||
		err.Error() != want {
		t.Errorf("error = %v\nwant    %s", err, want)
	}
}

func TestATableHasTheLabels(t *testing.T) {
	dir := write(t, map[string][]byte{
		"a.png": grey(t, 1), "x/b.png": grey(t, 2), "x/c.jpg": grey(t, 3), "d.png": grey(t, 4), "e.png": grey(t, 5),
	})
	labels := filepath.Join(t.TempDir(), "labels.csv")
	with := options(dir, func(o *data.OwnOptions) { o.LabelsPath = labels })
	for _, c := range []struct{ table, want string }{
		{"file,label\na.png,cat\nx/b.png,dog\nc.jpg,1.0\nd,NA\n", ""},
		{"label;id\ncat;a\ndog;b\n1;c\n;d\n", ""},
		{"a.png,cat\nx\\b.png,dog\n./x/c.jpg,1\n", ""},
		{"file,label\na.png,cat\nf.png,dog\n",
			`row 2: wanted the name of an image, found "f.png", which is none in the folder; put the image there, or take the ` +
				"row away"},
		{"file,label\nROOT/a.png,cat\n/home/me/ROOT/x/b.png,dog\nROOT/x/c.jpg,1\n", ""},
		{"file,label\nother/a.png,cat\n", `row 1: wanted the name of an image, found "other/a.png", which is none in the ` +
			"folder; put the image there, or take the row away"},
		{"file,label\na.png,cat\na,dog\n", `row 2: wanted each file once, found "a" again`},
		{"a,b,c\nx,y,1\n", `wanted a column headed file and one headed label, found the columns "a", "b", "c"; ` +
			"data.label_column names that of the label"},
	} {
		datatest.WriteFile(t, labels, []byte(strings.ReplaceAll(c.table, "ROOT", filepath.Base(dir))))
		train, _ := datatest.Open(t, with)
		if c.want != "" {
			wantError(t, train, labels+": "+c.want)
			continue
		}
		set := datatest.Load(t, train)
		u := uint8(data.Unlabelled)
		if want := []uint8{1, u, u, 2, 0}; !slices.Equal(set.Labels, want) ||
			!slices.Equal(set.ClassNames, []string{"1", "cat", "dog"}) {
			t.Errorf("%q: labels %v of %v, want %v", c.table, set.Labels, set.ClassNames, want)
		}
	}
	with.Own.LabelColumn = "kind"
	datatest.WriteFile(t, labels, []byte("file,label\na.png,cat\nd.png,dog\n"))
	train, _ := datatest.Open(t, with)
	wantError(t, train, labels+`: wanted a column headed file and one headed label, found the columns "file", "label"; `+
		"data.label_column names that of the label")
	with.Own.LabelsPath = labels + "x"
	train, _ = datatest.Open(t, with)
	wantError(t, train, "data.labels_path: stat "+labels+"x: no such file or directory; a relative path is in data.dir "+
		"(--data), or where there is none in the working directory")
}

func TestWhatIsWrongWithAFolderIsOneLine(t *testing.T) {
	small, colour := grey(t, 1), pixels(t, 2, 3, color.NRGBA{R: 255, A: 255})
	page, dot := []byte("<!DOCTYPE html><html>"), pixels(t, 1, 1, color.Gray{})
	for name, c := range map[string]struct {
		files  map[string][]byte
		change func(o *data.OwnOptions)
		want   string // DIR is the folder
	}{
		"no image": {map[string][]byte{"a/readme": []byte("text")}, nil,
			"DIR: wanted PNG or JPEG images, found none; what is neither PNG nor JPEG is passed over: 1 in all, " +
				`the first is "a/readme"; convert them to PNG, or unpack them`},
		"an empty folder": {map[string][]byte{".hidden": nil}, nil, "DIR: wanted PNG or JPEG images, found none"},
		"a page called png": {map[string][]byte{"a/1.png": page, "b/2.png": small}, nil,
			"DIR/a/1.png: wanted a PNG or a JPEG; it looks like an HTML page, such as a server sends instead of a file; " +
				"convert it to PNG, or take it away"},
		"truncated": {map[string][]byte{"a/1.png": small, "b/2.png": small[:len(small)-30]}, nil,
			"DIR/b/2.png: truncated: the PNG breaks off"},
		"several sizes": {map[string][]byte{"a/1.png": small, "b/2.png": pixels(t, 4, 5, color.Gray{Y: 1})}, nil,
			"wanted images of one size, found DIR/a/1.png with 3×2 pixels and DIR/b/2.png with 5×4; say to which " +
				"height and width they are to be brought, as in data.size = [28, 28]"},
		"one class": {map[string][]byte{"a/1.png": small, "2.png": small}, nil,
			`DIR: wanted labels of two classes or more, found only "a" (what lies in no folder, or in unlabelled, has ` +
				"none); each folder in it is a class, called as it is; a table of labels is data.labels_path"},
		"classes too deep": {map[string][]byte{"x/y/a/1.png": small, "x/y/b/2.png": small}, nil,
			`DIR: wanted labels of two classes or more, found only "x" (what lies in no folder, or in unlabelled, has none); ` +
				"if the folders in DIR/x/y are the classes, have data.path lead there"},
		"no class": {map[string][]byte{"1.png": small}, nil, "DIR: wanted at least one label of a training example, " +
			"found none (what lies in no folder, or in unlabelled, has none); each folder in it is a class, called as it is; " +
			"a table of labels is data.labels_path"},
		"colour in the test part": {
			map[string][]byte{"train/a/1.png": small, "train/b/1.png": small, "test/a/1.png": colour}, nil,
			"DIR/test/a/1.png: wanted a grey image, as all of the training part are, found one in colour; " +
				`data.channels = "grey" takes it as grey`},
		"another size in the test part": {
			map[string][]byte{"train/a/1.png": small, "train/b/1.png": small, "test/a/1.png": dot}, nil,
			"wanted images of one size, found DIR/train/a/1.png with 3×2 pixels and DIR/test/a/1.png with 1×1; say to which " +
				"height and width they are to be brought, as in data.size = [28, 28]"},
		"an unknown class in the test part": {
			map[string][]byte{"train/a/1.png": small, "train/b/1.png": small, "test/c/1.png": small}, nil,
			`DIR/test: wanted labels that the training part has (a, b), found "c" in DIR/test/c/1.png; each folder ` +
				"in it is a class, called as it is; a table of labels is data.labels_path"},
		"too many bytes": {map[string][]byte{"a/1.png": small, "b/2.png": small},
			func(o *data.OwnOptions) { o.Size = []int{1 << 20, 1 << 20} },
			"DIR: wanted images of 64 GiB in all at most, found 2 of 1048576×1048576 pixels, which are 2048 GiB; " +
				"bring them to a smaller size, as in data.size = [32, 32]"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, c.files)
			train, test := datatest.Open(t, options(dir, c.change))
			want := strings.ReplaceAll(filepath.FromSlash(c.want), "DIR", dir)
			if test == nil {
				wantError(t, train, want)
				return
			}
			wantError(t, test, want)
			if err := data.Fit(test); err == nil || err.Error() != want {
				t.Errorf("before training: error = %v\nwant    %s", err, want)
			}
		})
	}
}

func TestWhatIsNoFolderIsOneLine(t *testing.T) {
	dir := write(t, map[string][]byte{"a.png": grey(t, 1)})
	for path, want := range map[string]string{
		dir + "/none": "data.path: open " + dir + "/none: no such folder; a relative path is in data.dir (--data), " +
			"or where there is none in the working directory",
		dir + "/a.png": `data.path = "` + dir + `/a.png": wanted a folder of images, or Parquet with a column of them, ` +
			`found another file; a table of numbers is data.name = "table"`,
	} {
		if _, _, err := data.Open(options(path, nil)); err == nil || err.Error() != want || !errors.Is(err, data.ErrInput) {
			t.Errorf("error = %v\nwant    %s", err, want)
		}
	}
	_, _, err := data.Open(options(dir, func(o *data.OwnOptions) { o.LabelColumn = "kind" }))
	if want := `data.label_column = "kind": the labels are the names of the folders in ` + dir + "; leave it out, or " +
		"name a table of labels with data.labels_path"; err == nil || err.Error() != want {
		t.Errorf("error = %v\nwant    %s", err, want)
	}
}

// TestLinksStayInTheFolder holds that a link inside the folder is what it leads to, and that one out of it, a circle of
// links and one to nothing are errors that name it.
func TestLinksStayInTheFolder(t *testing.T) {
	outside := write(t, map[string][]byte{"secret.png": grey(t, 9)})
	for link, c := range map[string]struct{ to, want string }{
		"b/link.png":  {"../a/1.png", ""},
		"c":           {"a", ""},
		"b/out.png":   {outside + "/secret.png", "open DIR/b/out.png: it is a link to "},
		"out":         {outside, "open DIR/out: it is a link to "},
		"b/up":        {"..", "open DIR/b/up: it is a link to "},
		"b/itself":    {"itself", "stat DIR/b/itself: too many levels of symbolic links"},
		"b/gone.png":  {"nothing.png", `open DIR/b/gone.png: it is a link to "nothing.png", where there is nothing; mend`},
		"b/above.png": {"../../none.png", `open DIR/b/above.png: it is a link to "../../none.png", where there is nothing`},
	} {
		dir := write(t, map[string][]byte{"a/1.png": grey(t, 1), "b/2.png": grey(t, 2)})
		if err := os.Symlink(c.to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
		train, _, err := data.Open(options(dir, nil))
		want := strings.ReplaceAll(c.want, "DIR", dir)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", link, err)
		case want == "":
			if set := datatest.Load(t, train); set.N != 3 {
				t.Errorf("%s: %d images, want 3", link, set.N)
			}
		case err == nil || !strings.HasPrefix(err.Error(), want) || !errors.Is(err, data.ErrInput):
			t.Errorf("%s: error = %v\nwant    %s", link, err, want)
		}
	}
}

func TestAnUnreadableFileIsOneLine(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("needs a user other than root, who may read everything")
	}
	dir := write(t, map[string][]byte{"a/1.png": grey(t, 1), "b/2.png": grey(t, 2)})
	closed := filepath.Join(dir, "b", "2.png")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	train, _ := datatest.Open(t, options(dir, nil))
	wantError(t, train, "open "+closed+": permission denied")
}

// TestGreyAndColour holds what the channels are of images some of which have colour.
func TestGreyAndColour(t *testing.T) {
	red := pixels(t, 2, 3, color.NRGBA{R: 255, A: 255})
	stored := pixels(t, 2, 3, color.NRGBA{R: 90, G: 90, B: 90, A: 255}) // grey, in three channels
	clear := pixels(t, 2, 3, color.NRGBA{R: 255, A: 0})
	for _, c := range []struct {
		a, b     []byte
		channels string
		want     []uint8
		note     string
	}{
		{grey(t, 70), grey(t, 80), "auto", []uint8{70, 80}, ""},
		{grey(t, 70), grey(t, 80), "colour", []uint8{70, 70, 70, 80, 80, 80}, ""},
		{red, grey(t, 80), "auto", []uint8{255, 0, 0, 80, 80, 80}, ": 1 of 2 images are grey, the others are not: " +
			`all are taken as colour; data.channels = "grey" takes all as grey`},
		{red, stored, "grey", []uint8{76, 90}, ""},
		{stored, stored, "auto", []uint8{90, 90, 90, 90, 90, 90}, ": every image is grey, although it is stored in colour: " +
			`data.channels = "grey" keeps a third of the values`},
		{red, clear, "colour", []uint8{255, 0, 0, 255, 255, 255},
			": 1 of 2 images have transparent parts, which are taken as white"},
		{grey(t, 0), grey(t, 9), "auto", []uint8{0, 9}, ": the largest value is 9, where pixels go to 255; " +
			"if 9 is the largest there is, multiply by 28.33"},
	} {
		dir := write(t, map[string][]byte{"a/1.png": c.a, "b/2.png": c.b})
		train, _ := datatest.Open(t, options(dir, func(o *data.OwnOptions) { o.Channels = c.channels }))
		set := datatest.Load(t, train)
		d := set.D()
		if found := slices.Concat(set.Images[:set.Channels], set.Images[d:][:set.Channels]); !slices.Equal(found, c.want) {
			t.Errorf("%s: pixels %v, want %v", c.channels, found, c.want)
		}
		if found := strings.Join(set.Notes, "; "); strings.TrimPrefix(found, dir) != c.note {
			t.Errorf("%s: noted %s, want %s", c.channels, found, c.note)
		}
	}
}

// TestImagesOfSeveralSizesAreBroughtToOne by each of the rules: package picture holds the shades.
func TestImagesOfSeveralSizesAreBroughtToOne(t *testing.T) {
	dir := write(t, map[string][]byte{
		"a/wide.png": pixels(t, 2, 8, color.Gray{Y: 200}), "b/high.png": pixels(t, 8, 4, color.Gray{Y: 100}),
	})
	for rule, want := range map[string][]uint8{
		"crop":    {200, 200, 200, 200, 100, 100, 100, 100},
		"stretch": {200, 200, 200, 200, 100, 100, 100, 100},
		"pad":     {200, 200, 0, 0, 100, 0, 100, 0},
	} {
		train, _ := datatest.Open(t, options(dir, func(o *data.OwnOptions) { o.Size, o.Resize = []int{2, 2}, rule }))
		set := datatest.Load(t, train)
		if set.Height != 2 || set.Width != 2 || !slices.Equal(set.Images, want) {
			t.Errorf("%s: %d×%d, %v, want %v", rule, set.Height, set.Width, set.Images, want)
		}
	}
}

func TestFoldersThatAreSurelyMistakesAreNoted(t *testing.T) {
	dir := write(t, map[string][]byte{
		"Cat/1.png": grey(t, 30), "cat/2.png": grey(t, 40), "empty/notes.txt": []byte("text"), "dog/3.png": grey(t, 50),
	})
	train, _ := datatest.Open(t, options(dir, nil))
	set := datatest.Load(t, train)
	want := []string{
		dir + `: what is neither PNG nor JPEG is passed over: 1 in all, the first is "empty/notes.txt"`,
		dir + ": the folders Cat and cat are two classes, although only capitals differ",
		dir + ": no image is in the folder empty: it is no class",
	}
	dir = write(t, map[string][]byte{"a/1.png": grey(t, 30), "b/2.png": grey(t, 40)})
	train, _ = datatest.Open(t, options(dir, func(o *data.OwnOptions) { o.ValidationPath = dir + "/" }))
	again := "data.validation_path = " + fmt.Sprintf("%q", dir+"/") + " is data.path too: each of its images is taken twice"
	if set := datatest.Load(t, train); !slices.Equal(set.Notes, []string{again}) {
		t.Errorf("notes %q, want %q", set.Notes, again)
	}
	marks := write(t, map[string][]byte{"-1/1.png": grey(t, 30), "b/2.png": grey(t, 40), "c/3.png": grey(t, 50)})
	train, _ = datatest.Open(t, options(marks, nil))
	const mark = ": the folder -1 is a class, although it is called as what has no label is in tables; if its images have " +
		"none, rename it to unlabelled"
	if set := datatest.Load(t, train); set.Classes != 3 || !slices.Equal(set.Notes, []string{marks + mark}) {
		t.Errorf("%d classes, %q", set.Classes, set.Notes)
	}
	train, _ = datatest.Open(t, options(marks, func(o *data.OwnOptions) { o.MissingLabels = []string{"b"} }))
	if set := datatest.Load(t, train); strings.Join(set.ClassNames, " ") != "-1 c" || set.Notes != nil ||
		set.Labels[1] != data.Unlabelled {
		t.Errorf("classes %v, labels %v, %q", set.ClassNames, set.Labels, set.Notes)
	}
	if len(set.Notes) == 2 && set.Classes == 2 {
		t.Skip("Cat and cat are one folder here")
	}
	if diff := cmp.Diff(want, set.Notes); diff != "" || set.Classes != 3 {
		t.Errorf("%d classes, %s", set.Classes, diff)
	}
}

// TestWorkersDoNotChangeAByte, nor which of several damaged images is told of.
func TestWorkersDoNotChangeAByte(t *testing.T) {
	files := map[string][]byte{}
	for i := range 120 {
		files[fmt.Sprintf("%d/%03d.png", i%3, i)] = grey(t, uint8(i))
	}
	dir := write(t, files)
	for _, name := range []string{"bad/0/100.png", "bad/1/101.png", "bad/2/5.png"} {
		datatest.WriteFile(t, filepath.Join(dir, "..", name), grey(t, 1)[:40])
	}
	read := func(workers int, dir string) (*data.Set, error) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
		train, _ := datatest.Open(t, options(dir, nil))
		return train.Load()
	}
	one, err := read(1, dir)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		many, err := read(16, dir)
		if diff := cmp.Diff(one, many); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
		const want = "bad/0/100.png: truncated: the PNG breaks off"
		if _, err := read(16, filepath.Join(dir, "..", "bad")); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("error = %v, want %s", err, want)
		}
	}
}

// repeated is one image many times, in memory.
type repeated struct {
	file     []byte
	n        int
	each1000 func()
}

func (r repeated) called(at int) string { return fmt.Sprint(at) }

func (r repeated) each(take func(image) error) error {
	for at := range r.n {
		open := func() (io.ReadSeekCloser, error) { return memory{bytes.NewReader(r.file)}, nil }
		if err := take(image{at, r.called(at), open}); err != nil {
			return err
		}
		if at%1000 == 0 {
			r.each1000()
		}
	}
	return nil
}

// TestDecodingTakesBoundedMemory holds that beside the bytes of the set, 784 of each image, decoding takes the same for
// any number of images.
func TestDecodingTakesBoundedMemory(t *testing.T) {
	const n, most = 10_000, 8 << 20
	peak, before := int64(0), datatest.LiveBytes()
	into := make([]uint8, n*28*28)
	images := repeated{pixels(t, 28, 28, color.Gray{Y: 7}), n, func() { peak = max(peak, datatest.LiveBytes()) }}
	of := piece{gathered: &gathered{images: images}, numbers: make([]uint8, n)}
	if err := decode(of, into, shape{height: 28, width: 28, channels: 1, rule: "crop"}, &tally{}); err != nil {
		t.Fatal(err)
	}
	if into[0] != 7 || into[len(into)-1] != 7 {
		t.Error("an image is missing")
	}
	if used := peak - before; used > int64(len(into))+most {
		t.Errorf("%d images of 784 bytes took %d bytes", n, used)
	}
}

// shardsDir has Parquet as Hugging Face publishes it, written by pyarrow: see make_parquet.py there.
const shardsDir = "../frame/testdata/parquet/shards"

func TestParquetIsReadAsASet(t *testing.T) {
	train, test := datatest.Open(t, options(shardsDir, nil))
	set, judged := datatest.Load(t, train), datatest.Load(t, test)
	labels := []uint8{0, 1, data.Unlabelled, 2, 1}
	if !slices.Equal(firsts(set), []uint8{0, 40, 80, 120, 160}) || !slices.Equal(set.Labels, labels) ||
		set.Height != 4 || set.Width != 6 || set.Channels != 1 || strings.Join(set.ClassNames, " ") != "ant bee cow" {
		t.Errorf("training part: %v of %v, %d×%d, classes %v", firsts(set), set.Labels, set.Height, set.Width, set.ClassNames)
	}
	if !slices.Equal(firsts(judged), []uint8{200}) || !slices.Equal(judged.Labels, []uint8{0}) {
		t.Errorf("test part: %v of %v", firsts(judged), judged.Labels)
	}
	// One file, whose bytes are images although nothing says so, and a column of words that the user names; half of it
	// is the test part.
	one := options(shardsDir+"/../bytes.parquet", func(o *data.OwnOptions) { o.LabelColumn, o.Classifies = "tag", false })
	train, _ = datatest.Open(t, one)
	if set := datatest.Load(t, train); !slices.Equal(set.Labels, []uint8{0, 1}) ||
		!slices.Equal(set.ClassNames, []string{"x", "y"}) {
		t.Errorf("labels %v of %v", set.Labels, set.ClassNames)
	}
	one.Own.TestFraction = 0.5
	train, test = datatest.Open(t, one)
	half, other := firsts(datatest.Load(t, train)), firsts(datatest.Load(t, test))
	if len(half) != 1 || len(other) != 1 || half[0] == other[0] {
		t.Errorf("both parts: %v and %v", half, other)
	}
}

func TestParquetThatIsNoneOfImagesIsOneLine(t *testing.T) {
	numbers := filepath.Join(shardsDir, "..", "pandas.parquet")
	found := func(o data.Options) string {
		_, _, err := data.Open(o)
		return fmt.Sprint(err)
	}
	if err := found(options(numbers, nil)); !strings.HasPrefix(err, numbers+": wanted a column of images, "+
		"PNG or JPEG, found the columns ") || !strings.HasSuffix(err, `; a table of numbers is data.name = "table"`) {
		t.Error(err)
	}
	named := options(shardsDir, func(o *data.OwnOptions) { o.LabelColumn = "kind" })
	if err, want := found(named), shardsDir+`: data.label_column: wanted a column's heading, or its number from 1, found `+
		`"kind" beside the columns "image", "label"`; err != want {
		t.Errorf("error = %v\nwant    %s", err, want)
	}
	named.Own.LabelsPath = "labels.csv"
	if err, want := found(named), "data.labels_path: "+shardsDir+" has its labels itself; leave it out, or name their "+
		"column with data.label_column"; err != want {
		t.Errorf("error = %v\nwant    %s", err, want)
	}
}

// TestShardsWithoutALabelOrAnImage holds a part of unlabelled shards, and what is said of a row without an image.
func TestShardsWithoutALabelOrAnImage(t *testing.T) {
	dir := t.TempDir()
	for name, from := range map[string]string{
		"train-0.parquet": "train-00000-of-00002", "unlabeled-0.parquet": "train-00001-of-00002", "test-0.parquet": "test-00000-of-00001",
	} {
		content, err := os.ReadFile(filepath.Join(shardsDir, from+".parquet"))
		if err != nil {
			t.Fatal(err)
		}
		datatest.WriteFile(t, filepath.Join(dir, name), content)
	}
	train, _ := datatest.Open(t, options(dir, nil))
	u := uint8(data.Unlabelled)
	if set := datatest.Load(t, train); !slices.Equal(set.Labels, []uint8{0, 1, u, u, u}) {
		t.Errorf("labels %v, want two of five", set.Labels)
	}
	paths, gif := filepath.Join(shardsDir, "../images-paths.parquet"), filepath.Join(shardsDir, "../images-gif.parquet")
	train, _ = datatest.Open(t, options(paths, nil))
	wantError(t, train, paths+": row 2: wanted an image in column image, found none: the file must hold the images, not "+
		"their paths alone; put it there, or take the row away")
	train, _ = datatest.Open(t, options(gif, nil))
	wantError(t, train, gif+": row 2: wanted a PNG or a JPEG; it looks like a GIF picture; convert it to PNG, or take it away")
	files := filepath.Join(shardsDir, "../bytes.parquet")
	train, _ = datatest.Open(t, options(files, nil))
	wantError(t, train, files+": wanted at least one label of a training example, found none (nothing, "+
		"NA, nan, null, none, ? and -1 are none); if the label is in another column, name it with data.label_column, among "+
		`the columns "img", "tag"`)
}
