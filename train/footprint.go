package train

import (
	"errors"
	"fmt"
	"math"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/counting"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
)

// footprint is the least memory that a part of a program takes, in bytes. What a device
// keeps for its own use comes on top of it.
type footprint struct {
	name                              string
	parameters, minibatch, evaluation int64
	data                              int64
	batch                             batch
}

// batch is the key that sets the size of a phase's minibatches, that size, and the bytes
// that one example more takes.
type batch struct {
	key          string
	size         int
	exampleBytes int64
}

func (f *footprint) total() int64 { return f.parameters + f.minibatch + f.evaluation + f.data }

// room is the memory that there is for arrays, in bytes; 0 is not known.
type room struct {
	kind  string
	bytes int64
}

// roomHere is that of this process.
func roomHere() room {
	limit := infer.MachineMemory()
	return room{limit.Of, limit.Bytes}
}

// fits refuses a part for which the room is too small.
func (f *footprint) fits(r room) error {
	if r.bytes == 0 || f.total() <= r.bytes {
		return nil
	}
	return data.InputErrorf("%s: want at least %d MB of %s (parameters %d, minibatch %d, evaluation %d, data %d), found %d; %s",
		f.name, f.total()>>20, r.kind, f.parameters>>20, f.minibatch>>20, f.evaluation>>20, f.data>>20, r.bytes>>20, f.advice(r))
}

// advice says what makes a part fit into a room: a smaller minibatch, where that is enough.
func (f *footprint) advice(r room) string {
	if n := f.largestBatch(r); n > 0 {
		return fmt.Sprintf("%s = %d is about the largest minibatch that would fit", f.batch.key, n)
	}
	return "lower its hidden, latents, samples or batch sizes, or eval.batch_size"
}

// spare is the part of a room that the advice leaves to the device's own use: one in so many.
const spare = 8

// largestBatch is the largest size of minibatch below the part's own that fits, 0 if none does.
func (f *footprint) largestBatch(r room) int {
	if f.batch.size < 2 {
		return 0
	}
	tooMuch := f.total() - (r.bytes - r.bytes/spare)
	fewer := (tooMuch + f.batch.exampleBytes - 1) / f.batch.exampleBytes
	return max(0, f.batch.size-int(max(1, fewer)))
}

// CheckMemory refuses a configuration whose training on n examples of d values in the
// given number of classes takes more than the machine's memory.
func CheckMemory(c *configs.Config, n, d, classes int) error {
	return checkMemory(c, n, d, classes, roomHere())
}

func checkMemory(c *configs.Config, n, d, classes int, memory room) error {
	for _, p := range phasesOf(c) {
		f := p.measure(c, sizes{n: n, d: d, classes: classes}, 1)
		if err := f.fits(memory); err != nil {
			return err
		}
	}
	return nil
}

// ownMemory is a device whose arrays do not lie in the machine's memory.
type ownMemory interface {
	// Room is how many bytes of arrays there is room for beside a data set of some bytes,
	// which need not lie there itself.
	Room(dataBytes int64) int64
}

// checkDevice is CheckMemory for a member's training on a device, all its replicas together.
func (m *member) checkDevice(dev engine.Device) error {
	card, own := dev.(ownMemory)
	for _, p := range phasesOf(m.config) {
		f, r := m.footprint(p, dev.Replicas()), roomHere()
		if own {
			f.data -= m.ds.imageBytes()
			r = room{cardMemory, card.Room(m.ds.imageBytes())}
		}
		if err := f.fits(r); err != nil {
			return err
		}
	}
	return nil
}

const cardMemory = "the card's free memory"

// explain says of a phase that a device had no memory for what would have fitted. The data
// lie there already, and what the phase had is free again.
func (m *member) explain(dev engine.Device, p Phase, replicas int, err error) error {
	card, ok := dev.(ownMemory)
	if !ok || !errors.Is(err, engine.ErrOutOfMemory) {
		return err
	}
	f := m.footprint(p, replicas)
	f.data -= m.ds.imageBytes()
	return data.InputErrorf("%s: %w: %s", p.Name(), err, f.advice(room{cardMemory, card.Room(0)}))
}

// footprint is what a phase takes that trains some replicas of the member's shape.
func (m *member) footprint(p Phase, replicas int) footprint {
	return p.measure(m.config, m.ds.sizes(), replicas)
}

// replicaBytes is what one replica more takes of a phase; 0 where replicas take turns.
func (m *member) replicaBytes(p Phase) int64 {
	one, two := m.footprint(p, 1), m.footprint(p, 2)
	return two.total() - one.total()
}

