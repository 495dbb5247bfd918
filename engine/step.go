package engine

import (
	"fmt"
	"reflect"
)

// Step is one named step of the contract with its arguments: a value that models append to a
// List and devices compile. A step names memory and holds none, so it may be copied, compared
// and kept.
type Step interface {
	// Args visits every array of the step, outputs first. It is the only place that says
	// what a step reads and writes, and how long its arrays must be.
	Args(v Visitor)
	// Cost is the least that the step costs all replicas: every input is read once, every
	// output written once.
	Cost(replicas int) Cost
}

// Visitor is called with an array of a step and what the step does with it. An absent array
// is visited too.
type Visitor func(a View, arg Arg)

// Arg says what a step does with one of its arrays.
type Arg struct {
	Name     string
	Len      int // the least number of elements, of one replica
	Access   Access
	Optional bool   // it may be absent
	Alias    string // the name of the argument whose memory it may be

	moved int // elements that are read or written, where that is not Len
}

// Access is whether a step reads an array, writes it, or both: in place, or as a sum that
// grows (+=).
type Access int

// The kinds of access.
const (
	Read Access = 1 << iota
	Write
	ReadWrite = Read | Write
)

func read(name string, n int) Arg   { return Arg{Name: name, Len: n, Access: Read, moved: n} }
func write(name string, n int) Arg  { return Arg{Name: name, Len: n, Access: Write, moved: n} }
func update(name string, n int) Arg { return Arg{Name: name, Len: n, Access: ReadWrite, moved: n} }

func (a Arg) optional() Arg { a.Optional = true; return a }

// aliasing lets the argument be the same memory as another.
func (a Arg) aliasing(name string) Arg { a.Alias = name; return a }

// moving says how many elements of a table are touched, whichever they are.
func (a Arg) moving(n int) Arg { a.moved = n; return a }

// Cost is work: of multiplications and additions in matrix products, and of bytes between
// memory and whatever computes.
type Cost struct {
	FLOP  float64 `json:"flop"`
	Bytes float64 `json:"bytes"`
}

// Add is the cost of both.
func (c Cost) Add(other Cost) Cost { return Cost{c.FLOP + other.FLOP, c.Bytes + other.Bytes} }

// Seconds is the least time on a machine with the given rates: it computes while it reads, so
// the longer of both counts. What lies in a cache may be read faster.
func (c Cost) Seconds(flopPerSecond, bytesPerSecond float64) float64 {
	return max(c.FLOP/flopPerSecond, c.Bytes/bytesPerSecond)
}

// moves is the cost of a step that has no matrix product.
func moves(s Step, replicas int) Cost { return products(s, replicas, 0) }

// products is the cost of a step whose matrix products take so many operations a replica. What
// replicas share is read once.
func products(s Step, replicas, flop int) Cost {
	c := Cost{FLOP: float64(replicas) * float64(flop)}
	s.Args(func(a View, arg Arg) {
		if a.IsNil() {
			return
		}
		times := a.Kind.Size()
		if arg.Access == ReadWrite {
			times *= 2
		}
		if a.Stride != 0 {
			times *= replicas
		}
		c.Bytes += float64(times) * float64(arg.moved)
	})
	return c
}

// CostOf is the cost of steps together.
func CostOf(steps []Step, replicas int) (sum Cost) {
	for _, s := range steps {
		sum = sum.Add(s.Cost(replicas))
	}
	return sum
}

// Name is a step's name: that of its type.
func Name(s Step) string { return reflect.TypeOf(s).Name() }

// Shape is a step's sizes, in the order of its fields: for an index its length, for Pairs the
// number of sample rows, and for a layer its inputs and outputs. A step that is made of others has
// the first one's; one without sizes has the length of its longest array.
func Shape(s Step) []int {
	var shape []int
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		switch f := v.Field(i).Interface().(type) {
		case int:
			shape = append(shape, f)
		case Ints:
			if v.Type().Field(i).Name == "Index" {
				shape = append(shape, f.Len)
			}
		case Pairs:
			shape = append(shape, f.SampleRows())
		case Layer:
			shape = append(shape, f.In, f.Out)
		case Step:
			return Shape(f)
		}
	}
	if len(shape) > 0 {
		return shape
	}
	longest := 0
	s.Args(func(a View, _ Arg) { longest = max(longest, a.Len) })
	return []int{longest}
}

// Check panics where an array is shorter than its step wants, or overlaps one that the step
// writes. Misuse is a programmer's mistake.
func Check(s Step) {
	type seen struct {
		view View
		arg  Arg
	}
	var all [24]seen // no step has more
	n := 0
	s.Args(func(a View, arg Arg) {
		if a.IsNil() && arg.Optional {
			return
		}
		if a.Len < arg.Len {
			panic(fmt.Sprintf("engine: %s: len(%s) = %d, want %d", Name(s), arg.Name, a.Len, arg.Len))
		}
		for _, other := range all[:n] {
			written := (arg.Access|other.arg.Access)&Write != 0
			same := arg.Alias == other.arg.Name || other.arg.Alias == arg.Name
			if written && a.Slice(0, arg.Len).Overlaps(other.view.Slice(0, other.arg.Len)) && !(same && a == other.view) {
				panic(fmt.Sprintf("engine: %s: %s overlaps %s, and one of them is written", Name(s), arg.Name, other.arg.Name))
			}
		}
		all[n] = seen{a, arg}
		n++
	})
}

// List is steps in their order. Models append to it; the zero List is empty.
type List struct{ steps []Step }

// Add appends steps. It panics where Check does, so that the panic names the line that made the
// step.
func (l *List) Add(steps ...Step) {
	for _, s := range steps {
		Check(s)
		l.steps = append(l.steps, s)
	}
}

// Steps are the list's steps. They must not be changed.
func (l *List) Steps() []Step { return l.steps }

// Compile makes a program of the list.
func (l *List) Compile(dev Device) Program { return dev.Compile(l.steps) }

// Do takes the list's steps once, for what is not worth a program.
func (l *List) Do(dev Device) { l.Compile(dev).Run(1) }

// Do takes steps once. Unlike a program, it may allocate on the host.
func Do(dev Device, steps ...Step) {
	var l List
	l.Add(steps...)
	l.Do(dev)
}

// Recorded is the list of the steps that record appends.
func Recorded(record func(l *List)) *List {
	var l List
	record(&l)
	return &l
}
