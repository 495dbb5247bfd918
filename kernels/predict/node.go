package predict

import "ssdgm/kernels"

// Node is a launch as a node of a graph, and what it moves.
type Node struct {
	Kernel      string
	Grid, Block [3]uint32
	Shared      uint32          `json:",omitempty"`
	Scratch     bool            `json:",omitempty"` // its last block adds up what others have left, if there are any
	Shares      []kernels.Share `json:",omitempty"`
	Read        float64         // bytes, and of all replicas, like the next three
	Written     float64
	Held        float64 // bytes of the arrays
	Items       float64 // elements of the longest array that it writes, or half of what it reads
	Lane        int     `json:",omitempty"` // it comes after the nodes before it of its lane
	After       []int   `json:",omitempty"` // and after these of others
}

// NewNode is the node of a launch, without what it moves.
func NewNode(l kernels.Launch) Node {
	return Node{Kernel: l.Kernel, Grid: l.Grid, Block: l.Block, Shared: l.Shared, Scratch: l.Scratch, Shares: l.Shares}
}

// blocks is how many there are.
func (n *Node) blocks() int { return int(n.Grid[0]) * int(n.Grid[1]) * int(n.Grid[2]) }

// threads is how many a block has.
func (n *Node) threads() int { return int(n.Block[0]) * int(n.Block[1]) * int(n.Block[2]) }

// Node is how many µs a node takes that waits for the one before it.
func (c *Card) Node(n Node) float64 {
	work := c.items(&n)
	if len(n.Shares) > 0 {
		work = c.products(&n)
	}
	return c.node(n.blocks()) + c.Start + work
}

// Program is how many µs the nodes of a program take: its critical path. That nodes share the card with those of other
// lanes counts nothing.
func (c *Card) Program(nodes []Node) float64 {
	total, _ := c.Path(nodes)
	return total
}

// Path is how many µs the nodes of a program take, and which of them are on its critical path.
func (c *Card) Path(nodes []Node) (total float64, on []bool) {
	ends, before := make([]float64, len(nodes)), make([]int, len(nodes))
	lanes, latest := map[int]int{}, -1 // a lane's last node, counted from 1
	for i, n := range nodes {
		start, from := 0.0, -1
		for _, j := range append([]int{lanes[n.Lane] - 1}, n.After...) {
			if j >= 0 && ends[j] > start {
				start, from = ends[j], j
			}
		}
		ends[i], before[i], lanes[n.Lane] = start+c.Node(n), from, i+1
		if latest < 0 || ends[i] > ends[latest] {
			latest = i
		}
	}
	on = make([]bool, len(nodes))
	for i := latest; i >= 0; i = before[i] {
		on[i], total = true, max(total, ends[i])
	}
	return total, on
}
