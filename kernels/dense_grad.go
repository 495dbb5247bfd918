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

// DenseGrad launches what follows δ in engine.LayerSteps.DenseGrad: both products
// and the bias's gradient, from dy that holds δ already (see ActivationGrad). dx may
// be absent; scratch may be where the plan needs none.
//
// The layer whose output x is, if any, may have its δ here too: with input its
// activation, dx is multiplied by input'(x).
func DenseGrad(replicas int, dx Array, grad LayerGrad, dy, x Array, rows int, l Layer, input engine.Activation, plan DenseGradPlan, scratch Array) Launch {
	s, products := plan.shape(), gradProducts(rows, l.In, l.Out)
	kernel := "dense_grad_" + tileNames[plan.Precision][plan.Tile]
	mustCut(kernel, plan.Weight, products[0], s)
	units := plan.Weight.units(products[0], s)
	if !dx.IsNil() {
		mustCut(kernel, plan.Input, products[1], s)
		units += plan.Input.units(products[1], s)
	}
	d := launch(kernel, size{units, 1, replicas}, size{s.threads, 1, 1},
		dx, grad.Weight, grad.Bias, dy, x, rows, l.Weight, l.In, l.Out, int(input), scratch,
		plan.Weight.Chunk, flag(plan.Weight.Split), plan.Input.Chunk, flag(plan.Input.Split))
	d.Shared = uint32(s.stages * max(2*s.acrossK(), s.alongK()+s.acrossK()))
	return d
}

// ActivationGrad launches the first part of engine.LayerSteps.DenseGrad: dy becomes
// δ = dy ∘ activation'(y), over n elements. Identity needs none.
func ActivationGrad(replicas int, dy, y Array, n int, activation engine.Activation) Launch {
	if activation == engine.Identity {
		n = 0
	}
	grid, block := flat(fours(n), replicas)
	return launch("activation_grad", grid, block, dy, y, n, int(activation))
}
