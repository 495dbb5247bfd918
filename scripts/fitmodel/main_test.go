package main

import (
	"testing"

	"ssdgm/kernels"
	"ssdgm/kernels/predict"
)

// What a card with other constants measures, a fit comes near to.
func TestAFitFindsWhatMadeTheTimes(t *testing.T) {
	other := predict.H200
	other.Load, other.Item, other.Block, other.Busy[0] = 2*other.Load, 2*other.Item, 1.5*other.Block, other.Busy[0]/1.5
	var steps []predict.Measured
	add := func(step string, n predict.Node) {
		m := predict.Measured{Case: "m1-b100", Precision: "fp32", Step: step, Nodes: []predict.Node{n}}
		m.Time = other.Program(m.Nodes)
		steps = append(steps, m)
	}
	for _, blocks := range []uint32{1, 100, 500, 2000} {
		items := predict.Node{Grid: [3]uint32{blocks, 1, 1}, Block: [3]uint32{128, 1, 1}, Items: 512 * float64(blocks)}
		for _, items.Kernel = range []string{"activation_grad", "gather_labels", "label_costs"} {
			add("GatherLabels", items)
		}
		n := predict.Node{Kernel: "dense_32", Grid: [3]uint32{blocks, 1, 1}, Block: [3]uint32{64, 1, 1}, Shared: 27648}
		for _, k := range []int{32, 160, 640} {
			n.Shares = []kernels.Share{{Units: int(blocks), Side: 32, Depth: 32, K: k}}
			add("Dense", n)
		}
	}
	before, _ := predict.Spread(&predict.H200, steps)
	fitted := predict.H200
	fitted.Costs = fit(fitted, steps)
	if after, near := predict.Spread(&fitted, steps); before < 0.1 || after > 0.03 || near < 1 {
		t.Errorf("want less than 3 %% of %v, found %v, and %v of them near", before, after, near)
	}
}
