package train

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/ref"
	"ssdgm/model"
	"ssdgm/train/data"
)

// TestTooLargeSizesAreRefused holds that every size which a configuration allows but no
// small machine has memory for is refused before anything is allocated.
func TestTooLargeSizesAreRefused(t *testing.T) {
	const memory = 8 << 30
	load := func(sets ...string) *configs.Config { return configured(t, sets...) }
	if err := checkMemory(load(), 60000, 784, 10, memory); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for _, c := range []struct{ phase, set string }{
		{"m1", "m1.hidden=[65536, 65536]"},
		{"m1", "m1.train.batch_size=1048576"},
		{"m1", "eval.batch_size=1048576"},
		{"m2", "m2.hidden=[65536, 65536]"},
		{"m2", "m2.classifier_hidden=[65536, 65536]"},
		{"m2", "m2.train.unlabelled_batch=1048576"},
		{"m2", "m2.samples=1024"},
		{"supervised", "supervised.hidden=[65536, 65536]"},
		{"supervised", "supervised.train.batch_size=1048576"},
	} {
		sets := []string{c.set}
		if c.set == "m2.samples=1024" {
			sets = append(sets, "m2.train.unlabelled_batch=1000")
		}
		if strings.HasPrefix(c.set, "supervised.train") {
			sets = append(sets, "supervised.hidden=[2000]")
		}
		err := checkMemory(load(sets...), 60000, 784, 10, memory)
		if err == nil || !strings.HasPrefix(err.Error(), c.phase+": want at least ") {
			t.Errorf("%s: want a refusal of %s, found %v", c.set, c.phase, err)
		}
		if err := checkMemory(load(sets...), 60000, 784, 10, 0); err != nil {
			t.Errorf("%s where the memory is not known: %v", c.set, err)
		}
	}
}

// TestTooLargeEvaluationsAreRefused is the same for a trained model.
func TestTooLargeEvaluationsAreRefused(t *testing.T) {
	trained := tinyTrained(t)
	trained.Config.Eval.BatchSize = 1 << 20
	if err := trained.checkEvaluation(1 << 20); err == nil || !strings.Contains(err.Error(), "evaluation of m1: ") {
		t.Errorf("want a refusal, found %v", err)
	}
	if err := trained.checkEvaluation(1 << 40); err != nil {
		t.Error(err)
	}
}

// counting is a device that counts the bytes of its floats and integers.
type counting struct {
	engine.Device
	bytes int64
}

func (d *counting) NewFloats(n int) engine.Floats {
	d.bytes += 4 * int64(n)
	return d.Device.NewFloats(n)
}

func (d *counting) NewInts(n int) engine.Ints {
	d.bytes += 4 * int64(n)
	return d.Device.NewInts(n)
}

