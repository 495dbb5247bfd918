package cuda

import (
	"ssdgm/engine"
	"ssdgm/kernels"
)

// beginning: what chooses and fetches a step's examples is little work in three to six launches, each of which
// waits for the one before.
func beginning(steps []engine.Step) ([]engine.Step, int) {
	var s kernels.Begin
	n := begins(&s, steps)
	if n == 0 {
		return nil, 0
	}
	for ; n < len(steps); n++ {
		switch it := steps[n].(type) {
		case engine.GatherLabels:
			if !s.Labels.Dst.IsNil() || !within(it.Index, s.Draws) {
				return complete(s, n)
			}
			s.Labels = it
		case engine.GatherPixels, kernels.GatherFetched, engine.GatherGaussian:
			if s.Gather != nil || !gathers(it, s) {
				return complete(s, n)
			}
			s.Gather = it
		default:
			return complete(s, n)
		}
	}
	return complete(s, n)
}

// complete is a beginning that has its gather.
func complete(s kernels.Begin, n int) ([]engine.Step, int) {
	if s.Gather == nil {
		return nil, 0
	}
	return []engine.Step{s}, n
}

// begins takes on one or two of BeginStep, and one or two minibatches by the first one's clock whose places follow one
// another. It gives how many steps that are; 0 where there are none, or where their arrays overlap.
func begins(s *kernels.Begin, steps []engine.Step) (n int) {
	begun, drawn := 0, 0
	for ; n < len(steps); n++ {
		switch it := steps[n].(type) {
		case engine.BeginStep:
			if begun == len(s.Steps) || drawn > 0 {
				return 0
			}
			s.Steps[begun] = it
			begun++
			continue
		case engine.Minibatch:
			if it.Index.Len == 0 {
				continue
			}
			if begun == 0 || drawn == len(s.Draws) || it.Noise.Clock != s.Steps[0].Clock {
				return 0
			}
			if drawn == 1 && !follows(s.Draws[0].Index, it.Index) {
				return 0
			}
			s.Draws[drawn] = it
			drawn++
			continue
		}
		break
	}
	if drawn == 0 || begun == 2 && conflict(touches(s.Steps[0]), touches(s.Steps[1])) {
		return 0
	}
	return n
}

// follows tells whether b begins where a ends.
func follows(a, b engine.Ints) bool {
	return a.Block == b.Block && a.Offset+a.Len == b.Offset && a.Stride == b.Stride
}

// within tells whether an index begins with the draws' places, and has no more of them.
func within(index engine.Ints, draws [2]engine.Minibatch) bool {
	first := draws[0].Index
	return index.Block == first.Block && index.Offset == first.Offset && index.Stride == first.Stride &&
		index.Len <= first.Len+draws[1].Index.Len
}

// gathers tells whether a gather takes all that has been drawn, with noise of the step that has begun.
func gathers(step engine.Step, s kernels.Begin) bool {
	var index engine.Ints
	var clock engine.Ints
	switch g := step.(type) {
	case engine.GatherPixels:
		return gathers(kernels.GatherFetched{GatherPixels: g}, s)
	case kernels.GatherFetched:
		if index = g.Index; g.Binarise != engine.BinariseNone {
			clock = g.Noise.Clock
		}
	case engine.GatherGaussian:
		if index = g.Index; g.Sample {
			clock = g.Noise.Clock
		}
	}
	return within(index, s.Draws) && index.Len == s.Draws[0].Index.Len+s.Draws[1].Index.Len &&
		(clock.IsNil() || clock == s.Steps[0].Clock)
}

// books: checks and sums are small, and what waits for one of them can wait for all.
func books(steps []engine.Step) ([]engine.Step, int) {
	var s kernels.Books
	checks, sums, n := 0, 0, 0
	for ; n < len(steps); n++ {
		switch it := steps[n].(type) {
		case engine.CheckFinite:
			first := s.Checks[0]
			if checks < len(s.Checks) && it.Values.Len > 0 && it.Values.Len <= kernels.LongestCheck &&
				(checks == 0 || it.Fault == first.Fault && it.Clock == first.Clock) {
				s.Checks[checks] = it
				checks++
				continue
			}
		case engine.AddSum:
			if sums < len(s.Sums) && it.X.Len > 0 && it.X.Len <= kernels.LongestInBook && !inBooks(it.Sum, s) {
				s.Sums[sums] = it
				sums++
				continue
			}
		}
		break
	}
	if n < 2 {
		return nil, 0
	}
	return []engine.Step{s}, n
}

// inBooks tells whether a sum is there already: what it adds first decides its bits.
func inBooks(sum engine.Doubles, s kernels.Books) bool {
	for _, other := range s.Sums {
		if sum.View().Overlaps(other.Sum.View()) {
			return true
		}
	}
	return false
}
