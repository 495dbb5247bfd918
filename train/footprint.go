package train

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
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
	return checkMemory(c, n, d, classes, machineMemory())
}

func checkMemory(c *configs.Config, n, d, classes int, memory int64) error {
	for _, phase := range c.Phases() {
		f := trainingFootprint(c, phase, n, d, classes, 1)
		if err := f.fits(room{"memory", memory}); err != nil {
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

// CheckDevice is CheckMemory for training on a device, all its replicas together.
func CheckDevice(dev engine.Device, c *configs.Config, n, d, classes int) error {
	card, ok := dev.(ownMemory)
	if !ok {
		return CheckMemory(c, n, d, classes)
	}
	images := int64(n) * int64(d)
	for _, phase := range c.Phases() {
		f := trainingFootprint(c, phase, n, d, classes, dev.Replicas())
		f.data -= images
		if err := f.fits(room{cardMemory, card.Room(images)}); err != nil {
			return err
		}
	}
	return nil
}

const cardMemory = "the card's free memory"

// explain says of a phase that a device had no memory for what would have fitted. The data
// lie there already, and what the phase had is free again.
func (m *member) explain(dev engine.Device, phase string, replicas int, err error) error {
	card, ok := dev.(ownMemory)
	if !ok || !errors.Is(err, engine.ErrOutOfMemory) {
		return err
	}
	f := m.footprint(phase, replicas)
	f.data -= m.ds.imageBytes()
	return data.InputErrorf("%s: %w: %s", phase, err, f.advice(room{cardMemory, card.Room(0)}))
}

// footprint is what a phase takes that trains some replicas of the member's shape.
func (m *member) footprint(phase string, replicas int) footprint {
	return trainingFootprint(m.config, phase, m.ds.n, m.ds.d, m.ds.classes, replicas)
}

func (k *corpus) imageBytes() int64 { return int64(k.n) * int64(k.d) }

// capacity is how many replicas of a member's shape a phase has memory for. With cuBLAS it is
// one: how many there are may decide its last bits. A baseline has no replicas.
func (m *member) capacity(dev engine.Device, phase string) (replicas int) {
	if m.config.MatMul == "cublas" || phase == m.config.Baseline() {
		return 1
	}
	r := room{"memory", machineMemory()}
	one, two := m.footprint(phase, 1), m.footprint(phase, 2)
	least := one.total()
	if card, ok := dev.(ownMemory); ok {
		r = room{cardMemory, card.Room(m.ds.imageBytes())}
		least -= m.ds.imageBytes()
	}
	if r.bytes == 0 {
		return math.MaxInt32
	}
	free := r.bytes - r.bytes/spare - least
	return 1 + int(max(0, free)/(two.total()-one.total()))
}

// trainingFootprint is what a phase takes that trains some replicas on n examples.
func trainingFootprint(c *configs.Config, phase string, n, d, classes, replicas int) footprint {
	f := footprintOf(c, phase, d, classes)
	for _, bytes := range []*int64{&f.parameters, &f.minibatch, &f.evaluation, &f.batch.exampleBytes} {
		*bytes *= int64(replicas)
	}
	f.data = int64(n) * int64(d)
	if phase == c.Baseline() {
		inputs := d
		if c.HasM1() {
			inputs = c.M1.Latents
		}
		f.data += baselineBytes(c, n, inputs, classes)
	}
	if c.HasM1() && phase != "m1" && phase != "joint" && phase != "supervised" {
		// Each replica may have an M1 of its own.
		f.data += 4 * 2 * int64(n) * int64(c.M1.Latents) * int64(replicas)
	}
	return f
}

// footprintOf is a phase's, without its data. All latents of M1 count as M2's inputs: which
// of them are kept is known later.
func footprintOf(c *configs.Config, phase string, d, classes int) footprint {
	f := footprint{name: phase}
	// minibatches fills in what bytes takes of minibatches of a size and of an evaluation.
	minibatches := func(key string, size int, bytes func(size int) int64) {
		f.minibatch = bytes(size)
		f.batch = batch{key, size, f.minibatch - bytes(size-1)}
	}
	switch phase {
	case "m1":
		t, spec := c.M1.Train, M1Spec(c, d)
		f.parameters = parameterBytes(model.NewM1(spec).Size, t.Training)
		minibatches("m1.train.batch_size", t.BatchSize, func(size int) int64 { return m1Bytes(spec, size, c.M1.Samples, true) })
		f.evaluation = m1Bytes(spec, c.Eval.BatchSize, 1, false)
	case "m2":
		t, inputs := c.M2.Train, d
		if c.Model == "m1m2" {
			inputs = c.M1.Latents
		}
		spec := M2Spec(c, inputs, classes)
		f.parameters = parameterBytes(model.NewM2(spec).Size, t.Training)
		minibatches("m2.train.unlabelled_batch", t.UnlabelledBatch, func(size int) int64 {
			return m2Bytes(spec, engine.Pairs{Labelled: t.LabelledBatch, Unlabelled: size, Labels: classes, Samples: c.M2.Samples}, true)
		})
		f.evaluation = m2Bytes(spec, engine.Pairs{Labelled: c.Eval.BatchSize, Labels: classes, Samples: 1}, false)
	case "joint":
		t, m1, m2 := c.Joint, M1Spec(c, d), M2Spec(c, c.M1.Latents, classes)
		f.parameters = parameterBytes(model.NewM1(m1).Size+model.NewM2(m2).Size, t.Training)
		minibatches("joint.unlabelled_batch", t.UnlabelledBatch, func(size int) int64 {
			return jointBytes(m1, m2, engine.Pairs{Labelled: t.LabelledBatch, Unlabelled: size, Labels: classes, Samples: c.M2.Samples}, true)
		})
		f.evaluation = jointBytes(m1, m2, engine.Pairs{Unlabelled: stackBatch, Labels: classes, Samples: 1}, false)
	case "supervised":
		t, spec := c.Supervised.Train, SupervisedSpec(c, d, classes)
		f.parameters = parameterBytes(model.NewSupervised(spec).Size, t.Training)
		minibatches("supervised.train.batch_size", t.BatchSize, func(size int) int64 { return supervisedBytes(spec, size, true) })
		f.evaluation = supervisedBytes(spec, c.Eval.BatchSize, false)
	}
	return f
}

// parameterBytes counts the values, their gradient, the optimiser's states and the average.
func parameterBytes(size int, t configs.Training) int64 {
	copies := 2 + rule(t.Optimiser).States()
	if t.EMA > 0 {
		copies++
	}
	return 4 * int64(copies) * int64(size)
}

// m1Bytes is what model.M1Graph allocates. The gradients in the outputs of hidden layers
// share two buffers, in every model.
func m1Bytes(m model.M1Spec, examples, samples int, gradients bool) int64 {
	rows, hidden := examples*samples, total(m.Hidden)
	values := examples*(m.Inputs+1+hidden+2*m.Latents) + rows*(hidden+1+m.Latents+outputWidth(m.Inputs, m.Output))
	if gradients {
		values += examples*(2*m.Latents+1) + rows*(m.Latents+2*widest(m.Hidden)) + inputsOf(m.Activation, (examples+rows)*hidden)
	}
	return 4 * int64(values)
}

// m2Bytes is what model.M2Graph allocates. Its first layers on a label are outside of the
// shared buffers.
func m2Bytes(m model.M2Spec, pairs engine.Pairs, gradients bool) int64 {
	n, p, q := pairs.Examples(), pairs.Rows(), pairs.SampleRows()
	hidden, first, last := total(m.Hidden), m.Hidden[0], m.Hidden[len(m.Hidden)-1]
	values := pairs.Labelled + n*(m.Inputs+total(m.ClassifierHidden)+m.Labels+1+first) +
		p*(hidden+3+2*m.Latents) + q*(hidden+1+m.Latents+outputWidth(m.Inputs, m.Output))
	if gradients {
		values += n*(m.Labels+first) + p*(first+2*m.Latents) + q*(m.Latents+last) +
			2*max(n*widest(m.ClassifierHidden), p*widest(m.Hidden[1:]), q*widest(m.Hidden[:len(m.Hidden)-1])) +
			inputsOf(m.Activation, n*total(m.ClassifierHidden)+(p+q)*hidden)
	}
	return 4 * int64(values)
}

// jointBytes is what model.JointGraph allocates.
func jointBytes(m1 model.M1Spec, m2 model.M2Spec, pairs engine.Pairs, gradients bool) int64 {
	n, kept := pairs.Examples(), m2.Inputs
	values := n + m1.Latents + kept*(3*m1.Latents+1)
	if gradients {
		values += 2*n*kept + pairs.Unlabelled
	}
	return m1Bytes(m1, n, 1, gradients) + m2Bytes(m2, pairs, gradients) + 4*int64(values)
}

// supervisedBytes is what model.SupervisedGraph allocates.
func supervisedBytes(m model.SupervisedSpec, examples int, gradients bool) int64 {
	values := examples * (m.Inputs + total(m.Hidden) + m.Labels + 2)
	if gradients {
		values += examples*(m.Labels+2*widest(m.Hidden)) + inputsOf(m.Activation, examples*total(m.Hidden))
	}
	return 4 * int64(values)
}

// inputsOf is how many inputs of an activation are kept beside its n outputs, for its derivative.
func inputsOf(a engine.Activation, n int) int {
	if a.FromInput() {
		return n
	}
	return 0
}

// outputWidth is how many numbers describe p(x|z) of one example.
func outputWidth(inputs int, output model.Output) int {
	if output == model.Gaussian {
		return 2 * inputs
	}
	return inputs
}

func total(widths []int) int {
	sum := 0
	for _, w := range widths {
		sum += w
	}
	return sum
}

// widest is the largest width, 0 of none.
func widest(widths []int) int { return slices.Max(append([]int{0}, widths...)) }

// checkEvaluation refuses an opened model whose minibatches of an evaluation take more than
// the memory. Its parameters are there already.
func (t *Trained) checkEvaluation(memory int64) error {
	for _, p := range t.parts() {
		whole := footprintOf(t.Config, p.name, t.Inputs, max(1, t.Classes))
		f := footprint{name: "evaluation of " + p.name, evaluation: whole.evaluation}
		if err := f.fits(room{"memory", memory}); err != nil {
			return err
		}
	}
	return nil
}

// machineMemory is how much memory there is, in bytes, where the system tells it; otherwise 0.
func machineMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	words := strings.Fields(string(text))
	at := slices.Index(words, "MemTotal:") + 1
	if at == 0 || at == len(words) {
		return 0
	}
	kibibytes, err := strconv.ParseInt(words[at], 10, 64)
	if err != nil {
		return 0
	}
	return kibibytes << 10
}
