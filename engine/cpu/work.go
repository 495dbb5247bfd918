package cpu

import (
	"ssdgm/engine"
	"ssdgm/engine/cpu/pool"
)

// fast is the device of one replica with a kernel for every step that is worth one; the others
// take less than a hundredth of a training step, and are the reference's. A step
// compiles to a job, whose slices are looked up once, and runs it in parts.
type fast struct {
	*portable
	addresses map[shape]*addresses

	scratch []float32 // of the parts of the job under way
	words   []uint32  // likewise
	sums    []float64 // of squares: one for each part
}

func newFast(base *portable) *fast {
	return &fast{portable: base, addresses: map[shape]*addresses{}}
}

// Compile implements engine.Device.
func (d *fast) Compile(steps []engine.Step) engine.Program { return compile(d, steps) }

func (d *fast) fuse(steps []engine.Step) []engine.Step { return fuse(steps) }

// compile is the step as a job, or as the reference takes it.
func (d *fast) compile(step engine.Step) func() {
	for _, kind := range []func(engine.Step) func(){d.layerStep, d.latentStep, d.labelStep, d.inputStep, d.optimiserStep} {
		if take := kind(step); take != nil {
			return take
		}
	}
	return d.portable.compile(step)
}

// job is work over blocks.
func (d *fast) job(b blocks, j pool.Job) func() { return func() { d.run(b, j) } }

// blocks cuts a step's items (rows, columns or elements) into equal blocks; a part
// of a job is one block.
type blocks struct {
	items, each, count int
	weight             int // of an item, in elements
}

const (
	// grain is the least number of elements that are worth a part of their own:
	// some microseconds of work, against one or two to hand a part over.
	grain = 8 << 10
	// line is the number of floats in a cache line, which two threads should not
	// both write.
	line = 16
	// strip is the least width of a block of columns, so that a row of it is
	// worth the call of a kernel.
	strip = 4 * line
	// cached is the number of elements that the caches hold while a step goes over them.
	cached = 1 << 20
)

// cut makes blocks for the pool's threads. weight is the number of elements that
// an item stands for. More parts than threads let the threads end together.
func (d *fast) cut(items, weight, unit int) blocks {
	parts := 1
	if d.pool.Threads() > 1 {
		parts = 4 * d.pool.Threads()
	}
	parts = max(1, min(parts, items*weight/grain))
	each := (items + parts - 1) / parts
	each = max(unit, (each+unit-1)/unit*unit)
	return blocks{items: items, each: each, count: (items + each - 1) / each, weight: weight}
}

// cutColumns makes blocks of columns of some rows. Where a matrix does not fit the caches there is one block for each thread,
// as each row of a narrow strip lies on a page of its own, and none of it is fetched ahead.
func (d *fast) cutColumns(width, rows int) blocks {
	if width*rows < cached {
		return d.cut(width, rows, strip)
	}
	parts := max(1, min(d.pool.Threads(), width*rows/grain))
	each := max(strip, ((width+parts-1)/parts+line-1)/line*line)
	return blocks{items: width, each: each, count: (width + each - 1) / each, weight: rows}
}

// at is the items of a part.
func (b blocks) at(part int) (from, to int) {
	return part * b.each, min(b.items, (part+1)*b.each)
}

// run runs a job over the blocks, on this thread alone if the whole is not worth
// waking the others.
func (d *fast) run(b blocks, job pool.Job) {
	p := d.pool
	if b.items*b.weight < 2*grain {
		p = nil
	}
	p.Do(b.count, job)
}

// needScratch makes the parts' scratch memory long enough for a step's shape.
func (d *fast) needScratch(n int) {
	if len(d.scratch) < n {
		d.scratch = make([]float32, n)
	}
}
