package cpu

import (
	"ssdgm/engine/cpu/pool"
	"ssdgm/engine/cpu/simd"
)

// fast is the device with a kernel for every step that is worth one; the others
// take less than a hundredth of a training step, and are the reference's. A step
// fills in its job, which lives as long as the device so that nothing is
// allocated, and runs it in parts.
type fast struct {
	*portable
	jobs      jobs
	addresses map[shape]*addresses

	scratch   []float32            // of the parts of the job under way
	words     []uint32             // likewise
	sums      []float64            // of squares: one for each part
	constants []simd.UpdateOptions // one for each replica
}

// jobs are the steps' arguments while they run.
type jobs struct {
	expand       expandJob
	expandGrad   expandGradJob
	add          addJob
	addGrad      addGradJob
	sample       sampleJob
	sampleGrad   sampleGradJob
	gather       gatherJob
	pixels       pixelsJob
	weights      weightsJob
	marginal     marginalJob
	entropy      entropyJob
	minibatch    minibatchJob
	bernoulli    bernoulliJob
	gaussian     gaussianJob
	sumOfSquares sumOfSquaresJob
	update       updateJob
}

func newFast(base *portable) *fast {
	return &fast{
		portable:  base,
		addresses: map[shape]*addresses{},
		constants: make([]simd.UpdateOptions, base.Replicas()),
	}
}

// blocks cuts the items of every replica (rows, columns or elements) into equal
// blocks; a part of a job is one block of one replica.
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
)

// cut makes blocks for the pool's threads. weight is the number of elements that
// an item stands for. More parts than threads let the threads end together.
func (d *fast) cut(items, weight, unit int) blocks {
	parts := 1
	if d.pool.Threads() > 1 {
		parts = (4*d.pool.Threads() + d.Replicas() - 1) / d.Replicas()
	}
	parts = max(1, min(parts, items*weight/grain))
	each := (items + parts - 1) / parts
	each = max(unit, (each+unit-1)/unit*unit)
	return blocks{items: items, each: each, count: (items + each - 1) / each, weight: weight}
}

// at is the replica of a part, and its items.
func (b blocks) at(part int) (replica, from, to int) {
	block := part % b.count
	return part / b.count, block * b.each, min(b.items, (block+1)*b.each)
}

// run runs a job over the blocks, on this thread alone if the whole is not worth
// waking the others.
func (d *fast) run(b blocks, job pool.Job) {
	p := d.pool
	if d.Replicas()*b.items*b.weight < 2*grain {
		p = nil
	}
	p.Do(d.Replicas()*b.count, job)
}

// needScratch makes the parts' scratch memory long enough for a step's shape.
func (d *fast) needScratch(n int) {
	if len(d.scratch) < n {
		d.scratch = make([]float32, n)
	}
}
