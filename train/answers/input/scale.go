package input

import (
	"math"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/sanity"
	"ssdgm/train/data/strict"
)

// scale says what becomes of an input's numbers where a model takes the pixels of images, from 0 to 1.
type scale struct {
	kind    scaleKind
	numbers frame.Numbers
	divisor float32 // of bytes
	exact   bool    // the file's type has no others than bytes
	pixels  bool    // the run took floats for bytes, where they are whole
}

type scaleKind int

const (
	unknownScale scaleKind = iota // nothing but 0 has been seen
	bytesScale                    // whole numbers from 0 to 255
	unitScale                     // from 0 to 1
)

func newScale(r frame.Reader, t *transform.Transformation) scale {
	s := scale{numbers: r.Numbers(), divisor: t.Divisor}
	switch {
	case r.Bytes():
		s.kind, s.exact = bytesScale, true
	case s.numbers == frame.Fractions, s.numbers == frame.Truths:
		s.kind = unitScale
	}
	return s
}

// decide finds out from the first values what they are, where the file's type does not tell.
func (s *scale) decide(path string, values []float32) (note string, err error) {
	most, fraction := float32(0), false
	for _, v := range values {
		most = max(most, v)
		fraction = fraction || v != float32(math.Trunc(float64(v)))
	}
	if s.kind == unitScale && s.pixels && !fraction && most > 1 {
		s.kind = bytesScale
	}
	if s.kind == unknownScale {
		s.settle(most, fraction)
	}
	if s.kind == bytesScale && most > 0 && most <= 255 {
		note = sanity.Dim(path, uint8(most), false)
	}
	return note, nil
}

// settle decides by the first values that are not 0.
func (s *scale) settle(most float32, fraction bool) {
	switch {
	case fraction:
		s.kind = unitScale
	case most > 0:
		s.kind = bytesScale
	}
}

// apply makes pixels from 0 to 1 of values. An error comes with the place of the value that is none.
func (s *scale) apply(dst, values []float32) (at int, err error) {
	if s.kind == unknownScale {
		for _, v := range values {
			if v != 0 {
				s.settle(v, v != float32(math.Trunc(float64(v))))
				break
			}
		}
	}
	for i, v := range values {
		if s.kind == bytesScale {
			if !(v >= 0 && v <= 255) || !s.exact && v != float32(int32(v)) {
				return i, s.fault(v)
			}
			dst[i] = v / s.divisor
			continue
		}
		if !(v >= 0 && v <= 1) {
			return i, s.fault(v)
		}
		dst[i] = v
	}
	return 0, nil
}

// fault says what is wrong with a value, and what to do.
func (s *scale) fault(v float32) error {
	switch {
	case v != v:
		return strict.Errorf("want a pixel, found none")
	case s.kind == bytesScale:
		return strict.Errorf("want whole numbers from 0 to 255, found %g", v)
	}
	what := "want pixels from 0 to 1 where the file holds fractions"
	if v > 1 && v <= 255 {
		return strict.Errorf("%s, found %g: give them as bytes (uint8), or divided by 255", what, v)
	}
	return strict.Errorf("%s, found %g", what, v)
}
