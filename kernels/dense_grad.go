package kernels

import "ssdgm/engine"

// DenseGradPlan says how the gradients of a dense layer are computed.
type DenseGradPlan struct {
	Precision Precision
	Tile      Tile
	Weight    Cut // of grad.Weight = δᵀ·x
	Input     Cut // of dx = δ·W
}

// PlanDenseGrad is the fixed rule for the gradients of a dense layer, with or without dx.
func PlanDenseGrad(card Card, rows, in, out int, dx bool, precision Precision) DenseGradPlan {
	products := gradProducts(rows, in, out)
	together := products[:1]
	if dx {
		together = products
	}
	plan := DenseGradPlan{Precision: precision, Tile: card.tile(precision, together...)}
	plan.Weight = card.cut(products[0], plan.shape())
	if dx {
		plan.Input = card.cut(products[1], plan.shape())
	}
	return plan
}

// gradProducts are grad.Weight and dx.
func gradProducts(rows, in, out int) []product { return []product{{out, in, rows}, {rows, in, out}} }

func (p DenseGradPlan) shape() tileShape { return tileShapes[p.Precision][p.Tile] }

// Scratch is how many floats of scratch memory each replica needs: 0 is none.
func (p DenseGradPlan) Scratch(rows, in, out int) int {
	if !p.Weight.Split && !p.Input.Split {
		return 0
	}
	products := gradProducts(rows, in, out)
	return scratch(p.Weight.parts(products[0], p.shape()) + p.Input.parts(products[1], p.shape()))
}

// denseGrad launches what follows δ in engine.DenseGrad: the products that there are arrays for,
// and the bias's gradient with that of the weights.
func (b *Builder) denseGrad(w WeightGrad, i InputGrad, rows int, l engine.Layer) Launch {
	plan := PlanDenseGrad(b.Card, rows, l.In, l.Out, !i.DX.IsNil(), b.Precision)
	scratch := b.scratchIf(plan.Scratch(rows, l.In, l.Out))
	return b.plannedGrad(w, i, rows, l, plan, scratch)
}

// plannedGrad is the gradients of a dense layer by a plan.
func (b *Builder) plannedGrad(w WeightGrad, i InputGrad, rows int, l engine.Layer, plan DenseGradPlan, scratch Floats) Launch {
	s, products := plan.shape(), gradProducts(rows, l.In, l.Out)
	args := denseGradArguments{
		tile: s, dx: b.Floats(i.DX), grad: LayerGrad{b.Floats(w.Grad.Weight), b.Floats(w.Grad.Bias)}, dy: b.Floats(w.DY), x: b.Floats(w.X),
		below: b.Floats(i.Below), rows: rows, layer: b.layerOf(l), input: i.Activation,
		weightCut: plan.Weight, inputCut: plan.Input, scratch: scratch,
	}
	var shares []Share
	if !w.Grad.Weight.IsNil() {
		mustCut(args.kernel(), plan.Weight, products[0], s)
		shares = append(shares, plan.Weight.share(products[0], s, plan.Precision, l.In, l.Out))
	}
	if !i.DX.IsNil() {
		mustCut(args.kernel(), plan.Input, products[1], s)
		shares = append(shares, plan.Input.share(products[1], s, plan.Precision, l.In, l.Out))
	}
	units := 0
	for _, share := range shares {
		units += share.Units
	}
	d := launch(size{units, 1, b.Replicas}, size{s.threads, 1, 1}, args)
	d.Shared = uint32(s.stages * max(2*s.acrossK(), s.alongK()+s.acrossK()))
	d.Shares = shares
	return d.using(scratch)
}
