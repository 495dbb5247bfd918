package kernels

import "ssdgm/engine"

// maxPool is the longest pool that noise.Permutation can order.
const maxPool = 1 << 30

// input launches the steps that choose and fetch examples.
func (b *Builder) input(step engine.Step) (Launch, bool) {
	switch s := step.(type) {
	case Begin:
		return b.begin(s), true
	case engine.Minibatch:
		return b.minibatch(s), true
	case engine.GatherPixels:
		return b.gatherPixels(GatherFetched{GatherPixels: s}), true
	case GatherFetched:
		return b.gatherPixels(s), true
	case FetchPixels:
		const piece = 16 // bytes
		grid, block := teams(s.Index.Len, ceilDiv(s.Width, piece), rowTeam, b.Replicas)
		return launch(grid, block, fetchPixelsArguments{
			fetched: b.bytesIn(s.Rows), images: b.Bytes(s.Images), index: b.Ints(s.Index), batch: s.Index.Len, width: s.Width,
		}), true
	case NextClock:
		return launch(size{1, 1, 1}, size{warpTeam, 1, 1}, nextClockArguments{next: b.Ints(s.Next), clock: b.Ints(s.Clock)}), true
	case engine.GatherFloats:
		grid, block := teams(s.Index.Len, fours(s.Width), rowTeam, b.Replicas)
		return launch(grid, block, gatherFloatsArguments{
			dst: b.Floats(s.Dst), rows: b.Floats(s.Rows), index: b.Ints(s.Index), batch: s.Index.Len, width: s.Width,
		}), true
	case engine.ZeroMissing:
		grid, block := flat(fours(s.N), b.Replicas)
		return launch(grid, block, zeroMissingArguments{dst: b.Floats(s.Dst), x: b.Floats(s.X), n: s.N}), true
	case engine.GatherGaussian:
		grid, block := teams(s.Index.Len, fours(s.Width), rowTeam, b.Replicas)
		return launch(grid, block, gatherGaussianArguments{
			dst: b.Floats(s.Dst), index: b.Ints(s.Index), batch: s.Index.Len, gaussians: b.gaussians(s),
		}), true
	case engine.GatherLabels:
		grid, block := flat(s.Index.Len, b.Replicas)
		return launch(grid, block, gatherLabelsArguments{
			dst: b.Ints(s.Dst), labels: b.Ints(s.Labels), index: b.Ints(s.Index), batch: s.Index.Len,
		}), true
	default:
		return Launch{}, false
	}
}

func (b *Builder) minibatch(s engine.Minibatch) Launch {
	grid, block := flat(s.Index.Len, b.Replicas)
	return launch(grid, block, minibatchArguments{index: b.Ints(s.Index), draw: b.draw(s)})
}

func (b *Builder) gatherPixels(s GatherFetched) Launch {
	grid, block := teams(s.Index.Len, fours(s.Width), rowTeam, b.Replicas)
	return launch(grid, block, gatherPixelsArguments{
		dst: b.Floats(s.Dst), index: b.Ints(s.Index), batch: s.Index.Len, pixels: b.pixels(s),
	})
}

// bytesIn is an array of floats as the bytes that it holds.
func (b *Builder) bytesIn(a engine.Floats) Bytes {
	f := b.Floats(a)
	return Bytes{Ptr: f.Ptr, Stride: 4 * f.Stride}
}
