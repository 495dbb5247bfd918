package enginetest

import (
	"math"
	"math/rand/v2"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// A rig is one case of a step set up on one device. Its arrays lie between
// guard values, and what the step is to write is filled with guard values too,
// so that an element that is left out, read too early or added to shows.
type rig struct {
	dev    engine.Device
	seeds  []uint64
	layout layout
	count  int // arrays so far, which also numbers their contents

	floats  memory[float32]
	doubles memory[float64]
	ints    memory[int32]
}

// layout is how the arrays of a rig lie in memory. It never changes a result.
type layout struct {
	slack  int  // elements that an array is longer than the step asks for
	shared bool // inputs are one copy for all replicas
}

// Guards: NaNs with a payload of their own, because a guard that a step reads
// must spoil its result, and an integer that is no label and no example.
const (
	guardFloat  = 0x7FC0A5A5
	guardDouble = 0x7FF800000000A5A5
	guardInt    = -0x5A5A5A5A
)

// rigClock is the clock's value in every rig but those that move it.
const rigClock = 7

func newRig(dev engine.Device, seeds []uint64, l layout) *rig {
	return &rig{
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
func add[E float32 | float64 | int32](r *rig, m *memory[E], name string, role role, n int, p place, contents fill[E]) engine.Array[E] {
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

// reset brings a rig back to what it was before the step.
func (r *rig) reset() {
	resetAll(&r.floats)
	resetAll(&r.doubles)
	resetAll(&r.ints)
}

func resetAll[E float32 | float64 | int32](m *memory[E]) {
	for i := range m.slots {
		m.reset(i)
	}
}

// tensor is a result of a step, per replica.
type tensor struct {
	name   string
	values [][]float64
}

// outputs reads what the step wrote, and fails where it wrote anything else.
func (r *rig) outputs(t testing.TB, label string) []tensor {
	t.Helper()
	out := collect(t, label, &r.floats, nil)
	out = collect(t, label, &r.doubles, out)
	return collect(t, label, &r.ints, out)
}

func collect[E float32 | float64 | int32](t testing.TB, label string, m *memory[E], out []tensor) []tensor {
	t.Helper()
	for _, s := range m.slots {
		result := tensor{name: s.name}
		for r, before := range s.initial {
			after := make([]E, len(before))
			m.read(after, s.whole, r)
			s.checkUntouched(t, label, r, after, m.bits)
			values := make([]float64, s.n)
			for i := range values {
				values[i] = float64(after[s.first+i])
			}
			result.values = append(result.values, values)
		}
		if s.role != input {
			out = append(out, result)
		}
	}
	return out
}

// checkUntouched fails where a guard or an input was written.
func (s *slot[E]) checkUntouched(t testing.TB, label string, replica int, after []E, bits func(E) uint64) {
	t.Helper()
	for i, v := range after {
		at := i - s.first
		if s.role != input && at >= 0 && at < s.n || bits(v) == bits(s.initial[replica][i]) {
			continue
		}
		what := "a guard"
		if at >= 0 && at < s.n {
			what = "an input"
		}
		t.Errorf("%s: wrote %s: %s[%d] of %d elements, replica %d", label, what, s.name, at, s.n, replica)
		return
	}
}

// in is floats that the step reads.
func (r *rig) in(name string, n int, v value[float32]) engine.Floats {
	return add(r, &r.floats, name, input, n, place{r.layout.slack, r.layout.shared}, v.fill)
}

// inExact is floats that the step reads to the end of the array.
func (r *rig) inExact(name string, n int, v value[float32]) engine.Floats {
	return add(r, &r.floats, name, input, n, place{0, r.layout.shared}, v.fill)
}

// out is floats that the step overwrites.
func (r *rig) out(name string, n int) engine.Floats {
	return add(r, &r.floats, name, output, n, place{slack: r.layout.slack}, nil)
}

// inout is floats that the step changes, to the end of the array if exact.
func (r *rig) inout(name string, n int, exact bool, v value[float32]) engine.Floats {
	p := place{slack: r.layout.slack}
	if exact {
		p.slack = 0
	}
	return add(r, &r.floats, name, inout, n, p, v.fill)
}

// double is one number that the step reads.
func (r *rig) double(name string, v float64) engine.Doubles {
	return add(r, &r.doubles, name, input, 1, place{}, constant(v).fill)
}

// labels is n class labels below classes.
func (r *rig) labels(name string, n, classes int) engine.Ints {
	return add(r, &r.ints, name, input, n, place{r.layout.slack, r.layout.shared}, below(classes).fill)
}

// index is numbers below limit, and the step reads all of them.
func (r *rig) index(name string, n, limit int) engine.Ints {
	return add(r, &r.ints, name, input, n, place{0, r.layout.shared}, below(limit).fill)
}

// fault is a latch that nothing has set.
func (r *rig) fault() engine.Ints {
	return add(r, &r.ints, "fault", inout, engine.FaultLen, place{}, constant[int32](0).fill)
}

// clock is the step number, which all replicas share.
func (r *rig) clock(role role) engine.Ints {
	return add(r, &r.ints, "clock", role, 1, place{shared: true}, constant[int32](rigClock).fill)
}

// noise is the replicas' seeds and the clock.
func (r *rig) noise(stream uint32) engine.Noise {
	seed := add(r, &r.ints, "seed", input, 2, place{}, func(dst []int32, seed uint64, _ *rand.Rand) {
		copy(dst, noise.SeedWords(seed))
	})
	return engine.Noise{Seed: seed, Clock: r.clock(input), Stream: stream}
}

// pixels is images of random grey values, a fifth of them black, a fifth white.
func (r *rig) pixels(n int) engine.Bytes {
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
func (r *rig) layer(in, out int, activation engine.Activation) engine.Layer {
	return engine.Layer{
		Weight: r.in("weight", in*out, normal(1/math.Sqrt(float64(in)))),
		Bias:   r.in("bias", out, around(0.5, 0.25)),
		In:     in, Out: out, Activation: activation,
	}
}
