package cases

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// A Rig is one case of a step set up on one device. Its arrays lie between
// guard values, and what the step is to write is filled with guard values too,
// so that an element that is left out, read too early or added to shows.
type Rig struct {
	dev    engine.Device
	seeds  []uint64
	layout Layout
	count  int // arrays so far, which also numbers their contents

	floats  memory[float32]
	doubles memory[float64]
	ints    memory[int32]
}

// Layout is how the arrays of a rig lie in memory. It never changes a result.
type Layout struct {
	Slack  int  // elements that an array is longer than the step asks for
	Shared bool // inputs are one copy for all replicas
}

// Guards: NaNs with a payload of their own, because a guard that a step reads
// must spoil its result, and an integer that is no label and no example.
const (
	guardFloat  = 0x7FC0A5A5
	guardDouble = 0x7FF800000000A5A5
	guardInt    = -0x5A5A5A5A
)

// Clock is the clock's value in every rig before the step.
const Clock = 7

// New makes a rig without arrays, for a replica of each seed.
func New(dev engine.Device, seeds []uint64, l Layout) *Rig {
	return &Rig{
		dev: dev, seeds: seeds, layout: l,
		floats: memory[float32]{
			alloc: dev.NewFloats, allocShared: dev.NewSharedFloats, write: dev.WriteFloats, read: dev.ReadFloats,
			guard: math.Float32frombits(guardFloat), bits: func(v float32) uint64 { return uint64(math.Float32bits(v)) },
		},
		doubles: memory[float64]{
			alloc: dev.NewDoubles, write: dev.WriteDoubles, read: dev.ReadDoubles,
			guard: math.Float64frombits(guardDouble), bits: math.Float64bits,
		},
		ints: memory[int32]{
			alloc: dev.NewInts, allocShared: dev.NewSharedInts, write: dev.WriteInts, read: dev.ReadInts,
			guard: guardInt, bits: func(v int32) uint64 { return uint64(uint32(v)) },
		},
	}
}

// role is what a step does with an array.
type role int

const (
	input role = iota
	output
	inout
)

// memory is the arrays of one element type.
type memory[E float32 | float64 | int32] struct {
	alloc, allocShared func(int) engine.Array[E]
	write              func(engine.Array[E], int, []E)
	read               func([]E, engine.Array[E], int)
	guard              E
	bits               func(E) uint64
	slots              []slot[E]
}

// slot is one array with its guards.
type slot[E any] struct {
	name     string
	role     role
	whole    engine.Array[E]
	first, n int
	initial  [][]E // the whole array of each replica before the step
}

// fill makes an array's contents for the replica with a seed.
type fill[E any] func(dst []E, seed uint64, rng *rand.Rand)

// value draws one element of an array; rng belongs to the array and its replica.
type value[E any] func(rng *rand.Rand) E

func (v value[E]) fill(dst []E, _ uint64, rng *rand.Rand) {
	for i := range dst {
		dst[i] = v(rng)
	}
}

// place is where an array lies: how much longer than its n elements it is, and
// whether all replicas share it.
type place struct {
	slack  int
	shared bool
}

// add makes an array of n elements. The guards before it have another length
// for every array, so that arrays start at odd addresses.
func add[E float32 | float64 | int32](r *Rig, m *memory[E], name string, role role, n int, p place, contents fill[E]) engine.Array[E] {
	r.count++
	s := slot[E]{name: name, role: role, first: 16 + r.count%5, n: n}
	total := s.first + n + p.slack + 16
	if p.shared {
		s.whole = m.allocShared(total)
	} else {
		s.whole = m.alloc(total)
	}
	for _, seed := range r.seeds {
		if p.shared {
			seed = 99
		}
		rng := rand.New(rand.NewPCG(seed, uint64(r.count)))
		host := make([]E, total)
		for i := range host {
			host[i] = m.guard
		}
		if role != output {
			contents(host[s.first:][:n], seed, rng)
		}
		s.initial = append(s.initial, host)
	}
	m.slots = append(m.slots, s)
	m.reset(len(m.slots) - 1)
	return s.whole.Slice(s.first, n+p.slack)
}

// reset writes an array's first contents.
func (m *memory[E]) reset(i int) {
	for r, host := range m.slots[i].initial {
		m.write(m.slots[i].whole, r, host)
	}
}

// Reset brings a rig back to what it was before the step.
func (r *Rig) Reset() {
	resetAll(&r.floats)
	resetAll(&r.doubles)
	resetAll(&r.ints)
}

func resetAll[E float32 | float64 | int32](m *memory[E]) {
	for i := range m.slots {
		m.reset(i)
	}
}

