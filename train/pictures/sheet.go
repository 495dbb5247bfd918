// Package pictures draws what a trained model has learned: samples of each class,
// the grid of each class over a latent of two dimensions, analogies (the paper's
// figure 1) and M1's reconstructions. Equal models and options give equal bytes.
package pictures

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"ssdgm/model/trained"
	"ssdgm/train/data"
	"ssdgm/train/message"
)

// Distances in pixels: between two images, between a first column of another kind and
// the rest, and between two sheets on a contact sheet.
const (
	imageGap  = 2
	columnGap = 8
	sheetGap  = 12
)

// paper is the grey between images, neither a digit's ink nor its ground.
var paper = color.Gray{Y: 96}

// Sheet is images of one size in rows and columns.
type Sheet struct {
	Rows, Columns int
	shape         shape
	gap, firstGap int         // between images, and after the first column
	origin        image.Point // what names take to the left and above
	enlarged      int         // a value's square on the sheet; 0 is 1
	image         draw.Image
}

// shape is the size of one image. Its values lie row by row, the channels of a pixel
// side by side.
type shape struct{ height, width, channels int }

// values is how many values an image has.
func (s shape) values() int { return s.height * s.width * s.channels }

// shapeOf is the shape of the images that a model generates. A file of another
// program's does not tell it: then the images are square.
func shapeOf(t *trained.Model) (shape, error) {
	s := shape{height: t.Height, width: t.Width}
	if t.Real() {
		return s, data.InputErrorf("draw images: want a model of images, found one that was trained on real values; "+
			"%s draws its rows", message.Command("generate", "RUN", "--out", "FILE.csv"))
	}
	if s.height == 0 || s.width == 0 {
		s.height = int(math.Sqrt(float64(t.Inputs)))
		s.width = s.height
	}
	s.channels = t.Inputs / (s.height * s.width)
	if s.values() != t.Inputs || s.channels != 1 && s.channels != 3 {
		return s, data.InputErrorf("draw images of %d values: want a height and a width, and 1 or 3 channels, found none that fit; give a model of images", t.Inputs)
	}
	return s, nil
}

// newSheet makes an empty sheet for images of one shape.
func newSheet(s shape, rows, columns int) *Sheet { return newNamedSheet(s, rows, columns, nil) }

// newNamedSheet is a new sheet with a name of each row; nil: none.
func newNamedSheet(s shape, rows, columns int, names []string) *Sheet {
	sheet := layOut(&Sheet{Rows: rows, Columns: columns, shape: s, gap: imageGap, firstGap: imageGap,
		origin: image.Pt(margin(names), 0), enlarged: beside(names, s.height)})
	sheet.nameRows(names)
	return sheet
}

// newColumnSheet is a new sheet whose first column stands apart, with a name of each other one; nil: none.
func newColumnSheet(s shape, rows, columns int, names []string) *Sheet {
	sheet := layOut(&Sheet{Rows: rows, Columns: columns, shape: s, gap: imageGap, firstGap: columnGap,
		origin: image.Pt(0, margin(names)), enlarged: beside(names, s.width)})
	sheet.nameColumns(1, names)
	return sheet
}

// newTitledSheet is a new sheet of a class, with its name above; names nil: none.
func newTitledSheet(s shape, rows, columns int, names []string, class int) *Sheet {
	sheet := &Sheet{Rows: rows, Columns: columns, shape: s, gap: imageGap, firstGap: imageGap}
	if names == nil {
		return layOut(sheet)
	}
	text := written(names[class])
	sheet.origin.Y = text.Bounds().Dy() + nameSpace
	layOut(sheet).ink(image.Pt(nameSpace, nameSpace), text)
	return sheet
}

// layOut makes a sheet's picture, all paper, in grey or, for three channels, in colour.
func layOut(s *Sheet) *Sheet {
	bounds := image.Rectangle{Max: s.Cell(s.Rows-1, s.Columns-1).Max.Add(image.Pt(s.gap, s.gap))}
	s.image = image.NewGray(bounds)
	if s.shape.channels == 3 {
		s.image = image.NewRGBA(bounds)
	}
	draw.Draw(s.image, bounds, image.NewUniform(paper), image.Point{}, draw.Src)
	return s
}

// Cell is where the image of a row and a column lies on the sheet.
func (s *Sheet) Cell(row, column int) image.Rectangle {
	width, height := s.shape.width*s.side(), s.shape.height*s.side()
	x, y := s.origin.X+s.gap+column*(width+s.gap), s.origin.Y+s.gap+row*(height+s.gap)
	if column > 0 {
		x += s.firstGap - s.gap
	}
	return image.Rect(x, y, x+width, y+height)
}

// side is that of a value's square.
func (s *Sheet) side() int { return max(1, s.enlarged) }

// Image is the whole sheet.
func (s *Sheet) Image() image.Image { return s.image }

// WritePNG writes the sheet as a PNG file.
func (s *Sheet) WritePNG(w io.Writer) error { return png.Encode(w, s.image) }

// put draws one image; values below 0 and above 1 are cut off.
func (s *Sheet) put(row, column int, values []float32) {
	at, n := s.Cell(row, column).Min, s.shape.channels
	for i := range s.shape.height * s.shape.width {
		v, k := values[i*n:][:n], s.side()
		x, y := at.X+i%s.shape.width*k, at.Y+i/s.shape.width*k
		var c color.Color = color.Gray{Y: level(v[0])}
		if n != 1 {
			c = color.RGBA{R: level(v[0]), G: level(v[1]), B: level(v[2]), A: 255}
		}
		if k == 1 {
			s.image.Set(x, y, c)
		} else {
			draw.Draw(s.image, image.Rect(x, y, x+k, y+k), image.NewUniform(c), image.Point{}, draw.Src)
		}
	}
}

// putRows draws images row by row, in the columns from first on.
func (s *Sheet) putRows(first int, values []float32) {
	columns, width := s.Columns-first, s.shape.values()
	for i := range len(values) / width {
		s.put(i/columns, first+i%columns, values[i*width:][:width])
	}
}

// level is the byte nearest to a value from 0 to 1. What is not a number is 0.
func level(v float32) uint8 {
	if !(v > 0) {
		return 0
	}
	return uint8(min(v, 1)*255 + 0.5)
}

// contact is a sheet of sheets of one size, in two rows.
func contact(sheets []*Sheet) *Sheet {
	size, columns := sheets[0].image.Bounds().Size(), (len(sheets)+1)/2
	all := layOut(&Sheet{
		Rows: (len(sheets) + columns - 1) / columns, Columns: columns,
		shape: shape{size.Y, size.X, sheets[0].shape.channels}, gap: sheetGap, firstGap: sheetGap,
	})
	for i, s := range sheets {
		draw.Draw(all.image, all.Cell(i/columns, i%columns), s.image, image.Point{}, draw.Src)
	}
	return all
}
