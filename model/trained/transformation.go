package trained

import (
	"encoding/json"
	"math"

	"ssdgm/model/trained/format"
)

// Transformation is what becomes of a training example before a model sees it.
type Transformation struct {
	Kind    string  `json:"kind"`    // pixels, or none
	Divisor float32 `json:"divisor"` // of the bytes of pixels; 1 where there is none
}

var (
	// pixels are bytes from 0 to 255, as numbers from 0 to 1.
	pixels = Transformation{Kind: "pixels", Divisor: 255}
	// none leaves real values as they are.
	none = Transformation{Kind: "none", Divisor: 1}
)

// Real tells whether the model was trained on real values, not on pixels.
func (m *Model) Real() bool { return m.Input.Kind == none.Kind }

// transformationOf reads the input's transformation from a file's metadata; without one, it is that of pixels.
func transformationOf(metadata map[string]string) (Transformation, error) {
	text, ok := metadata[format.Input]
	if !ok {
		return pixels, nil
	}
	var in Transformation
	err := json.Unmarshal([]byte(text), &in)
	divisor := float64(in.Divisor)
	known := in == none || in.Kind == pixels.Kind && divisor > 0 && !math.IsInf(divisor, 0)
	if err != nil || !known {
		return in, format.Errorf("want a transformation of kind %q, with a divisor, or %q as %q in its metadata, found %s; "+
			"it may be of a newer ssdgm", pixels.Kind, none.Kind, format.Input, text)
	}
	return in, nil
}
