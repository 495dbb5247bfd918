package cuda

import (
	"ssdgm/engine"
	"ssdgm/kernels"
)

// Which examples a step needs is known a step ahead: a minibatch is a function of
// the clock. So where a data set stays on the host, a program fetches the rows of its
// next step while this one computes, on a branch of the same graph: after the gather,
// which has used up what was fetched before, and until the end of the step. Each
// row comes with its example's number. A gather compares that with the number it
// wants, and reads over the bus what is not there: in a program's first step, and after
// the clock has been set.

// fetch is what one gather of a program has fetched ahead.
type fetch struct {
	images engine.Bytes
	index  engine.Ints   // the examples' numbers, -1 for none
	rows   engine.Floats // their bytes
	clock  engine.Ints   // of the next step
}

// fetchAhead is a gather and what fetches the next step's rows. There is nothing to fetch where the
// images lie on the card, or their index is not minibatches' of the same program.
func (c *compiler) fetchAhead(s engine.GatherPixels, drawn []engine.Minibatch) []engine.Step {
	own := drawnInto(s.Index, drawn)
	if len(own) == 0 || !c.data.isOnHost(s.Images) {
		return []engine.Step{s}
	}
	f := c.data.newFetch(s.Images, s.Index.Len, s.Width)
	steps := []engine.Step{
		kernels.GatherFetched{GatherPixels: s, Rows: f.rows, Fetched: f.index},
		kernels.NextClock{Next: f.clock, Clock: own[0].Noise.Clock},
	}
	for _, m := range own {
		m.Index = f.index.Slice(m.Index.Offset-s.Index.Offset, m.Index.Len)
		m.Noise.Clock = f.clock
		steps = append(steps, m)
	}
	return append(steps, kernels.FetchPixels{Rows: f.rows, Images: s.Images, Index: f.index, Width: s.Width})
}

// drawnInto are the minibatches that fill an index, if they fill all of it.
func drawnInto(index engine.Ints, drawn []engine.Minibatch) (own []engine.Minibatch) {
	rows := 0
	for _, m := range drawn {
		at := m.Index
		if at.Block == index.Block && at.Offset >= index.Offset && at.Offset+at.Len <= index.Offset+index.Len {
			own, rows = append(own, m), rows+at.Len
		}
	}
	if rows != index.Len {
		return nil
	}
	return own
}
