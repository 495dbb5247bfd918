//go:build cuda

package cuda

// #include "driver.h"
import "C"

import (
	"runtime"
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

// step takes a step: its launches run now, or are written down for a program.
func (d *device) step(s shape, launches ...kernels.Launch) {
	if d.err != nil {
		return
	}
	to := d.recording
	d.above = nil
	if to == nil {
		to = &d.now
		to.clear()
	}
	for _, l := range launches {
		if l.Empty() {
			continue
		}
		f, err := d.kernel(l)
		if err != nil {
			d.keep(err)
			return
		}
		to.add(f, l, s, d.aside)
	}
	if d.recording == nil {
		d.keep(to.launch(d.queue, d.blocking))
	}
}

// kernel is the function of a launch: none for a product of cuBLAS.
func (d *device) kernel(l kernels.Launch) (C.CUfunction, error) {
	if l.Kernel == productOfLibrary {
		return nil, nil
	}
	return d.card.kernel(l)
}

// recorded implements engine.Program.
type recorded struct {
	*device
	list   list
	copies int // in the larger of its graphs
	*graphs
}

// graphs are what a program replays: one copy of its steps, and several. They
// outlive the program until the device next looks.
type graphs struct {
	one, several C.CUgraphExec
	unused       atomic.Bool
}

// Record implements engine.Control. fn is called once, to write its launches down
// and to allocate what they need; nothing is launched or allocated while the
// stream is being captured.
func (d *device) Record(fn func()) engine.Program {
	if d.recording != nil {
		panic("cuda: Record inside of Record")
	}
	d.sweep()
	p := &recorded{device: d, graphs: &graphs{}}
	d.recording, d.drawn = &p.list, nil
	fn()
	d.recording, d.above = nil, nil
	p.copies = 1
	if n := len(p.list.launches); n > 0 && d.err == nil && !d.blocking {
		p.copies = max(1, min(copiesPerGraph, nodesPerGraph/n))
		var err error
		p.one, err = p.list.capture(d.queue, 1)
		d.keep(err)
	}
	d.graphs = append(d.graphs, p.graphs)
	runtime.AddCleanup(p, func(g *graphs) { g.unused.Store(true) }, p.graphs)
	return p
}

// Run implements engine.Program.
func (p *recorded) Run(times int) {
	if p.recording != nil {
		panic("cuda: Run inside of Record")
	}
	if p.err != nil || len(p.list.launches) == 0 {
		return
	}
	if p.blocking {
		for range times {
			p.keep(p.list.launch(p.queue, true))
		}
		return
	}
	several := 0
	if p.copies > 1 && times >= p.copies {
		several = times / p.copies
		if p.several == nil {
			var err error
			if p.several, err = p.list.capture(p.queue, p.copies); err != nil {
				p.keep(err)
				return
			}
		}
	}
	r := C.replay(p.queue, p.several, C.int(several), p.one, C.int(times-several*p.copies))
	p.keep(p.late("the launch of a program", failed(r)))
}

// Ahead implements engine.Program: what the larger graph holds.
func (p *recorded) Ahead() int { return p.copies }

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
