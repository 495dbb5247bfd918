package predict

import (
	"math"
	"slices"

	"ssdgm/kernels"
)

// residentThreads is how many threads of products a multiprocessor holds: BOUNDS in matmul_tile.cuh.
const residentThreads = 512

// blockShared is the shared memory that a block takes beside what it asks for.
const blockShared = 1 << 10

// products is the time of a launch of products: of its blocks, or of its bytes, whichever is longer.
func (c *Card) products(n *Node) float64 {
	var queue []block
	last := 0.0
	for range n.Grid[2] {
		for _, s := range n.Shares {
			queue = append(queue, slices.Repeat([]block{c.block(s, n.threads())}, s.Units)...)
			if s.Split {
				last = c.Split
			}
		}
	}
	most := max(1, min(residentThreads/n.threads(), c.SharedBytes/(int(n.Shared)+blockShared)))
	return max(c.run(queue, most)+last, c.bytes(n.Read+n.Written, n.Held))
}

// block is what a block costs: so long for itself, and so long on its multiprocessor's units, which all there share.
type block struct{ own, busy float64 }

// time is a block's where so many are on its multiprocessor.
func (b block) time(residents int) float64 { return b.own + float64(residents)*b.busy }

// block is one of a product's.
func (c *Card) block(s kernels.Share, threads int) block {
	multiplications := float64(s.Side * s.Side * s.Depth)
	chain, busy := c.Chain*multiplications/float64(threads), c.Busy
	if s.TF32 {
		chain, busy = chain/c.MatrixChain, c.Matrix
	}
	panel := c.Panel + chain/c.Cycles
	if s.Narrow {
		panel += c.Narrow
	}
	panels := math.Ceil(float64(s.K) / float64(s.Depth))
	return block{own: c.Block + panels*panel, busy: panels * multiplications / (128 * busy.of(s.Side) * c.Cycles)}
}

// resident is a block on a multiprocessor, of which a part is left.
type resident struct {
	block
	left float64
}

// multiprocessor is one, up to where it has been followed.
type multiprocessor struct {
	residents []resident
	now       float64
}

// next is when its next block is done.
func (m *multiprocessor) next() float64 {
	next := math.Inf(1)
	for _, r := range m.residents {
		next = min(next, m.now+r.left*r.time(len(m.residents)))
	}
	return next
}

// follow goes on to a time, and lets go of the blocks that are done, or almost.
func (m *multiprocessor) follow(to float64) {
	const almost = 0.01
	n := len(m.residents)
	for i := range m.residents {
		r := &m.residents[i]
		r.left -= (to - m.now) / r.time(n)
	}
	m.residents = slices.DeleteFunc(m.residents, func(r resident) bool { return r.left < almost })
	m.now = to
}

// together is how much later a block may be done to count as done at the same time. Blocks that wait then spread over
// all multiprocessors that have room.
const together = 1.02

// run is how long blocks take, of which each multiprocessor holds so many at most. They start in their order.
func (c *Card) run(queue []block, most int) (end float64) {
	all := make([]*multiprocessor, c.Multiprocessors)
	for i := range all {
		all[i] = &multiprocessor{}
	}
	free := all
	for {
		for len(queue) > 0 {
			m := slices.MinFunc(free, func(a, b *multiprocessor) int { return len(a.residents) - len(b.residents) })
			if len(m.residents) == most {
				break
			}
			m.residents, queue = append(m.residents, resident{queue[0], 1}), queue[1:]
		}
		first := math.Inf(1)
		for _, m := range all {
			first = min(first, m.next())
		}
		if math.IsInf(first, 1) {
			return end
		}
		free = nil
		for _, m := range all {
			if next := m.next(); next <= together*first {
				m.follow(next)
				free, end = append(free, m), max(end, next)
			}
		}
	}
}
