package input

import (
	"math"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/sanity"
	"ssdgm/train/data/strict"
)

// scale says what becomes of an input's numbers where a model takes the pixels of images, from 0 to 1. The type of the
// file's numbers says what they are: bytes go up to 255, fractions and truth values to 1. Of text, and of wider integers,
// the first value that is not 0 tells it, with those of the first rows.
type scale struct {
	kind    scaleKind
	divisor float32 // of bytes
	bytes   bool    // the file's type has no other values, unless one is missing
	missing bool    // a missing value is handed on
}

type scaleKind int

const (
	unknownScale scaleKind = iota // nothing but 0 has been seen
	bytesScale                    // whole numbers from 0 to 255
	unitScale                     // from 0 to 1
)

// newScale looks at the type and at the first values. whole tells that the run took floats for bytes where they are whole.
func newScale(r frame.Reader, t *transform.Transformation, first []float32, whole bool) *scale {
	s := &scale{divisor: t.Divisor, bytes: r.Bytes()}
	fraction, most := look(first)
	switch numbers := r.Numbers(); {
	case s.bytes, numbers == frame.Fractions && whole && !fraction && most > 1:
		s.kind = bytesScale
	case numbers == frame.Fractions, numbers == frame.Truths:
		s.kind = unitScale
	default:
		s.settle(first)
	}
	return s
}

// look tells whether some values are no whole numbers, and the largest.
func look(values []float32) (fraction bool, most float32) {
	for _, v := range values {
		most = max(most, v)
		fraction = fraction || v == v && v != float32(math.Trunc(float64(v)))
	}
	return fraction, most
}

// settle decides by values of which one is not 0.
func (s *scale) settle(values []float32) {
	switch fraction, most := look(values); {
	case fraction:
		s.kind = unitScale
	case most > 0:
		s.kind = bytesScale
	}
}

// dim is a line on first values that are pixels from 0 to 255, and far below 255; empty where they are not.
func (s *scale) dim(path string, first []float32) string {
	_, most := look(first)
	if s.kind != bytesScale || most == 0 {
		return ""
	}
	return sanity.Dim(path, uint8(min(most, 255)), false)
}

// apply makes pixels from 0 to 1 of values. An error comes with the place of the value that is none.
func (s *scale) apply(dst, values []float32) (at int, err error) {
	if s.kind == unknownScale {
		s.settle(values)
	}
	dst = dst[:len(values)]
	if s.bytes {
		for i, v := range values {
			if v != v && !s.missing {
				return i, s.fault(v)
			}
			dst[i] = v / s.divisor
		}
		return 0, nil
	}
	if s.kind == bytesScale {
		for i, v := range values {
			if whole := float32(int32(v)); v != whole || v < 0 || v > 255 {
				if !s.takes(v) {
					return i, s.fault(v)
				}
			}
			dst[i] = v / s.divisor
		}
		return 0, nil
	}
	for i, v := range values {
		if !(v >= 0 && v <= 1) && !s.takes(v) {
			return i, s.fault(v)
		}
		dst[i] = v
	}
	return 0, nil
}

// takes tells whether a value that is no pixel is a missing one, and these are handed on.
func (s *scale) takes(v float32) bool { return v != v && s.missing }

// fault says what is wrong with a value, and what to do.
func (s *scale) fault(v float32) error {
	switch {
	case v != v:
		return strict.Errorf("want a pixel, found none; fill it in ('ssdgm impute' does)")
	case s.kind == bytesScale && v >= 0 && v <= 1:
		return strict.Errorf("want whole numbers from 0 to 255, as in the rows before, found %g; divide all of them by 255, or none",
			v)
	case s.kind == bytesScale:
		return strict.Errorf("want whole numbers from 0 to 255, found %g", v)
	case v > 1 && v <= 255:
		return strict.Errorf("want pixels from 0 to 1 where they are fractions, found %g; give bytes (uint8), or divide them "+
			"by 255", v)
	case v >= -1 && v < 0:
		return strict.Errorf("want pixels from 0 to 1 where they are fractions, found %g; if they go from -1 to 1, give (x + 1) / 2",
			v)
	}
	return strict.Errorf("want pixels from 0 to 1 where they are fractions, found %g", v)
}
