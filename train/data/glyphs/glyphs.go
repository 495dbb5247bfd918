// Package glyphs draws the built-in data set: ten classes of handwritten-looking
// digits, from strokes of our own and a seed, with nothing to download.
//
// An example is a function of (seed, part, index) alone, the same bytes on every
// machine: only operations that IEEE 754 rounds in one way are used, and no product
// may be fused with a sum (see mul).
package glyphs

import (
	"math"

	"ssdgm/train/data/rng"
)

// The shape of the data set.
const (
	Side    = 28 // pixels in a row and in a column
	Pixels  = Side * Side
	Classes = 10
)

// Part is a stream of examples that shares none with another part.
type Part uint64

// The parts of the data set and the sizes that they have unless told otherwise.
const (
	Train Part = iota
	Test

	DefaultTrain = 10_000
	DefaultTest  = 2_000
)

// The spread of what varies from one example to the next. Lengths are in pixels
// and spreads are the largest departures, unless a comment says otherwise.
const (
	heightMean, heightSpread       = 9.2, 1.6  // half the height of a digit
	widthMean, widthSpread         = 1.0, 0.25 // width over its natural width
	slantSpread                    = 0.45      // shear: pixels to the right per pixel up
	turnSpread                     = 0.12      // tangent of half the angle of rotation
	shiftSpread                    = 2.0
	thicknessMean, thicknessSpread = 1.15, 0.5 // half the width of the pen
	softnessMean, softnessSpread   = 1.1, 0.4  // width of the edge from ink to paper
	inkMean, inkSpread             = 225, 30   // grey level of the ink
	jitter                         = 0.16      // of each control point, in the digit's frame
	noise                          = 18        // grey levels, of each pixel
)

// Draw makes count examples: images, count×784 row-major, and their labels.
func Draw(seed uint64, part Part, count int) (images, labels []uint8) {
	images, labels = make([]uint8, count*Pixels), make([]uint8, count)
	for i := range labels {
		labels[i] = Example((*[Pixels]uint8)(images[i*Pixels:]), seed, part, i)
	}
	return images, labels
}

// Example draws one example over the image and returns its label.
func Example(image *[Pixels]uint8, seed uint64, part Part, index int) (label uint8) {
	random := rng.New(seed, uint64(part), uint64(index))
	label = uint8(random.Below(Classes))
	styles := skeletons[label]
	style := styles[random.Below(uint64(len(styles)))]

	place := newPlacement(&random)
	distance := newField()
	for _, s := range style {
		distance.trace(s, &place, &random)
	}
	distance.ink(image, &random)
	return label
}

// placement takes the digit's frame to pixels: x' = a·x + b·y + c, y' = d·x + e·y + f.
type placement struct{ a, b, c, d, e, f float64 }

func newPlacement(random *rng.Stream) placement {
	height := about(heightMean, heightSpread, random)
	width := mul(height, about(widthMean, widthSpread, random))
	slant := about(0, slantSpread, random)
	// cos and sin from t, the tangent of half the angle: math.Cos may differ between machines.
	t := about(0, turnSpread, random)
	t2 := mul(t, t)
	cos, sin := (1-t2)/(1+t2), (t+t)/(1+t2)
	const centre = Side / 2
	return placement{
		a: mul(width, cos),
		b: mul(height, -sin-mul(slant, cos)),
		c: about(centre, shiftSpread, random),
		d: mul(width, sin),
		e: mul(height, cos-mul(slant, sin)),
		f: about(centre, shiftSpread, random),
	}
}

func (m *placement) apply(p point) point {
	return point{mul(m.a, p.x) + mul(m.b, p.y) + m.c, mul(m.d, p.x) + mul(m.e, p.y) + m.f}
}

// mul multiplies, and rounds before anything is added: Go may otherwise fuse
// x*y + z into one rounding on machines that can, and the bytes would differ.
func mul(x, y float64) float64 { return float64(x * y) }

// about returns a number within spread of mean, more often near it: the mean of
// two uniform numbers.
func about(mean, spread float64, random *rng.Stream) float64 {
	return mean + mul(spread, random.Unit()+random.Unit()-1)
}

// field holds for every pixel the squared distance to the nearest stroke.
type field [Pixels]float64

// far is a squared distance that no ink reaches.
const far = 1e9

