package floor_test

import (
	"reflect"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest"
	"ssdgm/engine/floor"
	"ssdgm/engine/ref"
)

// mute is a device that panics at every step.
type mute struct{ engine.Device }

func (mute) Replicas() int { return 1 }

func TestEveryStepOfTheContractIsNoted(t *testing.T) {
	for _, steps := range []reflect.Type{
		reflect.TypeFor[engine.MinibatchSteps](), reflect.TypeFor[engine.LayerSteps](), reflect.TypeFor[engine.LatentSteps](),
		reflect.TypeFor[engine.LabelSteps](), reflect.TypeFor[engine.OptimiserSteps](),
	} {
		for i := range steps.NumMethod() {
			name := steps.Method(i).Name
			c := floor.NewCounter(mute{})
			c.Note(func() {
				defer func() { _ = recover() }()
				method := reflect.ValueOf(c).MethodByName(name)
				arguments := make([]reflect.Value, method.Type().NumIn())
				for j := range arguments {
					arguments[j] = reflect.Zero(method.Type().In(j))
				}
				method.Call(arguments)
			})
			if len(c.Works) != 1 || c.Works[0].Step != name {
				t.Errorf("%s: want it noted once, found %+v", name, c.Works)
			}
		}
	}
}

func TestACounterKeepsTheContract(t *testing.T) {
	enginetest.Run(t, "counter", func(replicas int) engine.Device {
		return floor.NewCounter(ref.New[float32](replicas))
	})
}

func TestADenseLayerMovesItsArraysOnce(t *testing.T) {
	const rows, in, out, replicas = 5, 7, 3, 2
	dev := ref.New[float32](replicas)
	layer := engine.Layer{Weight: dev.NewFloats(in * out), Bias: dev.NewFloats(out), In: in, Out: out}
	grad := engine.LayerGrad{Weight: dev.NewFloats(in * out), Bias: dev.NewFloats(out)}
	x, y, dx, dy := dev.NewFloats(rows*in), dev.NewFloats(rows*out), dev.NewFloats(rows*in), dev.NewFloats(rows*out)
	c := floor.NewCounter(dev)
	c.Note(func() {
		c.Dense(y, x, rows, layer)
		c.DenseGrad(dx, grad, dy, y, x, rows, layer)
		c.DenseGrad(engine.Floats{}, grad, dy, y, x, rows, layer)
	})
	const product, parameters = 2 * rows * in * out, in*out + out
	for i, want := range []struct{ flop, elements float64 }{
		{product, rows*in + parameters + rows*out},
		{2 * product, rows*out + rows*in + in*out + parameters + rows*in}, // dy, x, W; W's and b's gradients, dx
		{product, rows*out + rows*in + parameters},
	} {
		found := c.Works[i]
		if found.FLOP != replicas*want.flop || found.Bytes != replicas*4*want.elements {
			t.Errorf("%s %d: want %d replicas of %g FLOP and %g elements, found %+v", found.Step, i, replicas, want.flop, want.elements, found)
		}
	}
}

func TestTheFloorIsTheLongerOfTwoTimes(t *testing.T) {
	card := floor.Card{FLOPS: 10, BytesPerSecond: 100}
	for _, c := range []struct{ flop, bytes, want float64 }{{20, 100, 2}, {20, 300, 3}, {0, 0, 0}} {
		if found := card.Seconds(floor.Work{FLOP: c.flop, Bytes: c.bytes}); found != c.want {
			t.Errorf("%+v: found %g s", c, found)
		}
	}
}

func TestAStepCanBeTakenAgain(t *testing.T) {
	dev := ref.New[float32](1)
	sum, x := dev.NewDoubles(1), dev.NewFloats(1)
	dev.WriteFloats(x, 0, []float32{3})
	c := floor.NewCounter(dev)
	c.Note(func() { c.AddSum(sum, x, engine.Floats{}) })
	c.Works[0].Take()
	var found [1]float64
	if dev.ReadDoubles(found[:], sum, 0); found[0] != 6 {
		t.Errorf("want the sum of two steps, 6, found %g", found[0])
	}
	if len(c.Works) != 1 {
		t.Errorf("want a repeated step not noted, found %d steps", len(c.Works))
	}
}
