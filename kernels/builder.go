package kernels

import "ssdgm/engine"

// Memory finds arrays on a card.
type Memory interface {
	Floats(engine.Floats) Floats
	Doubles(engine.Doubles) Doubles
	Ints(engine.Ints) Ints
	Bytes(engine.Bytes) Bytes
	// Scratch is an array of so many floats for each replica, which all launches share. It begins
	// with counters, see scratch.go.
	Scratch(floats int) Floats
}

// Builder makes launches of steps: those of the engine's contract, and those in parts.go that such
// steps are made of.
type Builder struct {
	Memory
	Replicas  int
	Card      Card      // what the tiles of matrix products are chosen for
	Precision Precision // of matrix products
}

// Launch is the launch of a step. There is none of steps that are only launched in parts.
func (b *Builder) Launch(step engine.Step) (l Launch, ok bool) {
	for _, kind := range []func(engine.Step) (Launch, bool){b.layer, b.latent, b.label, b.input, b.optimiser} {
		if l, ok = kind(step); ok {
			return l, true
		}
	}
	return Launch{}, false
}

func (b *Builder) noise(n engine.Noise) Noise {
	return Noise{Seed: b.Ints(n.Seed), Clock: b.Ints(n.Clock), Stream: n.Stream}
}

// using notes that a launch uses scratch memory.
func (l Launch) using(scratch Floats) Launch {
	l.Scratch = !scratch.IsNil()
	return l
}

// scratchIf is scratch memory where any is needed.
func (b *Builder) scratchIf(floats int) Floats {
	if floats == 0 {
		return Floats{}
	}
	return b.Scratch(floats)
}
