//go:build cuda

package cuda

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cuda/internal/standin"
)

// training is a small training step: two layers on a sample, forward and backward,
// with everything that a model's step has around them.
type training struct {
	*device
	clock, fault               engine.Ints
	scalars, rate, norm, sum   engine.Doubles
	params                     engine.Parameters
	layers                     [2]engine.Layer
	grads                      [2]engine.LayerGrad
	x, h, dh, y, dy, kl, stats engine.Floats
	noise                      engine.Noise
	options                    engine.OptimiserOptions
}

const trainingRows, trainingWidth = 37, 20

func newTraining(d *device) *training {
	const weights = trainingWidth * trainingWidth
	const n = 2 * (weights + trainingWidth)
	rows := func() engine.Floats { return d.NewFloats(trainingRows * trainingWidth) }
	s := &training{
		device: d, clock: d.NewSharedInts(1), fault: d.NewInts(engine.FaultLen),
		scalars: d.NewDoubles(engine.ScalarLen), rate: d.NewDoubles(1), norm: d.NewDoubles(1), sum: d.NewDoubles(1),
		params: engine.Parameters{Values: d.NewFloats(n), Grads: d.NewFloats(n), States: [2]engine.Floats{d.NewFloats(n), d.NewFloats(n)}},
		x:      rows(), h: rows(), dh: rows(), y: rows(), dy: rows(), kl: d.NewFloats(trainingRows),
		stats:   d.NewFloats(2 * trainingRows * trainingWidth), // zeros: the prior's
		noise:   engine.Noise{Seed: d.NewInts(2), Stream: 7},
		options: engine.OptimiserOptions{Rule: engine.Adam, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, ClipNorm: 1},
	}
	s.noise.Clock = s.clock
	for i := range s.layers {
		at := i * n / 2
		s.layers[i] = engine.Layer{
			Weight: s.params.Values.Slice(at, weights), Bias: s.params.Values.Slice(at+weights, trainingWidth),
			In: trainingWidth, Out: trainingWidth, Activation: engine.Softplus,
		}
		s.grads[i] = engine.LayerGrad{Weight: s.params.Grads.Slice(at, weights), Bias: s.params.Grads.Slice(at+weights, trainingWidth)}
	}
	for r := range d.Replicas() {
		d.WriteInts(s.noise.Seed, r, []int32{int32(r), 1})
		d.WriteDoubles(s.rate, r, []float64{1e-2})
		host := make([]float32, n)
		for i := range host {
			host[i] = float32((i*7+r)%11-5) / 20
		}
		d.WriteFloats(s.params.Values, r, host)
	}
	return s
}

// steps lower the square of the output for a sampled input.
func (s *training) steps() []engine.Step {
	pairs := engine.Pairs{Labelled: trainingRows, Labels: 1, Samples: 1}
	var l engine.List
	l.Add(engine.BeginStep{Clock: s.clock, Scalars: s.scalars, BaseRate: s.rate, Options: s.options})
	l.Add(engine.GaussianSample{
		Z: s.x, KL: s.kl, Stats: s.stats, Pairs: pairs, Latents: trainingWidth, Noise: s.noise,
	})
	l.Add(engine.Dense{Y: s.h, X: s.x, Rows: trainingRows, Layer: s.layers[0]})
	l.Add(engine.Dense{Y: s.y, X: s.h, Rows: trainingRows, Layer: s.layers[1]})
	l.Add(engine.Dense{Y: s.dy, X: s.h, Rows: trainingRows, Layer: s.layers[1]}) // of ½y², y itself
	l.Add(engine.AddSum{Sum: s.sum, X: s.y})
	l.Add(engine.DenseGrad{
		DX: s.dh, Grad: s.grads[1], DY: s.dy, From: s.y, X: s.h, Rows: trainingRows,
		Layer: s.layers[1],
	})
	l.Add(engine.DenseGrad{
		Grad: s.grads[0], DY: s.dh, From: s.h, X: s.x, Rows: trainingRows, Layer: s.layers[0],
	})
	l.Add(engine.GradientNorm{Norm: s.norm, Fault: s.fault, Grads: s.params.Grads, Clock: s.clock})
	l.Add(engine.Update{Params: s.params, Scalars: s.scalars, Norm: s.norm, Fault: s.fault, Options: s.options})
	return l.Steps()
}

