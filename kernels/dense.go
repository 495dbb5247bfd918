package kernels

import (
	"fmt"

	"ssdgm/engine"
)

// Layer is engine.Layer with its arrays resolved.
type Layer struct {
	Weight, Bias Array
	In, Out      int
	Activation   engine.Activation
}

// LayerGrad is engine.LayerGrad with its arrays resolved.
type LayerGrad struct {
	Weight, Bias Array
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

// Dense launches engine.LayerSteps.Dense. scratch may be absent where the plan
// needs none.
func Dense(replicas int, y, x Array, rows int, l Layer, plan DensePlan, scratch Array) Launch {
	s, p := plan.shape(), product{rows, l.Out, l.In}
	kernel := "dense_" + tileNames[plan.Precision][plan.Tile]
	mustCut(kernel, plan.Output, p, s)
	d := launch(kernel, size{plan.Output.units(p, s), 1, replicas}, size{s.threads, 1, 1},
		y, x, rows, l.Weight, l.Bias, l.In, l.Out, int(l.Activation), scratch, plan.Output.Chunk, flag(plan.Output.Split))
	d.Shared = uint32(s.stages * 2 * s.alongK())
	return d
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
