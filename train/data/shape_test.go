package data

import "testing"

func TestTheShapeIsThatOfTheImages(t *testing.T) {
	d, classes, err := Shape("glyphs")
	if err != nil {
		t.Fatal(err)
	}
	part, _, err := Open(Options{Name: "glyphs", Train: 1})
	if err != nil {
		t.Fatal(err)
	}
	set, err := part.Load()
	if err != nil {
		t.Fatal(err)
	}
	if d != set.D() || classes != set.Classes {
		t.Errorf("want %d values and %d classes, found %d and %d", set.D(), set.Classes, d, classes)
	}
	if _, _, err := Shape("glyph"); err == nil {
		t.Error("an unknown data set has a shape")
	}
}
