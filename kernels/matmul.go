package kernels

// Precision is what the factors of a matrix product are rounded to. Sums are fp32
// either way.
type Precision int

// FP32 works on every card, TF32 on the matrix units of compute capability 8.0
// and later.
const (
	FP32 Precision = iota
	TF32
)

// Tile is the part of a product that one block computes: 32×32, 64×64 or 128×128.
type Tile int

// The tiles.
const (
	Tile32 Tile = iota
	Tile64
	Tile128
	tileCount
)

// tileShape is a tile as matmul_tile.cuh has it.
type tileShape struct {
	name    string // in its kernels' names
	side    int    // of the tile
	depth   int    // columns of op(A) in shared memory at a time
	stages  int    // of such panels that are there or on their way
	threads int
	folds   bool // has registers to add up the chunks of k itself
}

// alongK and acrossK are the bytes of one panel in shared memory, by the direction
// in which the operand's memory runs.
func (s tileShape) alongK() int  { return 4 * s.side * (s.depth + 4) }
func (s tileShape) acrossK() int { return 4 * s.depth * (s.side + 8) }

// part is how many floats one chunk of a tile and its row sums take in scratch memory.
func (s tileShape) part() int { return s.side*s.side + s.side }

// product is the shape of C [m, n] = Σ_k op(A)·op(B).
type product struct{ m, n, k int }

func (p product) tiles(side int) int { return ceilDiv(p.m, side) * ceilDiv(p.n, side) }

// padded is the area of the tiles, which may hang over C.
func (p product) padded(side int) int { return p.tiles(side) * side * side }

const (
	chunkStep   = 32  // chunks are multiples of every tile's depth
	leastChunk  = 160 // below that, adding up the chunks costs more than it saves
	manyTiles   = 256 // of 32×32, that keep a large card busy without chunks
	wantedUnits = 1024
)

// chunk is the length of the chunks that k is cut into. The bits of a product
// depend on it and on nothing else of the plan, so it is a function of one
// replica's shape alone, on every card.
func (p product) chunk() int {
	chunks := 1
	if tiles := p.tiles(32); tiles > 0 && tiles <= manyTiles {
		chunks = max(1, min(wantedUnits/tiles, ceilDiv(p.k, leastChunk)))
	}
	return max(1, ceilDiv(p.k, chunks*chunkStep)) * chunkStep
}

// Cut says how the k of a product is cut: into chunks whose sums are added in
// order, by one block for each tile, or where Split by one for each chunk of a tile.
type Cut struct {
	Chunk int
	Split bool
}

// units is how many blocks a product takes.
func (c Cut) units(p product, s tileShape) int {
	if c.Split {
		return p.tiles(s.side) * ceilDiv(p.k, c.Chunk)
	}
	return p.tiles(s.side)
}

// parts is how many floats of scratch memory a product takes.
func (c Cut) parts(p product, s tileShape) int {
	if c.Split {
		return c.units(p, s) * s.part()
	}
	return 0
}

// share is what the blocks of a product do whose operands have lines of the given lengths.
func (c Cut) share(p product, s tileShape, precision Precision, lines ...int) Share {
	k := p.k
	if c.Split {
		k = c.Chunk
	}
	narrow := false
	for _, n := range lines {
		narrow = narrow || n%4 != 0
	}
	return Share{
		Units: c.units(p, s), Side: s.side, Depth: s.depth, K: k, Split: c.Split, Narrow: narrow, TF32: precision == TF32,
	}
}

// possible says whether a tile can compute a product that is cut like that.
func (c Cut) possible(p product, s tileShape) bool {
	return c.Chunk > 0 && c.Chunk%chunkStep == 0 && (c.Chunk >= p.k || c.Split || s.folds)
}

// Card is what a plan depends on besides shapes. It changes how fast a product is,
// never its bits.
type Card struct {
	Multiprocessors int
	Replicas        int
}

// most waste that a larger tile may bring, in area that hangs over C.
const mostPadding = 1.35

// tile is the largest that leaves no multiprocessor idle, for products that are
// computed together.
func (c Card) tile(precision Precision, products ...product) Tile {
	wanted := map[Tile]int{Tile128: 2 * c.Multiprocessors, Tile64: c.Multiprocessors}
	for _, t := range []Tile{Tile128, Tile64} {
		s := tileShapes[precision][t]
		tiles, padded, least, fits := 0, 0, 0, true
		for _, p := range products {
			tiles += p.tiles(s.side)
			padded, least = padded+p.padded(s.side), least+p.padded(32)
			fits = fits && Cut{Chunk: p.chunk()}.possible(p, s)
		}
		if fits && tiles*c.Replicas >= wanted[t] && float64(padded) <= mostPadding*float64(least) {
			return t
		}
	}
	return Tile32
}

// cut cuts a product: into a block for each chunk where its tiles alone would leave
// multiprocessors idle, or a few of them at work for long.
func (c Card) cut(p product, s tileShape) Cut {
	tiles, chunk := p.tiles(s.side), p.chunk()
	few := tiles*c.Replicas < 4*c.Multiprocessors && tiles <= scratchCounters/2
	return Cut{Chunk: chunk, Split: few && chunk < p.k}
}
