//go:build cuda

package cuda

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/cu"

	"ssdgm/engine"
)

// Where arrays start, and how far the replicas of one are padded, so that every
// replica lies alike and vectors of four load in one go.
const (
	blockAlignment   = 256
	replicaAlignment = 128
)

// An arena asks the driver for ever larger chunks, so that a small model takes
// little and a large one few allocations. What would leave much of a chunk unused
// gets one of its own, in another arena.
const (
	firstChunk   = 1 << 20
	largestChunk = 256 << 20
	ownChunk     = 8 // from one in so many of a chunk on
)

// The arenas.
const (
	sharedArena = iota
	separateArena
	arenaCount
)

// arena is memory that is handed out in order and taken back from the end.
type arena struct {
	separate bool // one chunk for each block
	chunks   []chunk
	now      position
}

// chunk is memory from the driver.
type chunk struct {
	start cu.DevicePtr
	bytes int64
}

// position is how far the arena is used: the chunk that is being filled, counted
// from 1, and its bytes in use. Chunks beyond it are kept for later.
type position struct {
	chunk int
	used  int64
}

// after tells which of two positions is further on.
func (p position) after(q position) bool {
	return p.chunk > q.chunk || p.chunk == q.chunk && p.used > q.used
}

// take hands out some bytes. The context must be current.
func (a *arena) take(bytes int64) (cu.DevicePtr, error) {
	if bytes = max(bytes, 1); !a.separate {
		bytes = roundUp(bytes, blockAlignment)
	}
	if a.now.chunk == 0 || a.separate || a.chunks[a.now.chunk-1].bytes-a.now.used < bytes {
		if err := a.next(bytes); err != nil {
			return 0, err
		}
	}
	start := a.chunks[a.now.chunk-1].start + cu.DevicePtr(a.now.used)
	a.now.used += bytes
	return start, nil
}

// next goes on to a chunk with room for some bytes.
func (a *arena) next(bytes int64) error {
	if kept := a.now.chunk; kept < len(a.chunks) {
		if has := a.chunks[kept].bytes; has == bytes || has > bytes && !a.separate {
			a.now = position{chunk: kept + 1}
			return nil
		}
	}
	if err := a.drop(a.now.chunk); err != nil {
		return err
	}
	size := bytes
	if !a.separate {
		size = max(bytes, a.growth())
	}
	start, err := cu.MemAlloc(size)
	if errors.Is(err, cu.OutOfMemory) && size > bytes {
		size = bytes
		start, err = cu.MemAlloc(size)
	}
	if err != nil {
		return err
	}
	a.chunks = append(a.chunks, chunk{start, size})
	a.now = position{chunk: len(a.chunks)}
	return nil
}

// growth is the size of the next chunk.
func (a *arena) growth() int64 { return min(int64(firstChunk)<<min(len(a.chunks), 30), largestChunk) }

// unused is how many bytes of the chunks are not handed out.
func (a *arena) unused() (bytes int64) {
	for i, c := range a.chunks {
		if i >= a.now.chunk-1 {
			bytes += c.bytes
		}
	}
	if a.now.chunk > 0 {
		bytes -= a.now.used
	}
	return bytes
}

// drop gives the chunks from the given one on back to the driver, which waits for
// the work that uses them.
func (a *arena) drop(from int) error {
	var first error
	for _, c := range a.chunks[from:] {
		if err := cu.MemFree(c.start); err != nil && first == nil {
			first = err
		}
	}
	a.chunks = a.chunks[:from]
	return first
}

// block is an array's memory.
type block struct {
	kind  int
	start uint64
	bytes int64
	arena int      // the one it is in
	end   position // of that, with this block
	host  bool     // page-locked memory of the host, outside of the arenas
}

// The kinds of memory, in engine.Mark's order.
const (
	floatKind = iota
	doubleKind
	intKind
	byteKind
)

var kindNames = [...]string{"floats", "doubles", "integers", "bytes"}

// reserve makes a block of zeros. After a failure blocks have no memory, and no
// step runs that could miss it.
func (d *device) reserve(kind int, bytes int64) {
	b := block{kind: kind, bytes: bytes}
	if d.guarded || bytes >= max(firstChunk, d.arenas[sharedArena].growth()/ownChunk) {
		b.arena = separateArena
	}
	if d.err == nil {
		d.keep(onThread(d.card.context, func() error { return d.allocate(&b) }))
	}
	b.end = d.arenas[b.arena].now
	d.blocks[kind] = append(d.blocks[kind], b)
}