// step takes the steps at once, each by itself.
func (s *training) step() {
	for _, step := range s.steps() {
		engine.Do(s, step)
	}
}

// values are the parameters of a replica, and the sum over all steps.
func (s *training) values(replica int) []float64 {
	host, sum := make([]float32, s.params.Values.Len), make([]float64, 1)
	s.ReadFloats(host, s.params.Values, replica)
	s.ReadDoubles(sum, s.sum, replica)
	for _, v := range host {
		sum = append(sum, float64(v))
	}
	return sum
}

// Several steps in one graph, one step in one graph, and steps called by themselves
// give the same bits, whatever the numbers of runs are.
func TestReplayedGraphsGiveTheBitsOfDirectLaunches(t *testing.T) {
	const steps = 150
	direct := newTraining(packed(t, 2))
	for range steps {
		direct.step()
	}
	for _, runs := range [][]int{{150}, {1, 149}, {70, 0, 80}, slices.Repeat([]int{1}, steps)} {
		s := newTraining(packed(t, 2))
		program := s.Compile(s.steps())
		for _, n := range runs {
			program.Run(n)
		}
		for r := range 2 {
			if !slices.Equal(s.values(r), direct.values(r)) {
				t.Errorf("runs of %v steps: replica %d differs from direct launches", runs, r)
			}
		}
		closed(t, s.device)
	}
	closed(t, direct.device)
}

// In a steady state nothing but graphs is launched: nothing is allocated, copied or
// waited for, and one launch takes several steps.
func TestSteadyStateLaunchesGraphsAndNothingElse(t *testing.T) {
	needsStandIn(t)
	s := newTraining(packed(t, 2))
	defer closed(t, s.device)
	program := s.Compile(s.steps())
	copies := program.Ahead()
	if copies < 2 {
		t.Fatalf("%d copies of a step of 11 kernels in a graph, want several", copies)
	}
	program.Run(2*copies + 1)
	calls := standin.Calls(func() {
		for range 10 {
			program.Run(1)
		}
		program.Run(5*copies + 3)
	})
	for name, n := range calls {
		switch {
		case name == "cuGraphLaunch":
			if n != 10+5+3 {
				t.Errorf("%d launches of graphs, want %d", n, 10+5+3)
			}
		case strings.HasPrefix(name, "cu") && name != "cuCtxSetCurrent":
			t.Errorf("%d calls of %s in a steady state", n, name)
		}
	}
}

func TestCompilingTakesNoStep(t *testing.T) {
	s := newTraining(packed(t, 1))
	defer closed(t, s.device)
	before := s.values(0)
	program := s.Compile(s.steps())
	if !slices.Equal(s.values(0), before) {
		t.Error("compiling has changed the parameters")
	}
	program.Run(1)
	if slices.Equal(s.values(0), before) {
		t.Error("running has not changed the parameters")
	}
}

// A hidden layer's δ is left by the product above it, which saves a launch.
func TestAProgramLeavesOutTheHiddenLayersOwnDelta(t *testing.T) {
	s := newTraining(packed(t, 1))
	defer closed(t, s.device)
	list := s.Compile(s.steps()).(*program).list
	names := make([]string, len(list.names))
	for i, l := range list.names {
		names[i] = l.kernel
	}
	count := func(prefix string) (n int) {
		for _, name := range names {
			if strings.HasPrefix(name, prefix) {
				n++
			}
		}
		return n
	}
	if count("activation_grad") != 1 || count("dense_grad") != 2 {
		t.Errorf("a step of two layers launches %v, want two products and one δ backward", names)
	}
}

