package kernels

import (
	"fmt"

	"ssdgm/engine"
)

// Layer is engine.Layer with its arrays resolved.
type Layer struct {
	Weight, Bias Floats
	In, Out      int
	Activation   engine.Activation
}

// LayerGrad is engine.LayerGrad with its arrays resolved.
type LayerGrad struct {
	Weight, Bias Floats
}

// LabelTable is the table of a dense layer whose rows have labels, with its arrays resolved.
type LabelTable struct {
	Table   Floats
	LabelOf Ints
	Pairs   engine.Pairs
}

// layer launches the steps of the dense layers, in parts.
func (b *Builder) layer(step engine.Step) (Launch, bool) {
	switch s := step.(type) {
	case engine.Dense:
		return b.dense(s, LabelTable{}), true
	case LabelledDense:
		checkPairs("dense", s.Labels.Pairs)
		both := s.Dense
		both.Pre, both.Layer.Activation = s.Labels.Pre, s.Labels.Activation
		return b.dense(both, LabelTable{b.Floats(s.Labels.Table), b.Ints(s.Labels.Labels), s.Labels.Pairs}), true
	case Delta:
		grid, block := flat(fours(s.N), b.Replicas)
		return launch(grid, block, activationGradArguments{dy: b.Floats(s.DY), from: b.Floats(s.From), n: s.N, activation: s.Activation}), true
	case BiasGrad: // a table of one label
		own := engine.Pairs{Labelled: s.Rows, Labels: 1, Samples: 1}
		return b.label(engine.AddLabelsGrad{DTable: s.Bias, DH: s.DY, Pairs: own, Width: s.Layer.Out})
	case WeightGrad:
		return b.denseGrad(s, InputGrad{}, s.Rows, s.Layer), true
	case InputGrad:
		return b.denseGrad(WeightGrad{DY: s.DY}, s, s.Rows, s.Layer), true
	case Products:
		return b.denseGrad(s.Weights, s.Input, s.Weights.Rows, s.Weights.Layer), true
	default:
		return Launch{}, false
	}
}

func (b *Builder) layerOf(l engine.Layer) Layer {
	return Layer{Weight: b.Floats(l.Weight), Bias: b.Floats(l.Bias), In: l.In, Out: l.Out, Activation: l.Activation}
}

// DensePlan says how a dense layer is computed.
type DensePlan struct {
	Precision Precision
	Tile      Tile
	Output    Cut // of y = x·Wᵀ
}

// PlanDense is the fixed rule for a dense layer.
func PlanDense(card Card, rows, in, out int, precision Precision) DensePlan {
	y := product{rows, out, in}
	plan := DensePlan{Precision: precision, Tile: card.tile(precision, y)}
	plan.Output = card.cut(y, plan.shape())
	return plan
}

func (p DensePlan) shape() tileShape { return tileShapes[p.Precision][p.Tile] }

// Scratch is how many floats of scratch memory each replica needs: 0 is none.
func (p DensePlan) Scratch(rows, in, out int) int {
	if !p.Output.Split {
		return 0
	}
	return scratch(p.Output.parts(product{rows, out, in}, p.shape()))
}

// dense launches engine.Dense.
func (b *Builder) dense(s engine.Dense, labels LabelTable) Launch {
	l := &s.Layer
	plan := PlanDense(b.Card, s.Rows, l.In, l.Out, b.Precision)
	scratch := b.scratchIf(plan.Scratch(s.Rows, l.In, l.Out))
	return b.planned(s, labels, plan, scratch)
}

// planned is a dense layer by a plan.
func (b *Builder) planned(s engine.Dense, labels LabelTable, plan DensePlan, scratch Floats) Launch {
	l := &s.Layer
	shape, p := plan.shape(), product{s.Rows, l.Out, l.In}
	args := denseArguments{
		tile: shape, y: b.Floats(s.Y), pre: b.Floats(s.Pre), x: b.Floats(s.X), rows: s.Rows, layer: b.layerOf(*l),
		labels: labels, cut: plan.Output, scratch: scratch,
	}
	mustCut(args.kernel(), plan.Output, p, shape)
	d := launch(size{plan.Output.units(p, shape), 1, b.Replicas}, size{shape.threads, 1, 1}, args)
	d.Shared = uint32(shape.stages * 2 * shape.alongK())
	d.Shares = []Share{plan.Output.share(p, shape, plan.Precision, l.In)}
	return d.using(scratch)
}

// mustCut panics where a tile cannot compute a product that is cut as asked.
func mustCut(kernel string, c Cut, p product, s tileShape) {
	if !c.possible(p, s) {
		panic(fmt.Sprintf("kernels: %s: %d×%d×%d in chunks of %d, split %t", kernel, p.m, p.n, p.k, c.Chunk, c.Split))
	}
	if most := maxGridX; p.m > most || p.n > most || p.k > most {
		panic(fmt.Sprintf("kernels: %s: %d×%d×%d, at most %d each", kernel, p.m, p.n, p.k, most))
	}
}