// allocate finds memory for a block: on the card, or, for data that would take
// more than half of what is free there, in the host's page-locked memory, from
// where a program fetches each step's few rows while the step before runs.
func (d *device) allocate(b *block) error {
	kind := b.kind
	if kind == byteKind {
		free, _, err := cu.MemInfo()
		if err != nil {
			return fmt.Errorf("cuda: free memory: %w", known(err))
		}
		if d.onHost || staysOnHost(b.bytes, free) {
			return d.allocateOnHost(b)
		}
	}
	start, err := d.arenas[b.arena].take(b.bytes)
	if errors.Is(err, cu.OutOfMemory) {
		return d.outOfMemory(kind, b.bytes)
	}
	if err != nil {
		return fmt.Errorf("cuda: %s for %s: %w", inBytes(b.bytes), kindNames[kind], known(err))
	}
	b.start = uint64(start)
	if b.bytes == 0 {
		return nil
	}
	if err := cu.MemsetD8Async(start, 0, b.bytes, d.stream); err != nil {
		return fmt.Errorf("cuda: zeros for %s of %s: %w", kindNames[kind], inBytes(b.bytes), known(err))
	}
	return nil
}

// staysOnHost tells whether data of some bytes would take too much of what is free.
func staysOnHost(bytes, free int64) bool { return bytes > free/2 }

// Room implements Device.
func (d *device) Room(dataBytes int64) (bytes int64) {
	err := onThread(d.card.context, func() (err error) {
		bytes, _, err = cu.MemInfo()
		return err
	})
	if err != nil {
		return 0
	}
	if !staysOnHost(dataBytes, bytes) {
		bytes -= dataBytes
	}
	for i := range d.arenas {
		bytes += d.arenas[i].unused()
	}
	return bytes
}

// outOfMemory says what was wanted, what there is, and what takes most of it.
func (d *device) outOfMemory(kind int, wanted int64) error {
	free, total, err := cu.MemInfo()
	if err != nil {
		return fmt.Errorf("cuda: %w: want %s for %s: %w", engine.ErrOutOfMemory, inBytes(wanted), kindNames[kind], known(err))
	}
	var held string
	for i, b := range d.largest(3) {
		if i == 0 {
			held = "; the largest arrays are "
		} else {
			held += ", "
		}
		held += inBytes(b.bytes) + " of " + kindNames[b.kind]
	}
	return fmt.Errorf("cuda: %w: want %s for %s, found %s free of %s on %s%s; use a smaller minibatch or fewer replicas",
		engine.ErrOutOfMemory, inBytes(wanted), kindNames[kind], inBytes(free), inBytes(total), d.card.info.Name, held)
}

// largest are the n largest blocks on the card.
func (d *device) largest(n int) []block {
	var all []block
	for _, blocks := range d.blocks {
		for _, b := range blocks {
			if !b.host {
				all = append(all, b)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b block) int { return cmp.Compare(b.bytes, a.bytes) })
	return all[:min(n, len(all))]
}

// Mark implements engine.Memory.
func (d *device) Mark() (m engine.Mark) {
	for kind, blocks := range d.blocks {
		m[kind] = len(blocks)
	}
	return m
}

// Release implements engine.Memory. Chunks stay with the arena: the next phase of
// a run takes them up again, in the order of the stream.
func (d *device) Release(m engine.Mark) {
	for i := range d.arenas {
		d.arenas[i].now = position{}
	}
	d.fetches = slices.DeleteFunc(d.fetches, func(f fetch) bool { return f.index.Block > m[intKind] })
	for kind := range d.blocks {
		d.releaseHost(d.blocks[kind][m[kind]:])
		d.blocks[kind] = d.blocks[kind][:m[kind]]
		for _, b := range d.blocks[kind] {
			if now := &d.arenas[b.arena].now; b.end.after(*now) {
				*now = b.end
			}
		}
	}
}

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }

// inBytes says a size as people do.
func inBytes(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	default:
		return fmt.Sprintf("%d bytes", n)
	}
}
