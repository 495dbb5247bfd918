package cuda

import (
	"slices"

	"ssdgm/engine"
	"ssdgm/kernels"
)

// A list of steps becomes launches in four passes, none of which calls CUDA:
//
//  1. split: a step that takes several kernels becomes its parts (parts.go), and data on the
//     host are fetched a step ahead (fetch.go).
//  2. merge: rules make one step of two neighbours (rules.go).
//  3. branch: each step that is left comes after those that it waits for, beside the others (branches.go).
//  4. launch: it becomes a launch, with its arrays' addresses (kernels.Builder).
//
// A program launches the list, and from its second run on replays it as a graph (program.go).

// compiler makes launches of steps.
type compiler struct {
	kernels.Builder
	data    hostData
	library multiplier // computes matrix products; nil: the kernels do
	rules   []rule
	// laneMemory is memory with the scratch memory of a lane: launches beside one another do not share it.
	laneMemory func(lane int) kernels.Memory
}

// hostData knows of data that lie in the host's memory.
type hostData interface {
	isOnHost(images engine.Bytes) bool
	// newFetch allocates what fetching some rows ahead needs.
	newFetch(images engine.Bytes, rows, width int) fetch
}

// multiplier is a library that computes matrix products.
type multiplier interface {
	multiply(p product, c, a, b kernels.Floats) kernels.Launch
}

// productOfLibrary is the kernel name of a launch that a library does.
const productOfLibrary = "cublas"

// product is a matrix product in a library's terms, column-major: C [m, n] = op(A)·op(B).
type product struct {
	transA, transB bool
	m, n, k        int
}

// launch is a launch of a program, and the step that it does or is a part of.
type launch struct {
	kernels.Launch
	step engine.Step
	place
}

// compile makes the launches of steps.
func (c *compiler) compile(steps []engine.Step) []launch {
	steps = slices.DeleteFunc(merge(c.split(steps), c.rules), c.isEmpty)
	all := make([]launch, len(steps))
	for i, p := range branches(steps, isOfLibrary) {
		all[i] = launch{Launch: c.in(c.laneMemory(p.lane)).launch(steps[i]), step: steps[i], place: p}
	}
	return all
}

// in is the compiler with another memory.
func (c *compiler) in(memory kernels.Memory) *compiler {
	other := *c
	other.Memory = memory
	return &other
}

// isEmpty tells whether there is nothing to launch of a step.
func (c *compiler) isEmpty(s engine.Step) bool {
	return c.in(withoutScratch{c.Memory}).launch(s).Empty()
}

// withoutScratch is memory that gives no scratch memory.
type withoutScratch struct{ kernels.Memory }

// Scratch implements kernels.Memory.
func (withoutScratch) Scratch(int) kernels.Floats { return kernels.Floats{} }

// isOfLibrary tells whether a library does a step: those stay in the first lane, as it has one stream.
func isOfLibrary(s engine.Step) bool {
	_, ok := s.(libraryProduct)
	return ok
}

// launch is the launch of a step that has been split and merged.
func (c *compiler) launch(s engine.Step) kernels.Launch {
	if p, ok := s.(libraryProduct); ok {
		return c.library.multiply(p.product, c.Floats(p.C), c.Floats(p.A), c.Floats(p.B))
	}
	l, ok := c.Launch(s)
	if !ok {
		panic("cuda: no step " + engine.Name(s))
	}
	return l
}
