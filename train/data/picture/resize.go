package picture

import (
	"fmt"
	"math"
)

// Rule says what becomes of an image whose sides are not in the ratio wanted.
type Rule string

// The rules, as a configuration names them.
const (
	Crop    Rule = "crop"    // what is wanted is filled, and what stands over at both ends is cut off
	Pad     Rule = "pad"     // the whole image stands in the middle, on black
	Stretch Rule = "stretch" // the ratio is not kept
)

// Resized returns a picture of the given sides. Every pixel is a mean of those beneath it, weighed by a triangle that
// is two pixels of the larger grid wide at its foot, to the bit as Pillow's BILINEAR: that is resize for Stretch,
// ImageOps.fit for Crop and ImageOps.pad for Pad.
func (p *Picture) Resized(height, width int, rule Rule) *Picture {
	if height < 1 || width < 1 {
		panic(fmt.Sprintf("picture: want sides of 1 at least, found %d×%d", height, width))
	}
	whole := box{0, 0, float32(p.Width), float32(p.Height)}
	switch rule {
	case Stretch:
		return p.resampled(height, width, whole)
	case Crop:
		return p.resampled(height, width, p.middle(height, width))
	case Pad:
		return p.resampled(p.contained(height, width), p.containedWidth(height, width), whole).onBlack(height, width)
	}
	panic("picture: no rule is called " + string(rule))
}

// box is a part of a picture, in pixels and parts of them.
type box struct{ left, top, right, bottom float32 }

// middle is the largest part of a picture in the ratio of the given sides.
func (p *Picture) middle(height, width int) box {
	w, h := float64(p.Width), float64(p.Height)
	ratio := float64(width) / float64(height)
	switch found := w / h; {
	case found > ratio:
		w = float64(ratio * h)
	case found < ratio:
		h = w / ratio
	}
	left, top := (float64(p.Width)-w)*0.5, (float64(p.Height)-h)*0.5
	return box{float32(left), float32(top), float32(left + w), float32(top + h)}
}

// contained and containedWidth are the sides of a whole picture within the given ones.
func (p *Picture) contained(height, width int) int {
	if float64(p.Width)/float64(p.Height) <= float64(width)/float64(height) {
		return height
	}
	return max(1, int(math.RoundToEven(float64(float64(p.Height)/float64(p.Width))*float64(width))))
}

func (p *Picture) containedWidth(height, width int) int {
	if float64(p.Width)/float64(p.Height) >= float64(width)/float64(height) {
		return width
	}
	return max(1, int(math.RoundToEven(float64(float64(p.Width)/float64(p.Height))*float64(height))))
}

// onBlack is a picture in the middle of a black one.
func (p *Picture) onBlack(height, width int) *Picture {
	padded := *p
	padded.Height, padded.Width, padded.Pixels = height, width, make([]uint8, height*width*p.Channels)
	left := int(math.RoundToEven(float64(width-p.Width) / 2))
	top := int(math.RoundToEven(float64(height-p.Height) / 2))
	row := p.Width * p.Channels
	for y := range p.Height {
		copy(padded.Pixels[((top+y)*width+left)*p.Channels:], p.Pixels[y*row:][:row])
	}
	return &padded
}

// resampled resizes a part of a picture, along the rows and then along the columns. Shades are rounded in between.
func (p *Picture) resampled(height, width int, part box) *Picture {
	resized := *p
	if across := newTaps(p.Width, width, part.left, part.right); across != nil {
		resized.Width, resized.Pixels = width, make([]uint8, p.Height*width*p.Channels)
		for y := range p.Height {
			across.apply(resized.Pixels[y*width*p.Channels:], p.Pixels[y*p.Width*p.Channels:], p.Channels)
		}
	}
	if down := newTaps(p.Height, height, part.top, part.bottom); down != nil {
		row := resized.Width * p.Channels
		rows := resized.Pixels
		resized.Height, resized.Pixels = height, make([]uint8, height*row)
		down.apply(resized.Pixels, rows, row)
	}
	return &resized
}

// tap is how one place of a resized line is made: of the places from first on, each with a weight, in units of 2⁻ᵇⁱᵗˢ.
type tap struct {
	first   int
	weights []int32
}

// taps are those of a line.
type taps []tap

// weightBits leave room for a byte and two bits of sum in 32 bits.
const weightBits = 32 - 8 - 2

// newTaps resizes the part of a line of n places between two of them to so many; nil where that changes nothing. Sums
// and products are rounded one by one, so that every machine has the same weights.
func newTaps(n, resized int, from, to float32) taps {
	if n == resized && from == 0 && to == float32(n) {
		return nil
	}
	line := make(taps, resized)
	step := float64(to-from) / float64(resized)
	support := max(step, 1)
	for i := range line {
		centre := float64(from) + float64((float64(i)+0.5)*step)
		first := max(0, int(centre-support+0.5))
		last := min(n, int(centre+support+0.5))
		weights, sum := make([]float64, last-first), 0.0
		for k := range weights {
			away := math.Abs(float64((float64(k+first) - centre + 0.5) * float64(1/support)))
			weights[k] = max(0, 1-away)
			sum += weights[k]
		}
		line[i] = tap{first, make([]int32, len(weights))}
		for k, weight := range weights {
			if sum != 0 {
				weight /= sum
			}
			line[i].weights[k] = int32(0.5 + float64(weight*(1<<weightBits)))
		}
	}
	return line
}

// apply resizes a line of places of so many bytes each.
func (line taps) apply(dst, src []uint8, size int) {
	for i, t := range line {
		for j := range size {
			sum := int32(1 << (weightBits - 1))
			for k, weight := range t.weights {
				sum += int32(src[(t.first+k)*size+j]) * weight
			}
			dst[i*size+j] = uint8(min(sum>>weightBits, 255))
		}
	}
}
