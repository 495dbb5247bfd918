package pictures

import (
	"context"
	"math"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/ref"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/data"
)

// Tiny networks on few glyphs for few steps: seconds on the reference device.
var tiny = []string{
	"yardstick=false", "data.train=200", "data.labels=50", "data.validation=50", "data.test=60",
	"m1.hidden=[12]", "m1.latents=6", "m1.keep_above=0.01", "m1.train.epochs=0", "m1.train.steps=8", "m1.train.batch_size=20",
	"m2.hidden=[14]", "m2.classifier_hidden=[8]", "m2.latents=5", "m2.train.epochs=0", "m2.train.steps=6",
	"m2.train.labelled_batch=10", "m2.train.unlabelled_batch=10", "supervised.train.steps=2", "supervised.hidden=[8]",
	"eval.batch_size=25",
}

func newDevice(t *testing.T) engine.Device {
	dev := ref.New[float32](1)
	t.Cleanup(func() { _ = dev.Close() })
	return dev
}

// tinyModel is a tiny model with the given keys, and the test images.
func tinyModel(t *testing.T, sets ...string) (*trained.Model, *data.Set) {
	t.Helper()
	c, _, err := configs.Parse("tiny", nil, append(append([]string{}, tiny...), sets...))
	must(t, err)
	training, test, err := train.Parts(c)
	must(t, err)
	session, err := train.Open(t.TempDir(), train.Options{
		Members: []train.Member{{Config: c, Train: training}}, Device: newDevice(t), Observer: silent{},
	})
	must(t, err)
	t.Cleanup(func() { _ = session.Close() })
	results, err := session.Run(context.Background())
	must(t, err)
	model := results[0].Trained
	set, err := test.Load()
	must(t, err)
	return model, set
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type silent struct{}

func (silent) Phase(string, int, int, int) {}
func (silent) Step(int)                    {}
func (silent) Metrics([]train.Metrics)     {}
func (silent) Note(string)                 {}

// zero makes a parameter of M2 zero, so that a test can plant what it wants.
func zero(t *testing.T, m *trained.Model, names ...string) {
	t.Helper()
	for _, name := range names {
		for i := range find(t, m, name) {
			find(t, m, name)[i] = 0
		}
	}
}

// find is a parameter of M2 as it lies in memory.
func find(t *testing.T, m *trained.Model, name string) []float32 {
	t.Helper()
	tensor, ok := m.M2.Find(name)
	if !ok {
		t.Fatalf("M2 has no parameter %s", name)
	}
	return m.M2Values[tensor.Offset:][:tensor.Len()]
}

// plantLabels makes a decoder of M2 that lights pixel k for label k alone. Hidden units
// 10 and 11 are the latents 0 and 1, and grey the pixels 20 and 21.
func plantLabels(t *testing.T, m *trained.Model) {
	t.Helper()
	hidden := m.M2.Hidden[0]
	zero(t, m, "m2.decoder.0.weight", "m2.decoder.0.label.weight", "m2.decoder.out.weight")
	for i := range find(t, m, "m2.decoder.0.bias") {
		find(t, m, "m2.decoder.0.bias")[i] = -30
	}
	for i := range find(t, m, "m2.decoder.out.bias") {
		find(t, m, "m2.decoder.out.bias")[i] = -30
	}
	for k := range 10 {
		find(t, m, "m2.decoder.0.label.weight")[k*hidden+k] = 60 // one row per label
		find(t, m, "m2.decoder.out.weight")[k*hidden+k] = 2
	}
	for j := range 2 {
		find(t, m, "m2.decoder.0.weight")[(10+j)*m.M2.Latents+j] = 1
		find(t, m, "m2.decoder.0.bias")[10+j] = 8 // softplus is nearly straight here
		find(t, m, "m2.decoder.out.weight")[(20+j)*hidden+10+j] = 1
		find(t, m, "m2.decoder.out.bias")[20+j] = -8
	}
}

// pixel is the grey level of a pixel of one image of a sheet.
func pixel(s *Sheet, row, column, number int) int {
	at := s.Cell(row, column)
	grey, _, _, _ := s.Image().At(at.Min.X+number%at.Dx(), at.Min.Y+number/at.Dx()).RGBA()
	return int(grey >> 8)
}

// label is the label that a planted decoder drew.
func label(s *Sheet, row, column int) int {
	for k := range 10 {
		if pixel(s, row, column, k) > 200 {
			return k
		}
	}
	return -1
}

func near(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-4 }
