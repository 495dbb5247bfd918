package pictures

import (
	"image"

	"ssdgm/model/trained"
)

// Single gives what draws one image of those that a model is of, from its values, [d]; those below 0 and above 1 are
// cut off. A model of real values, or of other than 1 or 3 channels, has none: that is an error.
func Single(t *trained.Model) (func(values []float32) image.Image, error) {
	shape, err := shapeOf(t)
	if err != nil {
		return nil, err
	}
	return func(values []float32) image.Image {
		s := layOut(&Sheet{Rows: 1, Columns: 1, shape: shape})
		s.put(0, 0, values)
		return s.image
	}, nil
}
