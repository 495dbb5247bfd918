package all

import (
	"errors"
	"os"
	"strings"
	"testing"

	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
)

func TestImpossibleOptionsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		options data.Options
		want    string
	}{
		{data.Options{Name: "minst"}, "data: wanted one of " + strings.Join(data.Names(), ", ") + `, found "minst"`},
		{data.Options{Name: "glyphs", Test: -1}, "data: wanted a number of examples, found 0 for training and -1 for test; " +
			"0 stands for all"},
	} {
		_, _, err := data.Open(c.options)
		if err == nil || err.Error() != c.want {
			t.Errorf("error = %v\nwant    %s", err, c.want)
		}
		if !errors.Is(err, data.ErrInput) {
			t.Errorf("%v is not an ErrInput", err)
		}
	}
}

func TestGlyphsOpenWithoutAFolder(t *testing.T) {
	train, test := datatest.Open(t, data.Options{Name: "glyphs", Test: 20})
	if set := datatest.Load(t, train); set.N != 10_000 || set.D() != 784 || len(set.Images) != 10_000*784 {
		t.Errorf("training part: %d examples of %d values, %d in all", set.N, set.D(), len(set.Images))
	}
	few := datatest.Load(t, test)
	if few.N != 20 || len(few.Labels) != 20 {
		t.Errorf("test part has %d examples, want the first 20", few.N)
	}
}

// A drawn source says its shape before it draws: see data.Source.
func TestTheShapeIsThatOfTheExamples(t *testing.T) {
	for _, source := range data.Of(data.Drawn) {
		d, classes, err := data.Shape(source.Name)
		if err != nil {
			t.Fatal(err)
		}
		part, _, err := data.Open(data.Options{Name: source.Name, Train: 1})
		if err != nil {
			t.Fatal(err)
		}
		set := datatest.Load(t, part)
		if d != set.D() || classes != set.Classes {
			t.Errorf("%s: want %d values and %d classes, found %d and %d", source.Name, set.D(), set.Classes, d, classes)
		}
	}
	if _, _, err := data.Shape("glyph"); err == nil {
		t.Error("an unknown data set has a shape")
	}
}

// TestPartsOfTheSameOptionsAreEqual holds what data.Part says of them, as far as a source opens without its files.
func TestPartsOfTheSameOptionsAreEqual(t *testing.T) {
	dir := t.TempDir()
	for _, name := range data.Names() {
		if err := os.MkdirAll(data.Folder(name, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		one, test, err := data.Open(data.Options{Name: name, Dir: dir})
		if err != nil {
			continue
		}
		another, _ := datatest.Open(t, data.Options{Name: name, Dir: dir})
		if one != another || one == test {
			t.Errorf("%s: the training part opened twice: equal %v; the test part equal to it: %v", name, one == another, one == test)
		}
	}
}

// What the help and 'ssdgm data get' list comes from the sources alone.
func TestEverySourceSaysWhereItsExamplesComeFrom(t *testing.T) {
	if len(data.Names()) == 0 {
		t.Fatal("no source is registered")
	}
	for _, name := range data.Names() {
		source, known := data.Lookup(name)
		if !known || source.Name != name {
			t.Errorf("%s is not found by its name", name)
		}
		if (source.Kind == data.Drawn) != (len(source.Help) == 0) {
			t.Errorf("%s: want what lies in its folder told exactly where it has one", name)
		}
		if (data.Place(name, "DIR") != "") != (source.Kind == data.Placed || source.Kind == data.Own) {
			t.Errorf("%s: want advice on files exactly where the user brings them, found %q", name, data.Place(name, "DIR"))
		}
	}
}
