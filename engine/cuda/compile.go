package cuda

import (
	"ssdgm/engine"
	"ssdgm/kernels"
)

// A list of steps becomes launches in four passes, none of which calls CUDA:
//
//  1. split: a step that takes several kernels becomes its parts (parts.go), and data on the
//     host are fetched a step ahead (fetch.go).
//  2. merge: rules make one step of two neighbours (rules.go).
//  3. launch: each step that is left becomes a launch, with its arrays' addresses (kernels.Builder).
//  4. branch: what nothing after it waits for goes beside the rest (branches.go).
//
// A program launches the list, and from its second run on replays it as a graph (program.go).

// compiler makes launches of steps.
type compiler struct {
	kernels.Builder
	data    hostData
	library multiplier // computes matrix products; nil: the kernels do
	rules   []rule
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
	step  engine.Step
	aside bool // it goes beside the launches after it, see branches.go
}

// compile makes the launches of steps.
func (c *compiler) compile(steps []engine.Step) []launch {
	var all []launch
	for _, s := range merge(c.split(steps), c.rules) {
		if l := c.launch(s); !l.Empty() {
			all = append(all, launch{Launch: l, step: s})
		}
	}
	branch(all)
	return all
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
