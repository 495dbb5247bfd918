// Package ref is the maths of every step, once, plain and slow: in float64 the
// oracle that all devices are held against, in float32 the fallback for what a
// CPU has no fast form of.
//
// The functions work on the slices of one replica. Device wraps them as an
// engine.Device.
package ref

import (
	"fmt"

	"ssdgm/engine"
)

// Device is the reference device: one goroutine, host memory.
type Device[T Float] struct {
	replicas int
	floats   [][]T
	doubles  [][]float64
	ints     [][]int32
	bytes    [][]uint8
}

// New makes a reference device for the given number of replicas.
func New[T Float](replicas int) *Device[T] {
	if replicas < 1 {
		panic("ref: a device needs at least one replica")
	}
	return &Device[T]{replicas: replicas}
}

// Name implements engine.Device.
func (d *Device[T]) Name() string {
	var zero T
	return fmt.Sprintf("reference %T", zero)
}

// Replicas implements engine.Device.
func (d *Device[T]) Replicas() int { return d.replicas }

// Close implements engine.Device.
func (d *Device[T]) Close() error {
	*d = Device[T]{replicas: d.replicas}
	return nil
}

// Sync implements engine.Device: steps here run when they are called.
func (d *Device[T]) Sync() error { return nil }

// Compile implements engine.Device: the program is the list itself.
func (d *Device[T]) Compile(steps []engine.Step) engine.Program {
	return &program[T]{d, steps}
}

type program[T Float] struct {
	dev   *Device[T]
	steps []engine.Step
}

// Ahead implements engine.Program.
func (*program[T]) Ahead() int { return 1 }

// Run implements engine.Program.
func (p *program[T]) Run(times int) {
	for range times {
		for _, s := range p.steps {
			p.dev.Take(s)
		}
	}
}

// Take takes a step for every replica.
func (d *Device[T]) Take(s engine.Step) {
	for r := range d.replicas {
		if !(d.layerStep(s, r) || d.latentStep(s, r) || d.labelStep(s, r) || d.inputStep(s, r) || d.optimiserStep(s, r)) {
			panic("ref: no step " + engine.Name(s))
		}
	}
}
