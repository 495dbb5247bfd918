package kernels

import "ssdgm/engine"

// How many checks and sums Books has at most, and how long they are: a block takes a check or a sum on
// by itself, and a sum has no more than one block gets where it is alone.
const (
	MostChecks    = 6
	MostSums      = 8
	LongestCheck  = 4 * reduceElements
	LongestInBook = reduceElements
)

// Books is checks, in their order, and beside them sums that have nothing to do with one another. What is not
// there is zero.
type Books struct {
	Checks [MostChecks]engine.CheckFinite // of one fault latch, by one clock
	Sums   [MostSums]engine.AddSum
}

// Args implements engine.Step.
func (s Books) Args(v engine.Visitor) {
	for _, c := range s.Checks {
		if !c.Values.IsNil() {
			c.Args(v)
		}
	}
	for _, a := range s.Sums {
		if !a.X.IsNil() {
			a.Args(v)
		}
	}
}

// Cost implements engine.Step.
func (Books) Cost(int) engine.Cost { return engine.Cost{} }

// Check is engine.CheckFinite with its arrays resolved, the latch and the clock aside.
type Check struct {
	Values  Floats
	N, Site int
}

// Checks are those of Books.
type Checks struct{ A, B, C, D, E, F Check }

// Sum is engine.AddSum with its arrays resolved.
type Sum struct {
	Sum       Doubles
	X, Weight Floats
	N         int
}

// Sums are those of Books.
type Sums struct{ A, B, C, D, E, F, G, H Sum }

// books launches Books: the first block owns the checks, each other block a sum.
func (b *Builder) books(s Books) Launch {
	check := func(i int) Check {
		c := s.Checks[i]
		return Check{Values: b.Floats(c.Values), N: c.Values.Len, Site: int(c.Site)}
	}
	blocks := 1
	sum := func(i int) Sum {
		a := s.Sums[i]
		if !a.X.IsNil() {
			blocks = i + 2
		}
		return Sum{Sum: b.Doubles(a.Sum), X: b.Floats(a.X), Weight: b.Floats(a.Weight), N: a.X.Len}
	}
	args := keepBooksArguments{
		fault: b.Ints(s.Checks[0].Fault), clock: b.Ints(s.Checks[0].Clock),
		checks: Checks{check(0), check(1), check(2), check(3), check(4), check(5)},
		sums:   Sums{sum(0), sum(1), sum(2), sum(3), sum(4), sum(5), sum(6), sum(7)},
	}
	return launch(size{blocks, 1, b.Replicas}, size{reduceThreads, 1, 1}, args)
}
