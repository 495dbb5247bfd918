package kernels

import (
	"fmt"
	"testing"
)

// layerShapes are rows, inputs and outputs: ragged ones and those of the paper's networks.
var layerShapes = [][3]int{
	{1, 1, 1}, {3, 5, 7}, {31, 33, 65}, {1, 1025, 31}, {1025, 31, 1}, {31, 1, 257},
	{100, 784, 600}, {1000, 784, 600}, {100, 600, 100}, {100, 50, 600}, {5100, 500, 100}, {600, 500, 10}, {20_000, 784, 600},
}

// cards are from a laptop's to a data centre's, with one replica and with many.
var cards = []Card{
	{Multiprocessors: 1, Replicas: 1}, {Multiprocessors: 20, Replicas: 1}, {Multiprocessors: 132, Replicas: 1},
	{Multiprocessors: 132, Replicas: 10}, {Multiprocessors: 132, Replicas: 40},
}

// eachPlan calls fn for the plans of all shapes on all cards.
func eachPlan(fn func(name string, s [3]int, forward DensePlan, backward DenseGradPlan)) {
	for _, precision := range []Precision{FP32, TF32} {
		for _, card := range cards {
			for _, s := range layerShapes {
				fn(fmt.Sprintf("%v, precision %d, %+v", s, precision, card), s,
					PlanDense(card, s[0], s[1], s[2], precision), PlanDenseGrad(card, s[0], s[1], s[2], true, precision))
			}
		}
	}
}

// TestTilesAreWhatTheyAreCalled: matmul_tile.cuh lists them in the order of the constants.
func TestTilesAreWhatTheyAreCalled(t *testing.T) {
	for precision, prefix := range []string{FP32: "", TF32: "tf32_"} {
		for tile, side := range map[Tile]int{Tile32: 32, Tile64: 64, Tile128: 128} {
			s := tileShapes[precision][tile]
			if want := prefix + fmt.Sprint(side); s.side != side || s.name != want {
				t.Errorf("precision %d, tile %d is %+v, want %s", precision, tile, s, want)
			}
		}
	}
}

// TestPlansDifferInSpeedAlone: the chunks, on which the bits depend, are the same
// on every card, for every number of replicas and with or without dx.
func TestPlansDifferInSpeedAlone(t *testing.T) {
	type chunks [3]int
	seen := map[[4]int]chunks{}
	for _, precision := range []Precision{FP32, TF32} {
		for _, card := range cards {
			for _, s := range layerShapes {
				forward, backward := PlanDense(card, s[0], s[1], s[2], precision), PlanDenseGrad(card, s[0], s[1], s[2], true, precision)
				got := chunks{forward.Output.Chunk, backward.Weight.Chunk, backward.Input.Chunk}
				key := [4]int{int(precision), s[0], s[1], s[2]}
				if want, ok := seen[key]; ok && got != want {
					t.Errorf("%v: chunks %v on %+v, %v before", key, got, card, want)
				}
				seen[key] = got
				if alone := PlanDenseGrad(card, s[0], s[1], s[2], false, precision); alone.Weight.Chunk != got[1] {
					t.Errorf("%v: chunks of %d without dx, %d with", key, alone.Weight.Chunk, got[1])
				}
			}
		}
	}
}

// TestPlansArePossible: launching checks the cut, and the counters suffice.
func TestPlansArePossible(t *testing.T) {
	const mostShared = 227 << 10 // of a block on the cards that have tf32
	eachPlan(func(name string, s [3]int, forward DensePlan, backward DenseGradPlan) {
		dense, grad := someLayer(s[0], s[1], s[2])
		y := builder(3).planned(dense, LabelTable{}, forward, Floats{Ptr: 8})
		grads := builder(3).plannedGrad(grad.Weights, grad.Input, s[0], dense.Layer, backward, Floats{Ptr: 8})
		for _, launch := range []Launch{y, grads} {
			if launch.Grid[2] != 3 || launch.Block[0] > 256 || launch.Shared > mostShared {
				t.Errorf("%s: %+v", name, launch)
			}
			if backward.Precision == FP32 && launch.Shared > 48<<10 {
				t.Errorf("%s: %s takes %d bytes of shared memory, want what every card has", name, launch.Kernel, launch.Shared)
			}
		}
		counters := 0
		for i, p := range gradProducts(s[0], s[1], s[2]) {
			if []Cut{backward.Weight, backward.Input}[i].Split {
				counters += p.tiles(backward.shape().side)
			}
		}
		if counters > scratchCounters {
			t.Errorf("%s: %d counters, want at most %d", name, counters, scratchCounters)
		}
	})
}

