package engine

// Noise says where a step's random numbers come from: the replica's seed, a
// stream of the step's own, and the clock.
type Noise struct {
	Seed   Ints   // low and high word of each replica's seed
	Clock  Ints   // the step number: one element
	Stream uint32 // unique per purpose, see package noise
}

func (n Noise) args(v Visitor) {
	v(n.Seed.View(), read("seed", 2))
	v(n.Clock.View(), read("clock", 1))
}

// Binarise says how grey pixels become the model's input.
type Binarise int

// Pixels as they are, in [0, 1]; made 0 or 1 once and for all; or made 0 or 1
// anew at each visit, each with the pixel's value as its probability.
const (
	BinariseNone Binarise = iota
	BinariseFixed
	BinariseResample
)

// Minibatch writes which examples this step sees: Pool, an array of n example
// numbers, is walked through in an order that is shuffled anew every n
// examples. With t the clock (the first step is 1), row b takes position
// p = (t−1)·len(Index) + b, that is Pool[permutation(p mod n)] of round p/n.
// Sizes may be absent; otherwise it has one element, with which a replica whose
// pool is shorter than the others' says how many of the first elements are its
// pool. One that is not in 1 to len(Pool) stands for all of them.
type Minibatch struct {
	Index, Pool, Sizes Ints
	Noise              Noise
}

// Args implements Step.
func (s Minibatch) Args(v Visitor) {
	v(s.Index.View(), write("index", s.Index.Len))
	v(s.Pool.View(), read("pool", s.Pool.Len).moving(s.Index.Len))
	v(s.Sizes.View(), read("sizes", 1).optional())
	s.Noise.args(v)
}

// Cost implements Step.
func (s Minibatch) Cost(replicas int) Cost { return moves(s, replicas) }

// GatherPixels sets Dst[b,:] = Images[Index[b],:] / 255, as floats, binarised
// as asked: BinariseResample draws by (step, b), BinariseFixed by the
// example's number at step 0. Width is D. Without binarisation it needs no noise.
type GatherPixels struct {
	Dst      Floats // [len(Index), Width]
	Images   Bytes  // [examples, Width]
	Index    Ints
	Width    int
	Binarise Binarise
	Noise    Noise
}

// Args implements Step.
func (s GatherPixels) Args(v Visitor) {
	n := s.Index.Len * s.Width
	v(s.Dst.View(), write("dst", n))
	v(s.Images.View(), read("images", s.Images.Len).moving(n))
	v(s.Index.View(), read("index", s.Index.Len))
	if s.Binarise != BinariseNone {
		s.Noise.args(v)
	}
}

// Cost implements Step.
func (s GatherPixels) Cost(replicas int) Cost { return moves(s, replicas) }

// GatherFloats sets Dst[b,:] = Rows[Index[b],:], real-valued examples of the given width.
type GatherFloats struct {
	Dst   Floats // [len(Index), Width]
	Rows  Floats // [examples, Width]
	Index Ints
	Width int
}

// Args implements Step.
func (s GatherFloats) Args(v Visitor) {
	n := s.Index.Len * s.Width
	v(s.Dst.View(), write("dst", n))
	v(s.Rows.View(), read("rows", s.Rows.Len).moving(n))
	v(s.Index.View(), read("index", s.Index.Len))
}

// Cost implements Step.
func (s GatherFloats) Cost(replicas int) Cost { return moves(s, replicas) }

// ZeroMissing sets Dst = X, and 0 where X is NaN: a value that an example lacks. Of features that are
// standardised 0 is the mean.
type ZeroMissing struct {
	Dst, X Floats // [N]
	N      int
}

// Args implements Step.
func (s ZeroMissing) Args(v Visitor) {
	v(s.Dst.View(), write("dst", s.N))
	v(s.X.View(), read("x", s.N))
}

// Cost implements Step.
func (s ZeroMissing) Cost(replicas int) Cost { return moves(s, replicas) }

// GatherGaussian sets Dst[b,:] = mean + Sample·exp(½·logvar)·ε of row Index[b] of
// Stats, whose rows are [mean | logvar], each of the given width. Without
// Sample it copies the mean, and needs no noise.
type GatherGaussian struct {
	Dst    Floats // [len(Index), Width]
	Stats  Floats // [examples, mean | logvar]
	Index  Ints
	Width  int
	Sample bool
	Noise  Noise
}

// Args implements Step.
func (s GatherGaussian) Args(v Visitor) {
	n := s.Index.Len * s.Width
	moved := n
	if s.Sample {
		moved = 2 * n
	}
	v(s.Dst.View(), write("dst", n))
	v(s.Stats.View(), read("stats", s.Stats.Len).moving(moved))
	v(s.Index.View(), read("index", s.Index.Len))
	if s.Sample {
		s.Noise.args(v)
	}
}

// Cost implements Step.
func (s GatherGaussian) Cost(replicas int) Cost { return moves(s, replicas) }

// GatherLabels sets Dst[b] = Labels[Index[b]].
type GatherLabels struct{ Dst, Labels, Index Ints }

// Args implements Step.
func (s GatherLabels) Args(v Visitor) {
	v(s.Dst.View(), write("dst", s.Index.Len))
	v(s.Labels.View(), read("labels", s.Labels.Len).moving(s.Index.Len))
	v(s.Index.View(), read("index", s.Index.Len))
}

// Cost implements Step.
func (s GatherLabels) Cost(replicas int) Cost { return moves(s, replicas) }
