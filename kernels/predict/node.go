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
	Aside       bool    `json:",omitempty"` // it goes beside the nodes after it, up to the program's end
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

// Program is how many µs the nodes of a program take: its critical path. Those aside wait for what stands before them,
// in their order, and the program ends when both paths have. That they share the card with the others counts nothing.
func (c *Card) Program(nodes []Node) float64 {
	var path, aside float64
	for _, n := range nodes {
		if n.Aside {
			aside = max(aside, path) + c.Node(n)
		} else {
			path += c.Node(n)
		}
	}
	return max(path, aside)
}
