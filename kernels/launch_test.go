package kernels

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ssdgm/engine"
)

var (
	someFloats  = engine.Floats{Block: 1, Len: 1 << 40, Stride: 77}
	someDoubles = engine.Doubles{Block: 1, Len: engine.ScalarLen, Stride: 7}
	someInts    = engine.Ints{Block: 1, Len: 1 << 30, Stride: 78}
	someBytes   = engine.Bytes{Block: 1, Len: 1 << 40}
	somePairs   = engine.Pairs{Labelled: 3, Unlabelled: 5, Labels: 10, Samples: 2}
	someNoise   = engine.Noise{Seed: engine.Ints{Block: 2, Len: 2, Stride: 2}, Clock: engine.Ints{Block: 3, Len: 1}, Stream: 9}
)

// fake is memory that has every array: address 2⁴⁰, 2⁴¹, … by kind, and small ones by block.
type fake struct{}

func (fake) Floats(a engine.Floats) Floats    { return found[float32](a.View(), 40) }
func (fake) Doubles(a engine.Doubles) Doubles { return found[float64](a.View(), 41) }
func (fake) Ints(a engine.Ints) Ints          { return found[int32](a.View(), 42) }
func (fake) Bytes(a engine.Bytes) Bytes       { return found[uint8](a.View(), 43) }
func (fake) Scratch(floats int) Floats        { return Floats{Ptr: 1 << 44, Stride: int64(floats)} }

func found[E any](a engine.View, bit int) Array[E] {
	switch a.Block {
	case 0:
		return Array[E]{}
	case 1:
		return Array[E]{Ptr: 1 << bit, Stride: int64(a.Stride)}
	default:
		return Array[E]{Ptr: uint64(8 * (a.Block - 1)), Stride: int64(a.Stride)}
	}
}

func builder(replicas int) *Builder {
	return &Builder{Memory: fake{}, Replicas: replicas, Card: Card{Multiprocessors: 132, Replicas: replicas}}
}

// launchOf is the launch of a step, which must have one.
func launchOf(replicas int, s engine.Step) Launch {
	l, ok := builder(replicas).Launch(s)
	if !ok {
		panic("no launch of " + engine.Name(s))
	}
	return l
}

// stepLaunches is a launch of every kernel of the paper's steps.
func stepLaunches(replicas int, p engine.Pairs, width int) []Launch {
	f, d, i, b, n, examples := someFloats, someDoubles, someInts, someBytes, someNoise, p.Examples()
	index := i.Slice(0, examples)
	gather := engine.GatherPixels{Dst: f, Images: b, Index: index, Width: width, Binarise: engine.BinariseResample, Noise: n}
	expandGrad := engine.ExpandLabelsGrad{DU: f, DTable: f, DH: f, From: f, Labels: i, Pairs: p, Width: width, Activation: engine.Tanh}
	draw := engine.Minibatch{Index: index, Pool: i.Slice(0, 1000), Sizes: i, Noise: n}
	steps := [2]engine.BeginStep{{Clock: i, Scalars: d, BaseRate: d}}
	begin := Begin{Gather: gather, Steps: steps, Draws: [2]engine.Minibatch{draw}}
	features := begin
	features.Gather = engine.GatherGaussian{Dst: f, Stats: f, Index: index, Width: width, Sample: true, Noise: n}
	var all []Launch
	for _, s := range []engine.Step{
		begin, features, draw,
		gather, GatherFetched{gather, f, index}, FetchPixels{Rows: f, Images: b, Index: index, Width: width},
		engine.GatherFloats{Dst: f, Rows: f, Index: index, Width: width},
		engine.GatherGaussian{Dst: f, Stats: f, Index: index, Width: width, Sample: true, Noise: n},
		engine.GatherLabels{Dst: i, Labels: i, Index: index},
		engine.GaussianSample{Z: f, KL: f, Stats: f, Pairs: p, Latents: width, Noise: n},
		engine.GaussianSampleGrad{DStats: f, DZ: f, Stats: f, Weight: f, KLWeight: d, Pairs: p, Latents: width, Noise: n},
		engine.StackPosterior{
			Costs: f, DStats: f, Stats: f, Grads: engine.StackGrads{Decoder: f, Classifier: f, Encoder: f, Likelihood: f},
			Weight: f, Places: i, Pairs: p, Latents: width, Kept: width, Noise: n,
		},
		engine.BernoulliNLL{NLL: f, DLogits: f, Logits: f, X: f, Weight: f, Pairs: p, Width: width},
		engine.GaussianNLL{NLL: f, DStats: f, Stats: f, X: f, Weight: f, Pairs: p, Width: width},
		engine.BernoulliNLL{NLL: f, DLogits: f, Logits: f, X: f, Weight: f, Pairs: p, Width: width, Missing: true},
		engine.GaussianNLL{NLL: f, DStats: f, Stats: f, X: f, Weight: f, Pairs: p, Width: width, Missing: true},
		engine.ZeroMissing{Dst: f, X: f, N: examples * width},
		engine.ExpandLabels{H: f, Pre: f, U: f, Table: f, Labels: i, Pairs: p, Width: width, Activation: engine.Softplus},
		engine.AddLabels{H: f, Pre: f, Table: f, Labels: i, Pairs: p, Width: width, Activation: engine.Softplus},
		engine.AddLabelsGrad{DTable: f, DH: f, From: f, Labels: i, Pairs: p, Width: width, Activation: engine.Softplus},
		ExpandDelta{expandGrad},
		engine.LabelWeights{Weight: f, Logits: f, ScaleL: d, ScaleU: d, Pairs: p},
		engine.LabelCosts{Costs: f, NLL: f, KL: f, KLWeight: d, LogPrior: f, Labels: i, Pairs: p},
		engine.Marginalise{U: f, DLogits: f, Logits: f, Costs: f, Scale: d, Examples: examples, Labels: 10},
		engine.Marginalise{U: f, DLogits: f, Logits: f, Costs: f, Scale: d, Examples: examples, Labels: 33},
		engine.CrossEntropy{CE: f, DLogits: f, Logits: f, Labels: i, Scale: d, Examples: examples, Classes: 10},
		engine.LogSoftmax{Y: f, Logits: f, Rows: examples, Classes: 10},
		engine.ClassPriorGrad{DLogits: f, Weight: f, LogPrior: f, Labels: i, Pairs: p},
	} {
		all = append(all, launchOf(replicas, s))
	}
	return all
}

