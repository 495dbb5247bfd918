package simd

import (
	"unsafe"

	"ssdgm/engine/cpu/pool"
)

// tileKernel computes one register tile of C from packed columns of B; see internal/gen/matmul.go.
type tileKernel = func(k int, a *float32, rowStride, kStride uintptr, b, c *float32, ldc, accumulate, mask uintptr, next *float32)

// gemm is the matrix product of one level: its tile shape and its kernels.
type gemm struct {
	rows, columns int  // of a full tile
	narrow        int  // columns of the tiles for a last strip of at most so many
	block         int  // rows that packColumns takes at a time
	depth         int  // longest block of k, so that a strip of B stays close
	group         int  // tiles of rows that pass over a strip of B in a row
	masked        bool // the kernels store partial rows themselves

	tiles, narrowTiles []tileKernel // by rows − 1
	mask               func(n int) uintptr
	// packRows and, for narrow strips, packNarrow copy rows of B; packColumns transposes them.
	packRows, packNarrow func(k int, src *float32, ld uintptr, dst *float32, mask uintptr)
	packColumns          func(k int, src *float32, offsets *uintptr, dst *float32, ldd uintptr, mask uintptr)
	// packTile packs a tile of A into depth dense columns; nil where the tiles read A in place.
	packTile func(k int, src *float32, rowStride, kStride uintptr, dst *float32, rows int)
}

// A thread gets up to partsEach parts, so that the threads end at about the same
// time, but no part below partWork multiply-adds, some two microseconds of work.
const (
	partsEach = 16
	partWork  = 1 << 17
)

// packDepth is the least number of k's that are worth a packing job of their own.
const packDepth = 128

// ownA is the number of elements of A that stay in a core's own cache while
// all strips of B pass by.
const ownA = 1 << 17

// phase is what the job under way does.
type phase int

const (
	pack     phase = iota // strips of B, tiles of A
	multiply              // parts of C
	both                  // each part packs strips of B and multiplies A by them
)

// product is one matrix product under way. It runs, for each block of k, two
// jobs on the pool, packing strips of B (and tiles of A) and multiplying, or one
// job where every thread can keep to strips of its own. Rows and columns are
// shared out, never k, so the sharing leaves no trace in the bits.
type product struct {
	MatMul
	kernels *Kernels
	gemm    *gemm

	packedA, packedB, edges []float32
	full, last              [16]uintptr // offsets for packColumns: a full block of B's rows, the last one

	tiles, strips          int // of the whole product
	rowGroups, stripGroups int // how many parts down and across
	chunks                 int // packing jobs of one strip
	block                  int // length of the blocks of k
	first, depth           int // the block of k under way
	phase                  phase
}

// run carries out a product.
func (q *product) run(p *pool.Pool, k *Kernels, m *MatMul) {
	q.begin(p.Threads(), k, m)
	for q.first = 0; ; q.first += q.block {
		q.depth = min(q.block, q.K-q.first)
		if packs := q.packing(p.Threads()); packs > 0 {
			p.Do(packs, q)
		}
		p.Do(q.multiplying(p.Threads()), q)
		if q.first+q.depth >= q.K {
			break
		}
	}
	q.MatMul = MatMul{} // the workspace must not keep the caller's memory alive
}

// begin plans a product and makes room for it.
func (q *product) begin(threads int, k *Kernels, m *MatMul) {
	q.MatMul, q.kernels, q.gemm = *m, k, k.gemm
	if m.K == 0 {
		// Nothing of A and B is read, so that both may be nil.
		q.A, q.B, q.LDA, q.LDB, q.TransA = nil, nil, 0, 0, false
	}
	q.plan(threads)
	g := q.gemm
	blocks := max(1, (q.K+g.depth-1)/g.depth)
	q.block = ((q.K+blocks-1)/blocks + 15) &^ 15
	q.packedB = grow(q.packedB, q.strips*g.columns*max(1, q.block))
	q.packedA = grow(q.packedA, q.packedTiles()*g.rows*max(1, q.block))
	if !g.masked {
		q.edges = grow(q.edges, max(q.strips, q.rowGroups*q.stripGroups)*g.rows*g.columns)
	}
	q.first, q.depth = 0, min(q.block, q.K)
}

