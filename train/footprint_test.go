package train

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/counting"
	"ssdgm/engine/ref"
	"ssdgm/train/data"
)

// TestTooLargeSizesAreRefused holds that every size which a configuration allows but no
// small machine has memory for is refused before anything is allocated.
func TestTooLargeSizesAreRefused(t *testing.T) {
	const memory = 8 << 30
	load := func(sets ...string) *configs.Config { return configured(t, sets...) }
	if err := checkMemory(load(), 60000, 784, 10, room{"memory", memory}); err != nil {
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
		err := checkMemory(load(sets...), 60000, 784, 10, room{"memory", memory})
		if err == nil || !strings.HasPrefix(err.Error(), c.phase+": want at least ") {
			t.Errorf("%s: want a refusal of %s, found %v", c.set, c.phase, err)
		}
		if err := checkMemory(load(sets...), 60000, 784, 10, room{}); err != nil {
			t.Errorf("%s where the memory is not known: %v", c.set, err)
		}
	}
}

// measuring is a device whose arrays are counted.
type measuring struct {
	engine.Device
	count *counting.Device
}

func (d *measuring) NewFloats(n int) engine.Floats {
	d.count.NewFloats(n)
	return d.Device.NewFloats(n)
}
func (d *measuring) NewSharedFloats(n int) engine.Floats {
	d.count.NewSharedFloats(n)
	return d.Device.NewSharedFloats(n)
}
func (d *measuring) NewDoubles(n int) engine.Doubles {
	d.count.NewDoubles(n)
	return d.Device.NewDoubles(n)
}
func (d *measuring) NewInts(n int) engine.Ints { d.count.NewInts(n); return d.Device.NewInts(n) }
func (d *measuring) NewSharedInts(n int) engine.Ints {
	d.count.NewSharedInts(n)
	return d.Device.NewSharedInts(n)
}
func (d *measuring) NewSharedBytes(n int) engine.Bytes {
	d.count.NewSharedBytes(n)
	return d.Device.NewSharedBytes(n)
}
func (d *measuring) Release(m engine.Mark) { d.count.Release(m); d.Device.Release(m) }

// measuringObserver compares, where a phase starts, what its arrays take with what is said of it.
type measuringObserver struct {
	heard
	t       *testing.T
	session *Session
	devices map[int]*counting.Device // by replicas
}

func (o *measuringObserver) Phase(name string, replicas, _, _ int) {
	said := o.session.members[0].footprint(phaseOf(name), replicas)
	found, total := o.devices[replicas].Bytes(), said.total()
	if off := found - total; 20*max(off, -off) > total {
		o.t.Errorf("%s of %d replicas: said %d bytes (%+v), found %d", name, replicas, total, said, found)
	}
	o.groups = append(o.groups, fmt.Sprintf("%s %d", name, replicas))
}

// TestFootprintsAreWhatPhasesTake holds what is said of a phase's memory to within 5 % of what the phase has made
// when its first step is due.
func TestFootprintsAreWhatPhasesTake(t *testing.T) {
	const real = "real" // and the same on real-valued examples
	for _, sets := range [][]string{
		nil,
		{"seeds=[1, 2, 3]", "m2.samples=2", "m1.samples=3", "m1.output=gaussian", "data.binarise=resample"},
		{"model=m2", "m2.hidden=[50, 10, 40]", "m2.activation=gelu", "data.validation=0"},
		{"model=m2", "m2.samples=2", real},
		{"seeds=[1, 2]", "joint.steps=2", "joint.labelled_batch=6", "joint.unlabelled_batch=7", "m1.activation=silu", "supervised.hidden=[30, 31]"},
	} {
		o := &measuringObserver{t: t, devices: map[int]*counting.Device{}}
		open := func(replicas int) (engine.Device, error) {
			dev, err := openCPUs(replicas)
			if err != nil {
				return nil, err
			}
			o.devices[replicas] = counting.New(replicas)
			return &measuring{dev, o.devices[replicas]}, nil
		}
		one, err := open(1)
		if err != nil {
			t.Fatal(err)
		}
		onReal := slices.Contains(sets, real)
		sets = slices.DeleteFunc(sets, func(set string) bool { return set == real })
		grid, _, err := configs.ParseGrid("small", nil, append(slices.Clone(small), sets...))
		if err != nil {
			t.Fatal(err)
		}
		members := membersOf(t, grid)
		if onReal {
			members[0].Train = &heldPart{asFloats(glyphSet(t, 1000), spread)}
		}
		o.session, err = Open(t.TempDir(), Options{Members: members, Device: one, Open: open, Observer: o})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.session.Run(t.Context()); err != nil {
			t.Error(err)
		}
		if len(o.groups) < 2 {
			t.Errorf("%v: want two phases at least, found %v", sets, o.groups)
		}
		if err := errors.Join(o.session.Close(), one.Close()); err != nil {
			t.Error(err)
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

// checkOn is checkDevice for MNIST.
func checkOn(dev engine.Device, c *configs.Config) error {
	return newMember(Member{Config: c}, sizes{n: 60000, d: 784, classes: 10}.dataset(c)).checkDevice(dev)
}

// TestTheLargestMinibatchFits holds that what is too large for a card is refused with a
// size of minibatch that is not, and that about the largest.
func TestTheLargestMinibatchFits(t *testing.T) {
	card := &smallCard{ref.New[float32](3), 200 << 20}
	for _, key := range []string{"m1.train.batch_size", "m2.train.unlabelled_batch", "supervised.train.batch_size"} {
		with := func(size int) error {
			return checkOn(card, configured(t, fmt.Sprintf("%s=%d", key, size)))
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
	if err := checkOn(card, configured(t)); err == nil || !strings.Contains(err.Error(), "lower its hidden") {
		t.Errorf("want a refusal that asks for a smaller network, found %v", err)
	}
}

// Examples that stay in a file take no memory but that of the minibatches which are read ahead.
func TestExamplesInAFileTakeNoMemory(t *testing.T) {
	c := configured(t, "m1.output=gaussian", "m1.train.batch_size=20")
	s := sizes{n: 1 << 20, d: 1 << 10, classes: 10, real: true}
	memory := descent{m1Phase{}}.measure(c, s, 2)
	s.fed = true
	file := descent{m1Phase{}}.measure(c, s, 2)
	if memory.data != 4<<30 || file.data != 0 {
		t.Errorf("data: %d bytes in memory, %d in a file", memory.data, file.data)
	}
	if found, want := file.minibatch-memory.minibatch, int64(3*2*20*4<<10); found != want {
		t.Errorf("a minibatch of a file takes %d bytes more, want %d", found, want)
	}
}
