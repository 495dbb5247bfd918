package engine

import "math/bits"

// WidthClass is what of a layer's width decides in which order a device adds: the tiles of a product and of one twice as
// wide, and the threads that sum a row. Of two widths of one class, the wider gives what the narrower does, to the bit,
// where what it has beside is zero, or of a likelihood missing. A replica may so be trained beside wider ones.
type WidthClass struct{ tiles, heads, team int }

// widest is a width above which a product over it may be cut into chunks; each such width is a class of its own.
const widest = 80

// WidthClassOf gives the class of a width, at least 1.
func WidthClassOf(width int) WidthClass {
	if width > widest {
		return WidthClass{width, width, width}
	}
	const tile = 32
	return WidthClass{(width + tile - 1) / tile, (2*width + tile - 1) / tile, bits.Len(uint(width - 1))}
}