// TestFootprintsAreWhatGraphsAllocate holds the sizes in bytes of minibatches and of
// evaluations to the models' own allocations, but for a few numbers.
func TestFootprintsAreWhatGraphsAllocate(t *testing.T) {
	const d, classes, few = 60, 7, 100
	for _, sets := range [][]string{
		{"m1.hidden=[20, 30]", "m2.hidden=[50, 10, 40]", "m2.classifier_hidden=[90, 20]", "supervised.hidden=[30, 31]"},
		{"m1.hidden=[20]", "m1.samples=3", "m1.output=gaussian", "m2.hidden=[50]", "joint.steps=1", "m2.classifier_hidden=[5]", "m2.samples=2"},
		{"model=m2", "m2.train.labelled_batch=40", "supervised.hidden=[9]"},
		{"m1.activation=gelu", "m1.samples=2", "m2.activation=silu", "m2.hidden=[50, 40]", "m2.classifier_hidden=[20]", "supervised.activation=gelu"},
	} {
		c := configured(t, append([]string{"eval.batch_size=33"}, sets...)...)
		for _, phase := range c.Phases() {
			f, training, evaluation := footprintOf(c, phase, d, classes), counting{Device: ref.New[float32](1)}, counting{Device: ref.New[float32](1)}
			switch phase {
			case "m1":
				m := model.NewM1(M1Spec(c, d))
				m.Graph(&training, c.M1.Train.BatchSize, c.M1.Samples, true)
				m.Graph(&evaluation, c.Eval.BatchSize, 1, false)
			case "m2":
				inputs := d
				if c.Model == "m1m2" {
					inputs = c.M1.Latents
				}
				m := model.NewM2(M2Spec(c, inputs, classes))
				m.Graph(&training, engine.Pairs{Labelled: c.M2.Train.LabelledBatch, Unlabelled: c.M2.Train.UnlabelledBatch, Samples: c.M2.Samples}, true)
				m.Graph(&evaluation, engine.Pairs{Labelled: c.Eval.BatchSize, Samples: 1}, false)
			case "joint":
				m := model.NewJoint(model.NewM1(M1Spec(c, d)), model.NewM2(M2Spec(c, c.M1.Latents, classes)))
				m.Graph(&training, engine.Pairs{Labelled: c.Joint.LabelledBatch, Unlabelled: c.Joint.UnlabelledBatch, Samples: c.M2.Samples}, true)
				m.Graph(&evaluation, engine.Pairs{Unlabelled: stackBatch, Samples: 1}, false)
			case "supervised":
				m := model.NewSupervised(SupervisedSpec(c, d, classes))
				m.Graph(&training, c.Supervised.Train.BatchSize, true)
				m.Graph(&evaluation, c.Eval.BatchSize, false)
			}
			if off := training.bytes - f.minibatch; max(off, -off) > few {
				t.Errorf("%v: a minibatch of %s takes %d bytes, found %d", sets, phase, training.bytes, f.minibatch)
			}
			if off := evaluation.bytes - f.evaluation; max(off, -off) > few {
				t.Errorf("%v: an evaluation of %s takes %d bytes, found %d", sets, phase, evaluation.bytes, f.evaluation)
			}
		}
	}
}

// configured is the default configuration with some keys set.
func configured(t *testing.T, sets ...string) *configs.Config {
	t.Helper()
	c, _, err := configs.Parse("test", nil, append([]string{
		"m1.train.steps=1", "m2.train.steps=1", "supervised.train.steps=1", "yardstick=true",
	}, sets...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// smallCard is a device with little memory of its own.
type smallCard struct {
	engine.Device
	bytes int64
}

func (d *smallCard) Room(int64) int64 { return d.bytes }

// TestTheLargestMinibatchFits holds that what is too large for a card is refused with a
// size of minibatch that is not, and that about the largest.
func TestTheLargestMinibatchFits(t *testing.T) {
	card := &smallCard{ref.New[float32](3), 200 << 20}
	for _, key := range []string{"m1.train.batch_size", "m2.train.unlabelled_batch", "supervised.train.batch_size"} {
		with := func(size int) error {
			return CheckDevice(card, configured(t, fmt.Sprintf("%s=%d", key, size)), 60000, 784, 10)
		}
		err := with(300_000)
		phase, _, _ := strings.Cut(key, ".")
		if !errors.Is(err, data.ErrInput) || !strings.HasPrefix(err.Error(), phase+": want at least ") {
			t.Fatalf("%s: want a refusal of %s, found %v", key, phase, err)
		}
		var largest int
		_, advice, _ := strings.Cut(err.Error(), key+" = ")
		if _, scanErr := fmt.Sscanf(advice, "%d is about the largest minibatch that would fit", &largest); scanErr != nil {
			t.Fatalf("%v: want the largest %s", err, key)
		}
		if err := with(largest); err != nil {
			t.Errorf("the largest is refused: %v", err)
		}
		if with(largest*3/2) == nil {
			t.Errorf("%s = %d fits as well as %d, which should be about the largest", key, largest*3/2, largest)
		}
	}
	card.bytes = 1 << 20
	if err := CheckDevice(card, configured(t), 60000, 784, 10); err == nil || !strings.Contains(err.Error(), "lower its hidden") {
		t.Errorf("want a refusal that asks for a smaller network, found %v", err)
	}
}