// Compiling goes on after memory has run out, as a model does that looks at the end.
func TestCompilingAfterAFailureDoesNothing(t *testing.T) {
	needsStandIn(t)
	s := newTraining(packed(t, 1))
	standin.Set("memory", "0")
	defer standin.Set("memory", "4294967296")
	s.NewFloats(1 << 28)
	program := s.Compile(s.steps())
	program.Run(2)
	if err := s.Sync(); !errors.Is(err, engine.ErrOutOfMemory) {
		t.Errorf("%v, want it to be engine.ErrOutOfMemory", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnEmptyProgramRuns(t *testing.T) {
	d := packed(t, 1)
	defer closed(t, d)
	d.Compile(nil).Run(3)
}

func TestGraphsOfForgottenProgramsAreDestroyed(t *testing.T) {
	s := newTraining(packed(t, 1))
	defer closed(t, s.device)
	for range 20 {
		s.Compile(s.steps()).Run(2)
		runtime.GC()
	}
	runtime.GC()
	s.Compile(nil)
	if n := len(s.graphs); n > 10 {
		t.Errorf("%d graphs are kept for 20 programs that nobody holds", n)
	}
}

// A scratch memory that grows leaves earlier programs what they were captured with.
func TestScratchGrowsUnderPrograms(t *testing.T) {
	s := newTraining(packed(t, 2))
	defer closed(t, s.device)
	twin := newTraining(packed(t, 2))
	defer closed(t, twin.device)
	program := s.Compile(s.steps())
	program.Run(2)
	if s.scratchFor(0, 1<<16).IsNil() {
		t.Fatal(s.err)
	}
	s.step()
	program.Run(2)
	for range 5 {
		twin.step()
	}
	if !slices.Equal(s.values(1), twin.values(1)) {
		t.Error("a program gives something else after the scratch memory has grown")
	}
}

func TestARefusedLaunchIsNamedWithKernelAndShape(t *testing.T) {
	needsStandIn(t)
	d := packed(t, 1)
	standin.Set("fail", "cuLaunchKernel:1:701")
	defer standin.Set("fail", "")
	z, kl, stats := d.NewFloats(5000), d.NewFloats(100), d.NewFloats(10000)
	noise := engine.Noise{Seed: d.NewInts(2), Clock: d.NewSharedInts(1)}
	step := engine.GaussianSample{
		Z: z, KL: kl, Stats: stats, Pairs: engine.Pairs{Labelled: 100, Labels: 1, Samples: 1}, Latents: 50, Noise: noise,
	}
	standin.Calls(func() { engine.Do(d, step) })
	err := d.Sync()
	if err == nil || !strings.HasPrefix(err.Error(), "cuda: gaussian_sample (100×50): launch out of resources") {
		t.Errorf("%v, want it named", err)
	}
	engine.Do(d, step)
	if d.Sync() != err {
		t.Errorf("a later step changes the failure to %v", d.Sync())
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// A kernel that leaves its array is found when something waits for it. Waiting for
// every step tells which it was, in a program as well.
func TestAFaultOfAKernelIsNamed(t *testing.T) {
	needsStandIn(t)
	for variable, want := range map[string]string{
		"0": "illegal address in a step before Sync; SSDGM_CUDA_BLOCKING=1 waits for every step and names it",
		"1": "cuda: gather_labels (3): illegal address",
	} {
		t.Run(variable, func(t *testing.T) {
			if !inProcess(t, blockingVariable+"="+variable, "STANDIN_LAZY=1") {
				return
			}
			d := opened(t, Options{Replicas: 1})
			labels, index, dst := d.NewInts(4), d.NewInts(3), d.NewInts(3)
			d.WriteInts(index, 0, []int32{0, 1, 1 << 28})
			d.Compile([]engine.Step{engine.GatherLabels{Dst: dst, Labels: labels, Index: index}}).Run(1)
			if err := d.Sync(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
