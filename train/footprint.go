package train

import (
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
}

func (f *footprint) total() int64 { return f.parameters + f.minibatch + f.evaluation + f.data }

// fits refuses a part for which the memory, in bytes, is too small; 0 is not known.
func (f *footprint) fits(memory int64) error {
	if memory == 0 || f.total() <= memory {
		return nil
	}
	return data.InputErrorf("%s: want at least %d MB of memory (parameters %d, minibatch %d, evaluation %d, data %d), found %d; lower its hidden, latents, samples or batch sizes, or eval.batch_size",
		f.name, f.total()>>20, f.parameters>>20, f.minibatch>>20, f.evaluation>>20, f.data>>20, memory>>20)
}

// CheckMemory refuses a configuration whose training on n examples of d values in the
// given number of classes takes more than the machine's memory.
func CheckMemory(c *configs.Config, n, d, classes int) error {
	return checkMemory(c, n, d, classes, machineMemory())
}

func checkMemory(c *configs.Config, n, d, classes int, memory int64) error {
	for _, phase := range c.Phases() {
		f := footprintOf(c, phase, d, classes)
		f.data = int64(n) * int64(d)
		if phase == "m2" && c.Model == "m1m2" {
			f.data += 4 * 2 * int64(n) * int64(c.M1.Latents)
		}
		if err := f.fits(memory); err != nil {
			return err
		}
	}
	return nil
}

// footprintOf is a phase's, without its data. All latents of M1 count as M2's inputs: which
// of them are kept is known later.
func footprintOf(c *configs.Config, phase string, d, classes int) footprint {
	f := footprint{name: phase}
	evaluated := engine.Pairs{Labelled: c.Eval.BatchSize, Labels: classes, Samples: 1}
	switch phase {
	case "m1":
		t, spec := c.M1.Train, M1Spec(c, d)
		f.parameters = parameterBytes(model.NewM1(spec).Size, t.Training)
		f.minibatch = m1Bytes(spec, engine.Pairs{Labelled: t.BatchSize, Samples: c.M1.Samples})
		f.evaluation = m1Bytes(spec, evaluated)
	case "m2":
		t, inputs := c.M2.Train, d
		if c.Model == "m1m2" {
			inputs = c.M1.Latents
		}
		spec := M2Spec(c, inputs, classes)
		f.parameters = parameterBytes(model.NewM2(spec).Size, t.Training)
		f.minibatch = m2Bytes(spec, engine.Pairs{
			Labelled: t.LabelledBatch, Unlabelled: t.UnlabelledBatch, Labels: classes, Samples: c.M2.Samples,
		})
		f.evaluation = m2Bytes(spec, evaluated)
	case "supervised":
		t, spec := c.Supervised.Train, SupervisedSpec(c, d, classes)
		f.parameters = parameterBytes(model.NewSupervised(spec).Size, t.Training)
		f.minibatch, f.evaluation = supervisedBytes(spec, t.BatchSize), supervisedBytes(spec, c.Eval.BatchSize)
	}
	return f
}

// parameterBytes counts the values, their gradient, the optimiser's states, the average
// and the copy on the host.
func parameterBytes(size int, t configs.Training) int64 {
	copies := 3 + rules[t.Optimiser.Name].States()
	if t.EMA > 0 {
		copies++
	}
	return 4 * int64(copies) * int64(size)
}

func m1Bytes(m model.M1Spec, pairs engine.Pairs) int64 {
	examples, rows, hidden := pairs.Labelled, pairs.Labelled*pairs.Samples, total(m.Hidden)
	return 4 * int64(examples*(m.Inputs+hidden+2*m.Latents)+rows*(hidden+m.Latents+outputWidth(m.Inputs, m.Output)))
}

func m2Bytes(m model.M2Spec, pairs engine.Pairs) int64 {
	hidden := total(m.Hidden)
	return 4 * int64(pairs.Examples()*(m.Inputs+total(m.ClassifierHidden)+m.Labels)+
		pairs.Rows()*(hidden+2*m.Latents)+pairs.SampleRows()*(hidden+m.Latents+outputWidth(m.Inputs, m.Output)))
}

func supervisedBytes(m model.SupervisedSpec, examples int) int64 {
	return 4 * int64(examples*(m.Inputs+total(m.Hidden)+m.Labels))
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

// checkEvaluation refuses an opened model whose minibatches of an evaluation take more than
// the memory. Its parameters are there already.
func (t *Trained) checkEvaluation(memory int64) error {
	for _, p := range t.parts() {
		whole := footprintOf(t.Config, p.name, t.Inputs, max(1, t.Classes))
		f := footprint{name: "evaluation of " + p.name, evaluation: whole.evaluation}
		if err := f.fits(memory); err != nil {
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
