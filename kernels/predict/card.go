// Package predict foretells how long launches take on a card, and a program of them, without one. It is a model of few
// constants and no table of measurements: a node of a graph, rounds of memory that wait for one another, blocks that
// share a multiprocessor or wait for one, arithmetic, and bytes. MODEL.md beside the record of the card
// (scripts/gpucheck/records/2026-11-27-h200) says what it is held to and where it is off.
package predict

import (
	"math"
	"math/bits"
)

// Card is what the model knows of a card. Times are µs, and rates are of a µs.
type Card struct {
	Name            string
	Multiprocessors int
	Cycles          float64    // a multiprocessor's, in a µs
	SharedBytes     int        // shared memory of a multiprocessor
	CacheBytes      float64    // what the L2 cache holds
	Nodes           []NodeTime // by their number of blocks
	Costs
}

// NodeTime is what a node costs that waits for the one before it in a graph, reads a number and writes it.
type NodeTime struct {
	Blocks int
	Time   float64
}

// Costs are what is fitted to a card's record of 'ssdgm bench --parts', by scripts/fitmodel.
type Costs struct {
	Start float64 // of a node of ours beside one that does nothing: parameters, code, and where a graph ends

	// Of the longest thread's path. The first round of loads is in the node.
	Load float64 // a round of loads
	Sum  float64 // a sum over a warp
	Draw float64 // four normals
	Slow float64 // a power or root of doubles, a division of 64 bits
	Last float64 // the last block, which waits for all others' numbers and reads them

	// Of an element, in a multiprocessor's cycles.
	Item     float64 // its load and store
	Math     float64 // a function of it
	DrawItem float64 // a normal

	CacheRate  float64 // bytes that the multiprocessors read and write in L2
	MemoryRate float64 // bytes between L2 and memory

	// Of a block of a product, whatever else is on its multiprocessor.
	Block  float64 // its first panels, and its tile on the way out
	Panel  float64 // a panel's copies and barriers, where they are waited for
	Narrow float64 // what a panel takes longer where copies are of two floats
	Split  float64 // the block that adds up what others have left
	Chain  float64 // cycles of a thread for each of its multiply-adds, which wait for one another

	Busy        Tiles   // the share of a multiprocessor's 128 multiply-adds a cycle that blocks of a tile make use of
	Matrix      Tiles   // on the matrix units the same, in multiples of 128 a cycle
	MatrixChain float64 // how many multiply-adds of a thread are one there
}

// Tiles is a number for each tile: of 32, 64 and 128 rows.
type Tiles [3]float64

// of is that of a tile with so many rows.
func (t Tiles) of(side int) float64 { return t[bits.TrailingZeros(uint(side/32))] }

// H200 is an NVIDIA H200. What a node costs is latencies.jsonl's, the mean of 128 and 256 threads; clock, shared memory
// and cache are the driver's.
var H200 = Card{
	Name: "NVIDIA H200", Multiprocessors: 132, Cycles: 1980, SharedBytes: 228 << 10, CacheBytes: 60 << 20,
	Nodes: []NodeTime{{1, 0.815}, {132, 0.965}, {528, 1.055}},
	Costs: Costs{
		Start: 0.203, Load: 0.310, Sum: 0.250, Draw: 0.706, Slow: 0.926, Last: 1.34,
		Item: 0.443, Math: 0.138, DrawItem: 0.462,
		CacheRate: 7.92e6, MemoryRate: 4.08e6,
		Block: 1.63, Panel: 0.178, Narrow: 0.238, Split: 1.80, Chain: 1.09, Busy: Tiles{0.451, 0.479, 0.727},
		Matrix: Tiles{0.615, 1.05, 1.8}, MatrixChain: 8.67,
	},
}

// With is the card with another number of multiprocessors, and all else as it is.
func (c Card) With(multiprocessors int) Card {
	c.Multiprocessors = multiprocessors
	return c
}

// node is what a node of so many blocks costs: measured ones, and between them by the number's logarithm.
func (c *Card) node(blocks int) float64 {
	before := c.Nodes[0]
	for _, n := range c.Nodes {
		if blocks <= n.Blocks {
			if n == before {
				return n.Time
			}
			way := math.Log(float64(blocks)/float64(before.Blocks)) / math.Log(float64(n.Blocks)/float64(before.Blocks))
			return before.Time + way*(n.Time-before.Time)
		}
		before = n
	}
	return before.Time
}

// bytes is how long it takes to move some, of arrays that take so much memory.
func (c *Card) bytes(moved, held float64) float64 {
	if held < c.CacheBytes {
		return moved / c.CacheRate
	}
	return moved / c.MemoryRate
}
