package kernels

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssdgm/engine"
)

var (
	someArray = Array{Ptr: 1 << 40, Stride: 77}
	somePairs = engine.Pairs{Labelled: 3, Unlabelled: 5, Labels: 10, Samples: 2}
	someNoise = Noise{Seed: Array{Ptr: 8, Stride: 2}, Clock: Array{Ptr: 16}, Stream: 9}
)

// stepLaunches is a launch of every kernel of the paper's steps.
func stepLaunches(replicas int, p engine.Pairs, width int) []Launch {
	a, n, examples := someArray, someNoise, p.Examples()
	all := []Launch{
		Minibatch(replicas, a, a, a, examples, 1000, n),
		GatherPixels(replicas, a, a, Fetched{a, a}, a, examples, width, engine.BinariseResample, n),
		FetchPixels(replicas, Fetched{a, a}, a, examples, width),
		GatherGaussian(replicas, a, a, a, examples, width, true, n),
		GatherLabels(replicas, a, a, a, examples),
		GaussianSample(replicas, a, a, a, p, width, n),
		GaussianSampleGrad(replicas, a, a, a, a, a, p, width, n),
		StackPosterior(replicas, a, a, a, StackGrads{a, a, a, a}, a, a, p, width, width, n),
		BernoulliNLL(replicas, a, a, a, a, a, p, width),
		GaussianNLL(replicas, a, a, a, a, a, p, width),
		ExpandLabels(replicas, a, a, a, a, p, width, engine.Softplus),
		AddLabels(replicas, a, a, a, p, width, engine.Softplus),
		AddLabelsGrad(replicas, a, a, a, a, p, width, engine.Softplus),
		LabelWeights(replicas, a, a, a, a, p),
		LabelCosts(replicas, a, a, a, a, a, a, p),
		Marginalise(replicas, a, a, a, a, a, examples, 10),
		Marginalise(replicas, a, a, a, a, a, examples, 33),
		CrossEntropy(replicas, a, a, a, a, a, examples, 10),
		LogSoftmax(replicas, a, a, examples, 10),
		ClassPriorGrad(replicas, a, a, a, a, p),
	}
	return append(all, ExpandLabelsGrad(replicas, a, a, a, a, a, p, width, engine.Tanh)...)
}

func TestLaunchesHaveTheKernelsArguments(t *testing.T) {
	declaration := regexp.MustCompile(`(?s)extern "C" __global__ void[^{]*?(\w+)\(([^(){]*)\) \{`)
	for _, l := range stepLaunches(2, somePairs, 50) {
		source, err := os.ReadFile(l.Kernel + ".cu")
		if err != nil {
			t.Fatal(err)
		}
		found := declaration.FindStringSubmatch(string(source))
		if found == nil || found[1] != l.Kernel {
			t.Fatalf("%s.cu declares %v, want a kernel of that name", l.Kernel, found)
		}
		if want := strings.Count(found[2], ",") + 1; len(l.Args) != want {
			t.Errorf("%s: %d arguments, the kernel has %d", l.Kernel, len(l.Args), want)
		}
	}
}

func TestArgumentsFollowTheContract(t *testing.T) {
	got := launch("any", size{1, 1, 1}, size{1, 1, 1}, someArray, Array{Stride: 5}, somePairs, 50, someNoise, 0.5).Args
	want := []uint64{1 << 40, 77, 0, 0, 3, 5, 10, 2, 50, 8, 2, 16, 0, 9, math.Float64bits(0.5)}
	if !slices.Equal(got, want) {
		t.Errorf("arguments are %v, want %v", got, want)
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
		// The gradients of tables and priors are sums, and a sum of nothing is 0.
		sums := l.Kernel == "add_labels_grad" || l.Kernel == "class_prior_grad"
		if l.Empty() == sums {
			t.Errorf("%s: empty is %t for no examples, want %t", l.Kernel, l.Empty(), !sums)
		}
	}
}

func TestLaunchBeyondTheGridPanics(t *testing.T) {
	beyond := map[string]func(){
		"65536 replicas": func() { GatherLabels(1<<16, someArray, someArray, someArray, 1) },
		"65536 labels": func() {
			AddLabelsGrad(1, someArray, someArray, someArray, someArray, engine.Pairs{Labels: 1 << 16, Samples: 1}, 1, 0)
		},
		"2³¹ rows": func() {
			LabelCosts(1, someArray, someArray, someArray, someArray, someArray, someArray, engine.Pairs{Unlabelled: 1 << 21, Labels: 1 << 10, Samples: 1})
		},
		"a pool of 2³⁰ and 1": func() { Minibatch(1, someArray, someArray, someArray, 1, 1<<30+1, someNoise) },
		"an empty pool":       func() { Minibatch(1, someArray, someArray, someArray, 1, 0, someNoise) },
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