// TestUnitsCoverEveryTermOnce walks the units of matmul.cuh: each element of C gets
// each k from exactly one unit.
func TestUnitsCoverEveryTermOnce(t *testing.T) {
	for _, p := range []product{{1, 1, 1}, {33, 65, 100}, {7, 130, 321}, {100, 31, 64}} {
		for _, s := range tileShapes[FP32] {
			for _, c := range []Cut{{Chunk: 32, Split: true}, {Chunk: 64, Split: true}, {Chunk: 352}} {
				terms := make([]int, p.m*p.n*p.k)
				for unit := range c.units(p, s) {
					tile, part := unit%p.tiles(s.side), unit/p.tiles(s.side)
					from, to := 0, p.k
					if c.Split {
						from, to = part*c.Chunk, min(p.k, (part+1)*c.Chunk)
					}
					across := ceilDiv(p.n, s.side)
					row, column := tile/across*s.side, tile%across*s.side
					for i := row; i < min(row+s.side, p.m); i++ {
						for j := column; j < min(column+s.side, p.n); j++ {
							for k := from; k < to; k++ {
								terms[(i*p.n+j)*p.k+k]++
							}
						}
					}
				}
				once(t, fmt.Sprintf("%+v in tiles of %d, %+v", p, s.side, c), terms)
			}
		}
	}
}

// TestNoBlockWorksForLong: a product of few tiles and long k, such as the gradient
// of M2's weights over all pairs, is not left to a few blocks.
func TestNoBlockWorksForLong(t *testing.T) {
	for _, card := range cards[:3] {
		for _, s := range [][3]int{{5100, 500, 100}, {5100, 50, 500}, {20_000, 50, 50}} {
			plan := PlanDenseGrad(card, s[0], s[1], s[2], true, FP32)
			tiles := product{s[2], s[1], s[0]}.tiles(plan.shape().side)
			if tiles < card.Multiprocessors && !plan.Weight.Split {
				t.Errorf("%v on %+v: %d blocks sum over all of %d rows", s, card, tiles, s[0])
			}
		}
	}
}

// TestSmallProductsSpreadOverTheCard: at batch 100 every layer of M1 has a block for
// each multiprocessor of a large card, though its tiles alone do not.
func TestSmallProductsSpreadOverTheCard(t *testing.T) {
	for _, s := range [][3]int{{100, 784, 600}, {100, 600, 600}, {100, 600, 784}} {
		dense, _ := someLayer(s[0], s[1], s[2])
		if got := launchOf(1, dense).Grid[0]; got < 132 {
			t.Errorf("dense %v: %d blocks", s, got)
		}
	}
}

func TestPlansWithoutSplitNeedNoScratch(t *testing.T) {
	card := Card{Multiprocessors: 1, Replicas: 40}
	forward, backward := PlanDense(card, 1000, 784, 600, FP32), PlanDenseGrad(card, 1000, 784, 600, true, FP32)
	if got := forward.Scratch(1000, 784, 600) + backward.Scratch(1000, 784, 600); got != 0 {
		t.Errorf("%d floats of scratch memory, want none", got)
	}
	forward.Output = Cut{Chunk: 256, Split: true}
	want := scratchCounters + 4*forward.Output.parts(product{1000, 600, 784}, forward.shape())/4
	if got := forward.Scratch(1000, 784, 600); got != want || got%4 != 0 {
		t.Errorf("%d floats of scratch memory, want %d", got, want)
	}
}

func TestImpossibleCutPanics(t *testing.T) {
	for _, plan := range []DensePlan{
		{Tile: Tile128, Output: Cut{Chunk: 64}},
		{Tile: Tile32, Output: Cut{Chunk: 40}},
		{Tile: Tile32},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v: no panic", plan)
				}
			}()
			dense, _ := someLayer(100, 784, 600)
			builder(1).planned(dense, LabelTable{}, plan, Floats{})
		}()
	}
}