// imageBytes is what of the examples need not lie on a card: their pixels.
func (k *corpus) imageBytes() int64 {
	if k.input.Real() {
		return 0
	}
	return int64(k.n) * int64(k.d)
}

// capacity is how many replicas of a member's shape a phase has memory for. With cuBLAS it is
// one: how many there are may decide its last bits.
func (m *member) capacity(dev engine.Device, p Phase) (replicas int) {
	more := m.replicaBytes(p)
	if m.config.MatMul == "cublas" || more == 0 {
		return 1
	}
	r, one := roomHere(), m.footprint(p, 1)
	least := one.total()
	if card, ok := dev.(ownMemory); ok {
		r = room{cardMemory, card.Room(m.ds.imageBytes())}
		least -= m.ds.imageBytes()
	}
	if r.bytes == 0 {
		return math.MaxInt32
	}
	free := r.bytes - r.bytes/spare - least
	return 1 + int(max(0, free)/more)
}

// sizes are those of a data set: examples, values of each, classes; whether the values are real, and whether they stay in
// a file.
type sizes struct {
	n, d, classes int
	real, fed     bool
}

func (k *corpus) sizes() sizes { return sizes{k.n, k.d, k.classes, k.input.Real(), k.fed()} }

// examples makes room for the examples.
func (s sizes) examples(dev engine.Device) infer.Input {
	if s.fed {
		return infer.Input{Rows: func([]float32, []int32) {}, Width: s.d}
	}
	if s.real {
		return infer.Input{Floats: dev.NewSharedFloats(s.n * s.d), Width: s.d}
	}
	return infer.Input{Images: dev.NewSharedBytes(s.n * s.d), Width: s.d}
}

// bytes is what the examples take.
func (s sizes) bytes() int64 {
	bytes := int64(s.n) * int64(s.d)
	switch {
	case s.fed:
		return 0
	case s.real:
		return 4 * bytes
	}
	return bytes
}

// dataset is one of these sizes, split as a configuration wants it, without the examples.
func (s sizes) dataset(c *configs.Config) *dataset {
	all := make([]int32, s.n)
	validation := min(c.Data.Validation, s.n)
	labelled := min(int(c.Data.Labels), s.n-validation)
	if c.Data.Labels == configs.AllLabels {
		labelled = s.n - validation
	}
	input := transform.OfPixels(s.d)
	if s.real {
		input = transform.Identity(s.d)
	}
	ds := &dataset{
		corpus: &corpus{
			n: s.n, d: s.d, raw: s.d, width: s.d, height: 1, classes: s.classes, input: input,
			everyone: all[validation:], config: c,
		},
		split:    data.Split{Validation: all[:validation], Labelled: all[validation:][:labelled], Unlabelled: all[validation+labelled:]},
		labels:   all,
		labelled: labelled,
	}
	ds.unlabelled = len(ds.split.Unlabelled)
	return ds
}

// measured is what a phase takes, found by building it on a device that counts. All latents of M1 count as M2's
// inputs, as which of them are kept is known later, and each replica may have an M1 of its own.
func measured(p stepwise, c *configs.Config, s sizes, replicas int) footprint {
	f := count(p, c, s, replicas)
	key, size := p.batch(c)
	f.batch = batch{key: key, size: *size}
	if *size > 1 {
		smaller := *c
		_, fewer := p.batch(&smaller)
		*fewer--
		less := count(p, &smaller, s, replicas)
		f.batch.exampleBytes = max(1, f.minibatch-less.minibatch)
	}
	return f
}

func count(p stepwise, c *configs.Config, s sizes, replicas int) footprint {
	dev, ds := counting.New(replicas), s.dataset(c)
	f := footprint{name: p.Name()}
	// since is what has been made since the last call.
	before := int64(0)
	since := func() int64 {
		bytes := dev.Bytes() - before
		before += bytes
		return bytes
	}
	st := &station{dev: dev, corpus: ds.corpus, examples: s.examples(dev)}
	own := make([]*replica, replicas)
	for i := range own {
		m := newMember(Member{Config: c}, ds)
		if m.trained.M1 != nil {
			m.trained.Keep(picked(m.trained.M1.Latents))
		}
		own[i] = &replica{m, []*member{m}}
	}
	g := newGroup(st, own, nil)
	if p.onLatents() && c.HasM1() {
		g.reserveFeatures(c.M1.Latents, replicas == 1)
	}
	f.data = since()
	t := p.build(g)
	f.parameters = t.learner.Bytes()
	f.minibatch = since() - f.parameters + t.aheadBytes(replicas)
	if t.judge != nil {
		t.judge()
	}
	f.evaluation = since()
	return f
}