func TestArgumentsAreLaidOutInOrder(t *testing.T) {
	l := launchOf(1, engine.GaussianSample{
		Z: someFloats, KL: engine.Floats{Stride: 5}, Stats: someFloats, Pairs: somePairs, Latents: 50, Noise: someNoise,
	})
	words := []uint64{1 << 40, 77, 0, 0, 1 << 40, 77, 3, 5, 10, 2, 50, 8, 2, 16, 0, 9}
	if params := []uint8{0, 2, 4, 6, 10, 11}; !slices.Equal(l.Args, words) || !slices.Equal(l.Params, params) {
		t.Errorf("arguments are %v, from %v on; want %v, from %v on", l.Args, l.Params, words, params)
	}
	o := engine.OptimiserOptions{Rule: engine.Adam, Beta1: 0.5}
	l = launchOf(1, engine.Update{Scalars: someDoubles, Norm: someDoubles, Fault: someInts, Options: o})
	if want := []uint64{uint64(engine.Adam), math.Float64bits(0.5)}; !slices.Equal(l.Args[16:18], want) {
		t.Errorf("a rule and a number are %v, want %v", l.Args[16:18], want)
	}
	l = launchOf(1, engine.GatherGaussian{Dst: someFloats, Stats: someFloats, Index: someInts, Width: 50, Sample: true, Noise: someNoise})
	if l.Args[8] != 1 {
		t.Errorf("true is %d, want 1", l.Args[8])
	}
}

// TestBlocksFitEveryCard: sums by shuffles want whole warps.
func TestBlocksFitEveryCard(t *testing.T) {
	for _, width := range []int{1, 2, 3, 17, 50, 128, 784, 1025, 100_000} {
		for _, l := range stepLaunches(40, somePairs, width) {
			threads := l.Block[0] * l.Block[1] * l.Block[2]
			if threads == 0 || threads > 1024 || threads%32 != 0 {
				t.Errorf("%s of width %d: a block of %v threads", l.Kernel, width, l.Block)
			}
			if l.Grid[2] != 40 {
				t.Errorf("%s: grid %v, want a layer for each replica", l.Kernel, l.Grid)
			}
		}
	}
}

// TestSumsKeepTheirOrder: the block, on which the order of a sum depends, knows
// nothing of the number of rows or replicas.
func TestSumsKeepTheirOrder(t *testing.T) {
	large := engine.Pairs{Labelled: 300, Unlabelled: 5000, Labels: 10, Samples: 2}
	few, many := stepLaunches(1, somePairs, 50), stepLaunches(40, large, 50)
	for i, l := range few {
		if l.Block != many[i].Block {
			t.Errorf("%s: block %v for one small replica, %v for forty large ones", l.Kernel, l.Block, many[i].Block)
		}
	}
}

func TestEmptyMinibatchIsAnEmptyLaunch(t *testing.T) {
	for _, l := range stepLaunches(1, engine.Pairs{Labels: 10, Samples: 1}, 50) {
		// The gradients of tables and priors are sums, and a sum of nothing is 0. A step begins all the same.
		works := l.Kernel == "add_labels_grad" || l.Kernel == "class_prior_grad" || strings.HasPrefix(l.Kernel, "begin_")
		if l.Empty() == works {
			t.Errorf("%s: empty is %t for no examples, want %t", l.Kernel, l.Empty(), !works)
		}
	}
}

func TestLaunchBeyondTheGridPanics(t *testing.T) {
	f, d, i := someFloats, someDoubles, someInts
	many := engine.Pairs{Unlabelled: 1 << 21, Labels: 1 << 10, Samples: 1}
	one := i.Slice(0, 1)
	beyond := map[string]func(){
		"65536 replicas": func() { launchOf(1<<16, engine.GatherLabels{Dst: i, Labels: i, Index: one}) },
		"65536 labels": func() {
			p := engine.Pairs{Labels: 1 << 16, Samples: 1}
			launchOf(1, engine.AddLabelsGrad{DTable: f, DH: f, From: f, Labels: i, Pairs: p, Width: 1})
		},
		"2³¹ rows": func() {
			launchOf(1, engine.LabelCosts{Costs: f, NLL: f, KL: f, KLWeight: d, LogPrior: f, Labels: i, Pairs: many})
		},
		"a pool of 2³⁰ and 1": func() {
			launchOf(1, engine.Minibatch{Index: one, Pool: engine.Ints{Block: 1, Len: 1<<30 + 1}, Sizes: i, Noise: someNoise})
		},
		"an empty pool": func() { launchOf(1, engine.Minibatch{Index: one, Pool: i.Slice(0, 0), Sizes: i, Noise: someNoise}) },
	}
	for name, build := range beyond {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if message := fmt.Sprint(recover()); !strings.HasPrefix(message, "kernels: ") {
					t.Errorf("got %q, want a panic that names the kernel", message)
				}
			}()
			build()
		})
	}
}
