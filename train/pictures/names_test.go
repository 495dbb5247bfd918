package pictures

import (
	"image"
	"slices"
	"testing"

	"ssdgm/model/trained"
)

func TestNamesOfClasses(t *testing.T) {
	for _, c := range []struct{ names, want []string }{
		{[]string{"0", "1", "2"}, nil},
		{[]string{"cat", "Öre", "お"}, []string{"cat", "Öre", "2"}},
		{[]string{"0", "a name of more than twenty-four letters"}, []string{"0", "a name of more than twe…"}},
		{nil, nil},
	} {
		if found := classNames(&trained.Model{ClassNames: c.names}); !slices.Equal(found, c.want) {
			t.Errorf("%q: found %q, wanted %q", c.names, found, c.want)
		}
	}
}

// TestNamesStandBesideTheirImages holds that names lie in a margin of their own, each beside its row or above its column, and
// that the images are where they are without names, moved.
func TestNamesStandBesideTheirImages(t *testing.T) {
	size := shape{20, 20, 1}
	rows, plain := newNamedSheet(size, 2, 3, []string{"", "dog"}), newSheet(size, 2, 3)
	if moved := rows.Cell(1, 2).Sub(rows.origin); moved != plain.Cell(1, 2) || rows.origin.X == 0 || rows.origin.Y != 0 {
		t.Errorf("a named sheet has its image at %v, wanted %v moved to the right", rows.Cell(1, 2), plain.Cell(1, 2))
	}
	left := func(row int) image.Rectangle {
		cell := rows.Cell(row, 0)
		return image.Rect(0, cell.Min.Y, rows.origin.X, cell.Max.Y)
	}
	if hasInk(rows, left(0)) || !hasInk(rows, left(1)) {
		t.Errorf("wanted a name beside the second row alone")
	}
	columns := newColumnSheet(size, 1, 3, []string{"dog", ""})
	above := func(column int) image.Rectangle {
		cell := columns.Cell(0, column)
		return image.Rect(cell.Min.X, 0, cell.Max.X, columns.origin.Y)
	}
	if hasInk(columns, above(0)) || !hasInk(columns, above(1)) || hasInk(columns, above(2)) {
		t.Errorf("wanted a name above the second column alone")
	}
	titled := newTitledSheet(size, 1, 4, []string{"cat", "dog"}, 1)
	if !hasInk(titled, image.Rect(0, 0, titled.image.Bounds().Dx(), titled.origin.Y)) {
		t.Errorf("wanted a title")
	}
}

func hasInk(s *Sheet, r image.Rectangle) bool {
	ground, _, _, _ := paper.RGBA()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if level, _, _, _ := s.image.At(x, y).RGBA(); level > ground {
				return true
			}
		}
	}
	return false
}