// Tensor is a result of a step, per replica.
type Tensor struct {
	Name   string
	Values [][]float64
}

// Outputs reads what the step wrote. It is an error if it wrote anything else.
func (r *Rig) Outputs() ([]Tensor, error) {
	var out []Tensor
	err := errors.Join(collect(&r.floats, &out), collect(&r.doubles, &out), collect(&r.ints, &out))
	return out, err
}

// Untouched is an error if anything has been written since the rig was set up.
func (r *Rig) Untouched() error {
	return errors.Join(untouched(&r.floats), untouched(&r.doubles), untouched(&r.ints))
}

// UntouchedFloats is an error if a replica's floats are not what they were set up as.
func (r *Rig) UntouchedFloats(replica int) error {
	var all []error
	for _, s := range r.floats.slots {
		s.role = input
		all = append(all, r.floats.check(&s, replica))
	}
	return errors.Join(all...)
}

func untouched[E float32 | float64 | int32](m *memory[E]) error {
	var all []error
	for _, s := range m.slots {
		s.role = input
		for r := range s.initial {
			all = append(all, m.check(&s, r))
		}
	}
	return errors.Join(all...)
}

func collect[E float32 | float64 | int32](m *memory[E], out *[]Tensor) error {
	var all []error
	for _, s := range m.slots {
		result := Tensor{Name: s.name}
		for r, before := range s.initial {
			after := make([]E, len(before))
			m.read(after, s.whole, r)
			all = append(all, s.checkUntouched(r, after, m.bits))
			values := make([]float64, s.n)
			for i := range values {
				values[i] = float64(after[s.first+i])
			}
			result.Values = append(result.Values, values)
		}
		if s.role != input {
			*out = append(*out, result)
		}
	}
	return errors.Join(all...)
}

// check reads a slot of a replica and says what was written that should not be.
func (m *memory[E]) check(s *slot[E], replica int) error {
	after := make([]E, len(s.initial[replica]))
	m.read(after, s.whole, replica)
	return s.checkUntouched(replica, after, m.bits)
}

// checkUntouched is an error where a guard or an input was written.
func (s *slot[E]) checkUntouched(replica int, after []E, bits func(E) uint64) error {
	for i, v := range after {
		at := i - s.first
		if s.role != input && at >= 0 && at < s.n || bits(v) == bits(s.initial[replica][i]) {
			continue
		}
		what := "a guard"
		if at >= 0 && at < s.n {
			what = "an input"
		}
		return fmt.Errorf("wrote %s: %s[%d] of %d elements, replica %d", what, s.name, at, s.n, replica)
	}
	return nil
}

// Agrees is an error where a step says of one of its arrays what the rig does not: that it is
// read, written or both, and how long it must be.
func (r *Rig) Agrees(step engine.Step) error {
	var all []error
	access := map[string]engine.Access{}
	step.Args(func(a engine.View, arg engine.Arg) {
		if a.IsNil() || a.Kind == engine.ByteKind {
			return
		}
		name, role, n := r.find(a)
		access[name] |= arg.Access
		if arg.Len != n {
			all = append(all, fmt.Errorf("%s has length %d, want %d", arg.Name, arg.Len, n))
		}
		if arg.Access&^accessOf[role] != 0 {
			all = append(all, fmt.Errorf("%s has access %d, want %d", arg.Name, arg.Access, accessOf[role]))
		}
	})
	for _, s := range r.slots() {
		if access[s.name] != accessOf[s.role] {
			all = append(all, fmt.Errorf("%s has access %d in all, want %d", s.name, access[s.name], accessOf[s.role]))
		}
	}
	return errors.Join(all...)
}

// accessOf is what a step does with an array of a role.
var accessOf = [...]engine.Access{input: engine.Read, output: engine.Write, inout: engine.ReadWrite}

// named is an array of a rig, of whatever type.
type named struct {
	name string
	role role
}

func (r *Rig) slots() []named {
	return slices.Concat(r.floats.names(), r.doubles.names(), r.ints.names())
}

func (m *memory[E]) names() (all []named) {
	for _, s := range m.slots {
		all = append(all, named{s.name, s.role})
	}
	return all
}

// find is the array of the rig that a view is of.
func (r *Rig) find(a engine.View) (name string, role role, n int) {
	switch a.Kind {
	case engine.FloatKind:
		return r.floats.find(a.Floats())
	case engine.DoubleKind:
		return r.doubles.find(a.Doubles())
	default:
		return r.ints.find(a.Ints())
	}
}

func (m *memory[E]) find(a engine.Array[E]) (name string, role role, n int) {
	for _, s := range m.slots {
		if s.whole.Block == a.Block {
			return s.name, s.role, s.n
		}
	}
	return "an array of nobody's", input, -1
}