func newField() *field {
	var f field
	for i := range f {
		f[i] = far
	}
	return &f
}

// trace draws one stroke. Its control points are moved at random before the
// curve is laid through them, so that it stays smooth.
func (f *field) trace(s stroke, place *placement, random *rng.Stream) {
	var buffer [16]point
	moved := buffer[:len(s.points)]
	for i, p := range s.points {
		p.x += about(0, jitter, random)
		p.y += about(0, jitter, random)
		moved[i] = place.apply(p)
	}
	last := len(moved) - 1
	closed := s.points[0] == s.points[last]
	if closed {
		moved[last] = moved[0]
	}
	for i := range last {
		if !s.smooth {
			f.segment(moved[i], moved[i+1])
			continue
		}
		before, after := moved[max(i-1, 0)], moved[min(i+2, last)]
		if closed && i == 0 {
			before = moved[last-1]
		}
		if closed && i == last-1 {
			after = moved[1]
		}
		f.spline(before, moved[i], moved[i+1], after)
	}
}

// spline draws the piece from p1 to p2 of a Catmull-Rom spline, in chords.
func (f *field) spline(p0, p1, p2, p3 point) {
	const chords = 5
	from := p1
	for k := 1; k <= chords; k++ {
		t := float64(k) / chords
		to := point{catmullRom(p0.x, p1.x, p2.x, p3.x, t), catmullRom(p0.y, p1.y, p2.y, p3.y, t)}
		f.segment(from, to)
		from = to
	}
}

// catmullRom is b + ½t·((c − a) + t·((2a − 5b + 4c − d) + t·(3b − a − 3c + d))).
func catmullRom(a, b, c, d, t float64) float64 {
	cubic := mul(3, b-c) + d - a
	square := mul(2, a) - mul(5, b) + mul(4, c) - d
	return b + mul(mul(0.5, t), c-a+mul(t, square+mul(t, cubic)))
}

// reach is how far from a stroke there can be ink.
const reach = thicknessMean + thicknessSpread + (softnessMean+softnessSpread)/2

// segment lowers the distances of the pixels near the line from p to q.
func (f *field) segment(p, q point) {
	x0, x1 := bounds(p.x, q.x)
	y0, y1 := bounds(p.y, q.y)
	dx, dy := q.x-p.x, q.y-p.y
	scale := 1 / max(mul(dx, dx)+mul(dy, dy), 1e-12)
	for y := y0; y < y1; y++ {
		py := float64(y) + 0.5 - p.y
		for x := x0; x < x1; x++ {
			px := float64(x) + 0.5 - p.x
			// t is where on the line the nearest point lies.
			t := min(max(mul(mul(px, dx)+mul(py, dy), scale), 0), 1)
			ex, ey := px-mul(t, dx), py-mul(t, dy)
			i := y*Side + x
			f[i] = min(f[i], mul(ex, ex)+mul(ey, ey))
		}
	}
}

// bounds returns the range of pixels within reach of the interval from a to b.
func bounds(a, b float64) (from, to int) {
	from = int(math.Floor(min(a, b) - reach))
	to = int(math.Ceil(max(a, b) + reach))
	return min(max(from, 0), Side), max(min(to, Side), 0)
}

// ink turns distances to grey levels and adds the noise of the pixels.
func (f *field) ink(image *[Pixels]uint8, random *rng.Stream) {
	thickness := about(thicknessMean, thicknessSpread, random)
	softness := about(softnessMean, softnessSpread, random)
	level := about(inkMean, inkSpread, random)
	for i, squared := range f {
		grey := 0.0
		if squared < reach*reach {
			// Full ink up to the pen's edge, then a smooth step 3u² − 2u³ down to paper.
			u := min(max((thickness+mul(0.5, softness)-math.Sqrt(squared))/softness, 0), 1)
			grey = mul(level, mul(mul(u, u), 3-mul(2, u)))
		}
		grey += mul(noise, triangular(random))
		image[i] = uint8(min(max(grey, 0), 255))
	}
}

// triangular returns the sum of two uniform numbers less one, from one draw.
func triangular(random *rng.Stream) float64 {
	bits := random.Uint64()
	return mul(float64(bits>>32+bits&math.MaxUint32), 0x1p-32) - 1
}