// packing makes the block of k ready to be packed, and says in how many parts: none where that is a part of multiplying.
func (q *product) packing(threads int) (parts int) {
	if q.depth == 0 || q.apart(threads) {
		return 0
	}
	q.chunks, q.phase = min((q.depth+packDepth-1)/packDepth, (4*threads+q.strips-1)/q.strips), pack
	return q.strips*q.chunks + q.packedTiles()
}

// multiplying makes the block of k ready to be multiplied, and says in how many parts.
func (q *product) multiplying(threads int) (parts int) {
	if !q.apart(threads) {
		q.phase = multiply
		return q.rowGroups * q.stripGroups
	}
	q.chunks, q.phase, q.stripGroups = 1, both, q.strips
	if q.Epilogue != None {
		q.stripGroups = min(q.strips, 4*threads) // an epilogue takes a longer piece of a row at a time
	}
	return q.stripGroups
}

// plan cuts C into tiles and the tiles into parts.
func (q *product) plan(threads int) {
	g := q.gemm
	q.tiles = (q.M + g.rows - 1) / g.rows
	q.strips = (q.N + g.columns - 1) / g.columns
	parts := 1
	if threads > 1 {
		parts = max(1, min(partsEach*threads, q.M*q.N*q.K/partWork))
	}
	q.rowGroups = (q.tiles + g.group - 1) / g.group
	if q.rowGroups*q.strips < parts {
		q.rowGroups = min(q.tiles, (parts+q.strips-1)/q.strips)
	}
	q.stripGroups = min(q.strips, (parts+q.rowGroups-1)/q.rowGroups)
	if q.TransB {
		rest := q.N % g.block
		for i := range g.block {
			q.full[i] = uintptr(4 * i * q.LDB)
			q.last[i] = uintptr(4 * min(i, max(0, rest-1)) * q.LDB)
		}
	}
}

// apart says whether each thread should keep to strips of its own. That saves
// a meeting of the threads and their reading what another has packed, but it
// takes an A that stays in cache and strips that can be shared out evenly.
func (q *product) apart(threads int) bool {
	turns := (q.strips + threads - 1) / threads
	return threads > 1 && q.gemm.packTile == nil && q.block > 0 && q.M*q.block <= ownA && 10*turns*threads <= 11*q.strips
}

// packedTiles is the number of tiles of A to pack.
func (q *product) packedTiles() int {
	if q.gemm.packTile == nil {
		return 0
	}
	return q.tiles
}

// Run does one part of the job under way.
func (q *product) Run(part int) {
	switch {
	case q.phase == both:
		from, to := q.strips*part/q.stripGroups, q.strips*(part+1)/q.stripGroups
		for s := from; s < to; s++ {
			q.packStrip(s, 0)
		}
		q.multiply(part, 0, q.tiles, from, to)
	case q.phase == multiply:
		down, across := part/q.stripGroups, part%q.stripGroups
		q.multiply(part, q.tiles*down/q.rowGroups, q.tiles*(down+1)/q.rowGroups,
			q.strips*across/q.stripGroups, q.strips*(across+1)/q.stripGroups)
	case part < q.strips*q.chunks:
		q.packStrip(part/q.chunks, part%q.chunks)
	default:
		q.packTile(part - q.strips*q.chunks)
	}
}

// strip gives a strip's first column, its valid columns and its width in memory.
func (q *product) strip(s int) (column, valid, width int) {
	g := q.gemm
	column = s * g.columns
	valid = min(g.columns, q.N-column)
	if width = g.columns; valid <= g.narrow {
		width = g.narrow
	}
	return column, valid, width
}

// packStrip lays one chunk of a strip of op(B) out as dense rows.
func (q *product) packStrip(s, chunk int) {
	g := q.gemm
	column, valid, width := q.strip(s)
	blocks := (q.depth + g.block - 1) / g.block
	from, to := blocks*chunk/q.chunks*g.block, min(q.depth, blocks*(chunk+1)/q.chunks*g.block)
	if from >= to {
		return
	}
	dst := q.packedB[s*g.columns*q.depth+from*width:]
	if !q.TransB {
		packRows := g.packRows
		if width < g.columns {
			packRows = g.packNarrow
		}
		packRows(to-from, at(q.B, (q.first+from)*q.LDB+column), uintptr(4*q.LDB), at(dst, 0), g.mask(valid))
		return
	}
	tail := g.mask((to - from) % g.block)
	for i := 0; i < valid; i += g.block {
		offsets := &q.full[0]
		if valid-i < g.block {
			offsets = &q.last[0]
		}
		g.packColumns(to-from, at(q.B, (column+i)*q.LDB+q.first+from), offsets, at(dst, i), uintptr(4*width), tail)
	}
}

