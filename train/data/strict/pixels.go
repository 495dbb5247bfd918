package strict

import "math"

// pixelScale is what makes pixels from 0 to 255 of values: fractions and truth values go up to 1.
func (t Type) pixelScale() float64 {
	if t.Fraction() || t.Name == Bool.Name {
		return 255
	}
	return 1
}

// AppendPixels appends elements of a type as pixels: whole numbers from 0 to 255 as they are, fractions from 0 to 1 and
// truth values times 255. The error says which element is none, and how to make it one.
func AppendPixels(dst []uint8, t Type, elements []byte) ([]uint8, error) {
	if t.Name == Uint8.Name {
		return append(dst, elements...), nil
	}
	scale := t.pixelScale()
	for i := range len(elements) / t.Size {
		value := t.Value(elements[i*t.Size:]) * scale
		if !(value >= 0 && value <= 255) { // also where it is no number
			return nil, Errorf("wanted values from 0 to %g in elements of type %s, found %g at place %d; %s",
				255/scale, t.Name, value/scale, i, t.mendPixels(value/scale))
		}
		dst = append(dst, uint8(math.Round(value)))
	}
	return dst, nil
}

// mendPixels says what to do to values of which one is out of range.
func (t Type) mendPixels(found float64) string {
	switch {
	case math.IsNaN(found):
		return "put a number in its place"
	case t.Fraction() && found > 1 && found <= 255:
		return "save them divided by 255, or as uint8"
	case t.Fraction() && found >= -1 && found < 0:
		return "save (x + 1) / 2 of them where they go from -1 to 1"
	}
	return "save (x - min) / (max - min) of them as float32"
}
