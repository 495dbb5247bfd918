//go:build cuda

package cuda

import (
	"errors"
	"fmt"

	"gorgonia.org/cu"

	"ssdgm/engine"
	"ssdgm/kernels"
)

// scratch is memory for kernels that work in parts. All steps of a lane use the same: they
// follow one another, and none reads the parts that another has left. It begins,
// for each replica, with counters that are zero between launches (see
// kernels/last_block.cuh), so the replicas lie equally far apart for every step. It
// grows while steps are first seen, before a program is captured; earlier graphs
// hold on to what was there before, so that stays.
type scratch struct {
	chunks []chunk
	stride int64 // bytes from one replica to the next in the newest chunk
}

// scratchFor gives a step of a lane an array of so many floats for each replica.
func (d *device) scratchFor(lane, floats int) kernels.Floats {
	if floats == 0 || d.err != nil {
		return kernels.Floats{}
	}
	s := &d.scratch[lane]
	if wanted := roundUp(4*int64(floats), blockAlignment); s.stride < wanted {
		// Doubling bounds what earlier graphs hold on to by what the last one needs.
		d.keep(onThread(d.card.context, func() error { return s.grow(d, max(wanted, 2*s.stride)) }))
		if d.err != nil {
			return kernels.Floats{}
		}
	}
	return kernels.Floats{Ptr: uint64(s.chunks[len(s.chunks)-1].start), Stride: s.stride / 4}
}

// grow goes on to a chunk of zeros with a larger stride.
func (s *scratch) grow(d *device, stride int64) error {
	bytes := stride * int64(d.replicas)
	start, err := cu.MemAlloc(bytes)
	if errors.Is(err, cu.OutOfMemory) {
		return fmt.Errorf("cuda: %w: want %s of scratch memory; use a smaller minibatch or fewer replicas", engine.ErrOutOfMemory, inBytes(bytes))
	}
	if err == nil {
		s.chunks = append(s.chunks, chunk{start, bytes})
		s.stride = stride
		err = cu.MemsetD32Async(start, 0, bytes/4, d.stream)
	}
	if err != nil {
		return fmt.Errorf("cuda: %s of scratch memory: %w", inBytes(bytes), known(err))
	}
	return nil
}

// freeScratch gives all of it back.
func (d *device) freeScratch() error {
	var all []error
	for _, s := range d.scratch {
		for _, c := range s.chunks {
			all = append(all, cu.MemFree(c.start))
		}
	}
	d.scratch = [lanes]scratch{}
	return errors.Join(all...)
}
