// Package watch notices when a device gets on with its work, and when it does not: a card
// that hangs answers nothing, for ever.
package watch

import (
	"sync"
	"time"

	"ssdgm/engine"
)

// ticks is how many times a wait is looked at before its limit is reached. A process that was
// stopped as a whole, and its timers with it, finds at most one of them over when it goes on.
const ticks = 10

// A Watch is kept over devices of which the process waits for one at a time.
type Watch struct {
	tick  time.Duration
	alive func()
	hung  func(wait string)
	timer *time.Timer

	mu     sync.Mutex
	wait   string // what the process waits for; empty where it does not wait
	passed int    // ticks
}

// New makes a watch that calls alive, on the waiting goroutine, whenever a device has done
// what was waited for, and hung, on another, when one wait lasts longer than limit. A limit of
// 0 is none.
func New(limit time.Duration, alive func(), hung func(wait string)) *Watch {
	w := &Watch{tick: limit / ticks, alive: alive, hung: hung}
	if limit > 0 {
		w.timer = time.AfterFunc(time.Hour, w.look)
		w.timer.Stop()
	}
	return w
}

// begin and end are around a wait.
func (w *Watch) begin(wait string) {
	if w.timer == nil {
		return
	}
	w.mu.Lock()
	w.wait, w.passed = wait, 0
	w.mu.Unlock()
	w.timer.Reset(w.tick)
}

func (w *Watch) end() {
	if w.timer != nil {
		w.timer.Stop()
		w.mu.Lock()
		w.wait = ""
		w.mu.Unlock()
	}
	w.alive()
}

// look comes after every tick of a wait.
func (w *Watch) look() {
	w.mu.Lock()
	w.passed++
	wait, over := w.wait, w.passed >= ticks
	w.mu.Unlock()
	switch {
	case wait == "":
	case over:
		w.hung(wait)
	default:
		w.timer.Reset(w.tick)
	}
}

// Over is a device that is watched. It computes what dev computes.
func (w *Watch) Over(dev engine.Device) engine.Device {
	d := &device{dev, w}
	if memory, ok := dev.(roomy); ok {
		return &card{d, memory}
	}
	return d
}

// roomy is a device with memory of its own; being watched does not hide that.
type roomy interface {
	Room(dataBytes int64) int64
}

type card struct {
	*device
	roomy
}

// device is a device that is watched wherever the process waits for it.
type device struct {
	engine.Device
	watch *Watch
}

// Sync implements engine.Device.
func (d *device) Sync() error {
	d.watch.begin("Sync")
	defer d.watch.end()
	return d.Device.Sync()
}

// ReadFloats implements engine.Memory.
func (d *device) ReadFloats(dst []float32, src engine.Floats, replica int) {
	d.watch.begin("ReadFloats")
	defer d.watch.end()
	d.Device.ReadFloats(dst, src, replica)
}

// ReadDoubles implements engine.Memory.
func (d *device) ReadDoubles(dst []float64, src engine.Doubles, replica int) {
	d.watch.begin("ReadDoubles")
	defer d.watch.end()
	d.Device.ReadDoubles(dst, src, replica)
}

// ReadInts implements engine.Memory.
func (d *device) ReadInts(dst []int32, src engine.Ints, replica int) {
	d.watch.begin("ReadInts")
	defer d.watch.end()
	d.Device.ReadInts(dst, src, replica)
}

// Compile implements engine.Device.
func (d *device) Compile(steps []engine.Step) engine.Program {
	return &program{d.Device.Compile(steps), d.watch}
}

type program struct {
	engine.Program
	watch *Watch
}

// Run implements engine.Program. A device that queues what it is asked for may have to wait
// for room in the queue.
func (p *program) Run(times int) {
	p.watch.begin("Run")
	defer p.watch.end()
	p.Program.Run(times)
}
