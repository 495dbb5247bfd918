// Package floor says what a training step must cost at least: the bytes that its steps
// read and write and the work of its matrix products, whatever the device makes of them.
// Measured times are held against it.
package floor

import "ssdgm/engine"

// Work is what one step of the contract must do, for all replicas: every input is read
// once, every output written once.
type Work struct {
	Step  string  `json:"step"`
	Shape string  `json:"shape"`
	FLOP  float64 `json:"flop"` // multiplications and additions of matrix products
	Bytes float64 `json:"bytes"`

	// Take takes the step again, on what stands in its arrays by now. It is for timing.
	Take func() `json:"-"`
}

// Sum is the work of several steps together.
func Sum(works []Work) Work {
	var sum Work
	for _, w := range works {
		sum.FLOP += w.FLOP
		sum.Bytes += w.Bytes
	}
	return sum
}

// Card is what a floor is computed for.
type Card struct {
	FLOPS          float64 // of matrix products, per second
	BytesPerSecond float64 // between the card and its memory
}

// NVIDIA's card, its fp32 units and its tf32 matrix units by the datasheet, and what a
// copy in its memory was seen to reach.
var (
	H200     = Card{FLOPS: 67e12, BytesPerSecond: 4.3e12}
	H200TF32 = Card{FLOPS: 494e12, BytesPerSecond: 4.3e12}
)

// NodeSeconds is about what a node of a graph costs such a card before any work.
const NodeSeconds = 2.5e-6

// Seconds is the least time for some work: a card computes while it reads, so the longer
// of both counts. What lies in a card's cache may be read faster.
func (c Card) Seconds(w Work) float64 {
	return max(w.FLOP/c.FLOPS, w.Bytes/c.BytesPerSecond)
}

// Counter is a device that notes the work of the steps it is asked for. Noting allocates;
// otherwise it only passes steps on.
type Counter struct {
	engine.Device
	Works []Work

	noting bool
}

// NewCounter makes a counter over a device.
func NewCounter(dev engine.Device) *Counter { return &Counter{Device: dev} }

// Note calls fn and notes the steps that it takes.
func (c *Counter) Note(fn func()) {
	c.noting, c.Works = true, nil
	fn()
	c.noting = false
}

// word is the bytes of a float32 or an int32.
const word = 4

// note notes a step that moves so many 4-byte elements in each replica.
func (c *Counter) note(step, shape string, elements, flop int, take func()) {
	r := float64(c.Replicas())
	c.Works = append(c.Works, Work{Step: step, Shape: shape, FLOP: r * float64(flop), Bytes: r * word * float64(elements), Take: take})
}
