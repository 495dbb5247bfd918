package pictures

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"

	"ssdgm/model/trained"
	"ssdgm/train/data/picture"
)

// Reading gives what reads a PNG or a JPEG of the size of a model's images as its raw values; nil where the model is
// none of images.
func Reading(m *trained.Model) func(content []byte) ([]float32, error) {
	s, err := shapeOf(m)
	if err != nil {
		return nil
	}
	return func(content []byte) ([]float32, error) {
		header, err := picture.ReadHeader(bytes.NewReader(content))
		if err != nil {
			return nil, err
		}
		if header.Height != s.height || header.Width != s.width {
			return nil, fmt.Errorf("want an image of %d×%d pixels, as the model was trained on, found one of %d×%d",
				s.width, s.height, header.Width, header.Height)
		}
		p, err := picture.Decode(bytes.NewReader(content), s.channels)
		if err != nil {
			return nil, err
		}
		row := make([]float32, len(p.Pixels))
		for i, v := range p.Pixels {
			row[i] = float32(v) / m.Input.Divisor
		}
		return row, nil
	}
}

// Drawing gives what makes a PNG of images that a model has drawn: of one alone, or of several on a sheet; nil where
// the model is none of images.
func Drawing(m *trained.Model) func(rows []float32) ([]byte, error) {
	s, err := shapeOf(m)
	if err != nil {
		return nil
	}
	return func(rows []float32) ([]byte, error) {
		n := len(rows) / s.values()
		columns := int(math.Ceil(math.Sqrt(float64(n))))
		sheet := newSheet(s, (n+columns-1)/columns, columns)
		sheet.putRows(0, rows)
		var b bytes.Buffer
		drawn := sheet.Image()
		if n == 1 {
			drawn = drawn.(interface {
				SubImage(r image.Rectangle) image.Image
			}).SubImage(sheet.Cell(0, 0))
		}
		err := png.Encode(&b, drawn)
		return b.Bytes(), err
	}
}
