package pictures

import (
	"image"
	"image/color"
	"image/draw"
	"strconv"
	"sync"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"ssdgm/model/trained"
)

// What names look like: their letters' height in points of a pixel, the space around them, how long one may be, and the
// colour, which is seen on the paper.
const (
	letterSize  = 12
	nameSpace   = 4
	nameLetters = 24
)

var ink = color.Gray{Y: 255}

// letters is the font of names.
var letters = sync.OnceValue(func() font.Face {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic("pictures: " + err.Error()) // It is built in.
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: letterSize, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic("pictures: " + err.Error())
	}
	return face
})

// classNames are what a picture calls a model's classes: their names where they are more than numbers, else nothing. A
// name with a letter that the font has not is told by its number.
func classNames(t *trained.Model) []string {
	names, plain := make([]string, len(t.ClassNames)), true
	for class, name := range t.ClassNames {
		number := strconv.Itoa(class)
		plain = plain && name == number
		if names[class] = cut(name); !drawable(name) {
			names[class] = number
		}
	}
	if plain {
		return nil
	}
	return names
}

// cut is the beginning of a long name.
func cut(name string) string {
	if utf8.RuneCountInString(name) <= nameLetters {
		return name
	}
	return string([]rune(name)[:nameLetters-1]) + "…"
}

// drawable tells whether the font has each letter of a name.
func drawable(name string) bool {
	for _, r := range name {
		if _, ok := letters().GlyphAdvance(r); !ok || r < ' ' {
			return false
		}
	}
	return true
}

// margin is how much space the longest of some names takes in its direction; 0 of none.
func margin(names []string) int {
	longest := 0
	for _, name := range names {
		longest = max(longest, font.MeasureString(letters(), name).Ceil())
	}
	if longest == 0 {
		return 0
	}
	return longest + 2*nameSpace
}

// beside is how many times larger images of a side are drawn so that a name fits beside each; 1 without names.
func beside(names []string, side int) int {
	if names == nil {
		return 1
	}
	line := letters().Metrics().Height.Ceil()
	return (line + side - 1) / side
}

// nameRows writes a name to the left of each row.
func (s *Sheet) nameRows(names []string) {
	for row, name := range names {
		cell := s.Cell(row, 0)
		text := written(name)
		size := text.Bounds().Size()
		at := image.Pt(s.origin.X-nameSpace-size.X, (cell.Min.Y+cell.Max.Y-size.Y)/2)
		s.ink(at, text)
	}
}

// nameColumns writes a name above each column from the first one on, from bottom to top.
func (s *Sheet) nameColumns(first int, names []string) {
	for i, name := range names {
		cell := s.Cell(0, first+i)
		text := turned(written(name))
		size := text.Bounds().Size()
		s.ink(image.Pt((cell.Min.X+cell.Max.X-size.X)/2, s.origin.Y-nameSpace-size.Y), text)
	}
}

// ink puts a text on the sheet.
func (s *Sheet) ink(at image.Point, text *image.Alpha) {
	draw.DrawMask(s.image, text.Bounds().Add(at), image.NewUniform(ink), image.Point{}, text, image.Point{}, draw.Over)
}

// written is a text as a mask.
func written(text string) *image.Alpha {
	face := letters()
	metrics := face.Metrics()
	mask := image.NewAlpha(image.Rect(0, 0, font.MeasureString(face, text).Ceil(), (metrics.Ascent + metrics.Descent).Ceil()))
	d := font.Drawer{Dst: mask, Src: image.Opaque, Face: face, Dot: fixed.Point26_6{Y: metrics.Ascent}}
	d.DrawString(text)
	return mask
}

// turned is a mask read from bottom to top.
func turned(mask *image.Alpha) *image.Alpha {
	size := mask.Bounds().Size()
	other := image.NewAlpha(image.Rect(0, 0, size.Y, size.X))
	for y := range size.Y {
		for x := range size.X {
			other.SetAlpha(y, size.X-1-x, mask.AlphaAt(x, y))
		}
	}
	return other
}
