package kernels

// Fetched are rows of images that a step before has brought to the card. Whether they
// are what a minibatch needs is told by the index they were fetched for.
type Fetched struct {
	Rows  Array // bytes, [batch, width]
	Index Array // [batch]
}

// FetchPixels launches the copy of the images in an index of batch elements, which
// lie on the host, to the card.
func FetchPixels(replicas int, f Fetched, images Array, batch, width int) Launch {
	const piece = 16 // bytes
	grid, block := teams(batch, ceilDiv(width, piece), rowTeam, replicas)
	return launch("fetch_pixels", grid, block, f.Rows, images, f.Index, batch, width)
}

// NextClock launches what counts one step ahead of a clock.
func NextClock(next, clock Array) Launch {
	return launch("next_clock", size{1, 1, 1}, size{warpTeam, 1, 1}, next, clock)
}
