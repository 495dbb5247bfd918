package kernels

import (
	"fmt"

	"ssdgm/engine"
)

// blockThreads is the size of a block whose threads or teams know nothing of one
// another: small, so that a minibatch of a hundred rows spreads over the card.
const blockThreads = 128

// Most threads of a team: a warp where its sums stay inside one, a block of
// eight warps for a row of pixels.
const (
	warpTeam = 32
	rowTeam  = 256
)

// flat is one thread for each of n items.
func flat(n, replicas int) (grid, block size) {
	return size{ceilDiv(n, blockThreads), 1, replicas}, size{blockThreads, 1, 1}
}

// teams is one team of threads for each row: as many threads as the row has
// pieces, rounded up to a power of two, and at most limit. That depends on a row's
// length alone, so that a sum over a row has the same order however many rows
// or replicas there are.
func teams(rows, pieces, limit, replicas int) (grid, block size) {
	team := 1
	for team < pieces && team < limit {
		team *= 2
	}
	perBlock := max(blockThreads/team, 1)
	return size{ceilDiv(rows, perBlock), 1, replicas}, size{team, perBlock, 1}
}

// fours is how many pieces of four elements, one for a thread, a row has.
func fours(width int) int { return ceilDiv(width, 4) }

// checkPairs panics where a row's number does not fit the kernels' 32-bit division.
func checkPairs(kernel string, p engine.Pairs) {
	if rows := p.SampleRows(); rows > maxGridX {
		panic(fmt.Sprintf("kernels: %s: %d rows, at most %d", kernel, rows, maxGridX))
	}
}
