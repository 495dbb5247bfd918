//go:build cuda

package cuda

// #include "driver.h"
import "C"

import (
	"runtime"
	"slices"
	"sync/atomic"

	"ssdgm/engine"
	"ssdgm/kernels"
)

// Steps that follow one another in one graph do not wait for the host: launching
// a graph costs it some microseconds, and the card as long between two graphs. So
// a graph holds so many copies of a program that this is little beside its
// kernels, and not so many that making it takes long.
const (
	nodesPerGraph  = 512
	copiesPerGraph = 32
)

// program implements engine.Program. Its first run puts the launches on the stream one by one: a
// program that is run once is not worth a graph. From the second on it replays graphs.
type program struct {
	*device
	list   list
	copies int // in the larger of its graphs
	ran    bool
	*graphs
}

// graphs are what a program replays: one copy of its steps, and several. They
// outlive the program until the device next looks.
type graphs struct {
	one, several C.CUgraphExec
	unused       atomic.Bool
}

// Compile implements engine.Device. What its launches need is allocated here; nothing is while the
// stream is being captured.
func (d *device) Compile(steps []engine.Step) engine.Program {
	d.sweep()
	p := &program{device: d, graphs: &graphs{}}
	if d.err != nil {
		return p
	}
	for _, l := range d.compiler().compile(steps) {
		f, err := d.kernel(l.Launch)
		if err != nil {
			d.keep(err)
			return p
		}
		p.list.add(f, l)
	}
	p.list.end()
	p.copies = 1
	if n := len(p.list.launches); n > 0 && !d.blocking {
		p.copies = max(1, min(copiesPerGraph, nodesPerGraph/n))
	}
	return p
}

// Foretell is how many µs a program of steps would take, by package predict, and on which card. Of a library's products
// nothing is foretold: 0.
func (d *device) Foretell(steps []engine.Step) (microseconds float64, card string) {
	if d.blas != nil {
		return 0, ""
	}
	return foretell(Nodes(steps, d.plans, d.precision()), d.card.info.Name, d.card.multiprocessors)
}

// compiler is the device's way from steps to launches.
func (d *device) compiler() *compiler {
	c := &compiler{
		Builder: kernels.Builder{Memory: addresses{d, 0}, Replicas: d.replicas, Card: d.plans, Precision: d.precision()},
		data:    d, rules: d.rules, laneMemory: func(lane int) kernels.Memory { return addresses{d, lane} },
	}
	if d.blas != nil {
		c.library = libraryOf{d.blas, d}
	}
	return c
}

func (d *device) precision() kernels.Precision {
	if d.tf32 {
		return kernels.TF32
	}
	return kernels.FP32
}

// kernel is the function of a launch: none for a product of cuBLAS.
func (d *device) kernel(l kernels.Launch) (C.CUfunction, error) {
	if l.Kernel == productOfLibrary {
		return nil, nil
	}
	return d.card.kernel(l)
}

// Run implements engine.Program.
func (p *program) Run(times int) {
	if p.err != nil || len(p.list.launches) == 0 || times == 0 {
		return
	}
	if p.blocking || !p.ran && times == 1 {
		p.ran = true
		for range times {
			p.keep(p.list.launch(p.queue, p.blocking))
		}
		return
	}
	p.ran = true
	several := 0
	if p.copies > 1 {
		several = times / p.copies
	}
	rest := times - several*p.copies
	if !p.capture(&p.several, several, p.copies) || !p.capture(&p.one, rest, 1) {
		return
	}
	r := C.replay(p.queue, p.several, C.int(several), p.one, C.int(rest))
	p.keep(p.late("the launch of a program", failed(r)))
}

// Ahead implements engine.Program: what the larger graph holds.
func (p *program) Ahead() int { return max(1, p.copies) }

// capture makes the graph of so many copies, if it is wanted and not there yet. It tells whether the
// program can go on.
func (p *program) capture(exec *C.CUgraphExec, runs, copies int) bool {
	if runs == 0 || *exec != nil {
		return true
	}
	var err error
	*exec, err = p.list.capture(p.queue, copies)
	p.keep(err)
	if !slices.Contains(p.device.graphs, p.graphs) {
		p.device.graphs = append(p.device.graphs, p.graphs)
		runtime.AddCleanup(p, func(g *graphs) { g.unused.Store(true) }, p.graphs)
	}
	return err == nil
}

// sweep destroys the graphs of programs that nobody holds any more.
func (d *device) sweep() {
	kept := d.graphs[:0]
	for _, g := range d.graphs {
		if !g.unused.Load() {
			kept = append(kept, g)
			continue
		}
		d.keep(g.destroy(d))
	}
	d.graphs = kept
}

// destroy frees the graphs; those that are still running end first.
func (g *graphs) destroy(d *device) error {
	var first error
	for _, exec := range []C.CUgraphExec{g.one, g.several} {
		if exec == nil {
			continue
		}
		if err := failed(C.destroy_graph(d.queue.context, exec)); err != nil && first == nil {
			first = err
		}
	}
	g.one, g.several = nil, nil
	return first
}