// Latch sets the fault latch of a replica, for the steps that look at one.
func (r *Rig) Latch(replica int, step int32) {
	for i := range r.ints.slots {
		if s := &r.ints.slots[i]; s.name == "fault" {
			s.initial[replica][s.first+engine.FaultStep] = step
		}
	}
	r.Reset()
}

// in is floats that the step reads.
func (r *Rig) in(name string, n int, v value[float32]) engine.Floats {
	return add(r, &r.floats, name, input, n, place{r.layout.Slack, r.layout.Shared}, v.fill)
}

// inExact is floats that the step reads to the end of the array.
func (r *Rig) inExact(name string, n int, v value[float32]) engine.Floats {
	return add(r, &r.floats, name, input, n, place{0, r.layout.Shared}, v.fill)
}

// out is floats that the step overwrites.
func (r *Rig) out(name string, n int) engine.Floats {
	return add(r, &r.floats, name, output, n, place{slack: r.layout.Slack}, nil)
}

// inout is floats that the step changes, to the end of the array if exact.
func (r *Rig) inout(name string, n int, exact bool, v value[float32]) engine.Floats {
	p := place{slack: r.layout.Slack}
	if exact {
		p.slack = 0
	}
	return add(r, &r.floats, name, inout, n, p, v.fill)
}

// double is one number that the step reads.
func (r *Rig) double(name string, v float64) engine.Doubles {
	return add(r, &r.doubles, name, input, 1, place{}, constant(v).fill)
}

// labels is n class labels below classes.
func (r *Rig) labels(name string, n, classes int) engine.Ints {
	return add(r, &r.ints, name, input, n, place{r.layout.Slack, r.layout.Shared}, below(classes).fill)
}

// index is numbers below limit, and the step reads all of them.
func (r *Rig) index(name string, n, limit int) engine.Ints {
	return add(r, &r.ints, name, input, n, place{0, r.layout.Shared}, below(limit).fill)
}

// fault is a latch that nothing has set.
func (r *Rig) fault() engine.Ints {
	return add(r, &r.ints, "fault", inout, engine.FaultLen, place{}, constant[int32](0).fill)
}

// clock is the step number, which all replicas share.
func (r *Rig) clock(role role) engine.Ints {
	return add(r, &r.ints, "clock", role, 1, place{shared: true}, constant[int32](Clock).fill)
}

// noise is the replicas' seeds and the clock.
func (r *Rig) noise(stream uint32) engine.Noise {
	seed := add(r, &r.ints, "seed", input, 2, place{}, func(dst []int32, seed uint64, _ *rand.Rand) {
		copy(dst, noise.SeedWords(seed))
	})
	return engine.Noise{Seed: seed, Clock: r.clock(input), Stream: stream}
}

// pixels is images of random grey values, a fifth of them black, a fifth white.
func (r *Rig) pixels(n int) engine.Bytes {
	r.count++
	rng := rand.New(rand.NewPCG(99, uint64(r.count)))
	images := make([]uint8, n)
	for i := range images {
		images[i] = uint8(min(max(rng.IntN(425)-85, 0), 255))
	}
	array := r.dev.NewSharedBytes(n)
	r.dev.WriteBytes(array, images)
	return array
}

// layer is a dense layer with weights that keep the scale of its input, and
// biases that let most units of a narrow layer pass a ReLU: the relative error
// of a few survivors near zero would measure luck.
func (r *Rig) layer(in, out int, activation engine.Activation) engine.Layer {
	l := r.weights(in, out, activation)
	l.Bias = r.in("bias", out, around(0.5, 0.25))
	return l
}

// weights is a layer as its gradient takes it: without a bias.
func (r *Rig) weights(in, out int, activation engine.Activation) engine.Layer {
	return engine.Layer{
		Weight: r.in("weight", in*out, normal(1/math.Sqrt(float64(in)))),
		In:     in, Out: out, Activation: activation,
	}
}

// pre is where a layer keeps its pre-activations; every third activation that could do without
// is asked for them too.
func (r *Rig) pre(activation engine.Activation, n int) engine.Floats {
	if !activation.FromInput() && activation%3 != 0 {
		return engine.Floats{}
	}
	return r.out("pre", n)
}

// derived is a gradient that a step multiplies by the activation's derivative in place, and what
// that is taken from.
func (r *Rig) derived(name string, n int, activation engine.Activation, v value[float32]) (gradient, from engine.Floats) {
	if activation == engine.Identity {
		return r.in(name, n, normal(1)), engine.Floats{}
	}
	return r.inout(name, n, false, normal(1)), r.in("from", n, v)
}