// tile gives the rows of tile t: all tiles are as equal as they can be.
func (q *product) tile(t int) (from, to int) {
	return q.M * t / q.tiles, q.M * (t + 1) / q.tiles
}

// left is where the elements of A for the rows from one on start, and how far
// apart its rows and its k's are.
func (q *product) left(from int) (a *float32, rowStride, kStride uintptr) {
	if q.TransA {
		return at(q.A, q.first*q.LDA+from), 4, uintptr(4 * q.LDA)
	}
	return at(q.A, from*q.LDA+q.first), uintptr(4 * q.LDA), 4
}

func (q *product) packTile(t int) {
	from, to := q.tile(t)
	a, rowStride, kStride := q.left(from)
	q.gemm.packTile(q.depth, a, rowStride, kStride, at(q.packedA, t*q.gemm.rows*q.depth), to-from)
}

// multiply computes the tiles t0 to t1 of the strips s0 to s1.
func (q *product) multiply(part, t0, t1, s0, s1 int) {
	for s := s0; s < s1; s++ {
		for t := t0; t < t1; t++ {
			q.multiplyTile(part, t, s)
		}
	}
	if q.Epilogue == None || q.first+q.depth < q.K {
		return
	}
	from, _ := q.tile(t0)
	_, to := q.tile(t1 - 1)
	left, right := s0*q.gemm.columns, min(q.N, s1*q.gemm.columns)
	for i := from; i < to; i++ {
		q.finish(i, left, right)
	}
}

// finish applies the epilogue to some columns of a row.
func (q *product) finish(i, left, right int) {
	row := q.C[i*q.LDC+left : i*q.LDC+right]
	switch q.Epilogue {
	case Derivative:
		q.kernels.ActGrad(q.Activation, row, row, q.From[i*q.N+left:i*q.N+right])
	case BiasTable:
		q.kernels.AddTo(row, q.Bias[left:right])
		q.kernels.AddAct(q.Activation, row, row, q.Table(i)[left:right])
	default:
		q.kernels.finish(q.Epilogue, row, q.Bias[left:right])
	}
}

func (q *product) multiplyTile(part, t, s int) {
	g := q.gemm
	from, to := q.tile(t)
	column, valid, width := q.strip(s)
	a, rowStride, kStride := q.left(from)
	if g.packTile != nil {
		a = at(q.packedA, t*g.rows*q.depth)
	}
	tiles := g.tiles
	if width < g.columns {
		tiles = g.narrowTiles
	}
	tile, b := tiles[to-from-1], at(q.packedB, s*g.columns*q.depth)
	accumulate := uintptr(0)
	if q.Accumulate || q.first > 0 {
		accumulate = 1
	}
	c, next := q.C[from*q.LDC+column:], at(q.C, to%q.M*q.LDC+column)
	if g.masked || valid == width && (to-from == g.rows || g.packTile == nil) {
		tile(q.depth, a, rowStride, kStride, b, at(c, 0), uintptr(4*q.LDC), accumulate, g.mask(valid), next)
		return
	}
	// A tile at the edge is computed beside C, since these kernels store whole tiles.
	edge := q.edges[part*g.rows*g.columns:][:g.rows*g.columns]
	if accumulate != 0 {
		for i := range to - from {
			copy(edge[i*width:], c[i*q.LDC:][:valid])
		}
	}
	tile(q.depth, a, rowStride, kStride, b, at(edge, 0), uintptr(4*width), accumulate, 0, next)
	for i := range to - from {
		copy(c[i*q.LDC:][:valid], edge[i*width:])
	}
}

// grow gives a slice of n elements that starts at a cache line, the same one while it is long enough.
func grow(s []float32, n int) []float32 {
	if cap(s) >= n {
		return s[:n]
	}
	const line = 64
	s = make([]float32, n+line/4)
	misplaced := int(uintptr(unsafe.Pointer(unsafe.SliceData(s))) % line)
	return s[(line-misplaced)%line/4:][:n]
}
