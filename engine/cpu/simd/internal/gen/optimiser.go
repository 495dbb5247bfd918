package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Places of the constants in simd.UpdateOptions.
const (
	fieldClip = 4 * iota
	fieldPrior
	fieldRate
	fieldEpsilon
	fieldAverage
	fieldKeep1
	fieldFresh1
	fieldKeep2
	fieldFresh2
)

// rule is a gradient rule: how many states it keeps, and what it makes of a step. g is the gradient
// after clipping and the weight prior.
type rule struct {
	name   string
	states int
	step   func(u *update) VecVirtual // changes the states and gives what the rate multiplies
}

// rules are in the order of engine.Rule; see engine/ref/optimiser.go.
var rules = []rule{
	// v = μ·v + g;  p −= rate·v
	{"sgd", 1, func(u *update) VecVirtual {
		VFMADD231PS(u.constant(fieldKeep1), u.states[0], u.g)
		VMOVAPS(u.g, u.states[0])
		step := u.w.vec()
		VMOVAPS(u.g, step)
		return step
	}},
	// v += g²;  p −= rate·g/(√v + ε)
	{"adagrad", 1, func(u *update) VecVirtual {
		VFMADD231PS(u.g, u.g, u.states[0])
		return u.scaled(u.g, u.states[0])
	}},
	// v = ρ·v + (1−ρ)·g²;  p −= rate·g/(√v + ε)
	{"rmsprop", 1, func(u *update) VecVirtual {
		u.blendSquare(u.states[0])
		return u.scaled(u.g, u.states[0])
	}},
	// m = β₁·m + (1−β₁)·g;  v = β₂·v + (1−β₂)·g²;  p −= rate·m/(√v + ε)
	{"adam", 2, func(u *update) VecVirtual {
		VMULPS(u.constant(fieldKeep1), u.states[0], u.states[0])
		VFMADD231PS(u.constant(fieldFresh1), u.g, u.states[0])
		u.blendSquare(u.states[1])
		return u.scaled(u.states[0], u.states[1])
	}},
}

// optimisers writes the gradient rules, one pass over all arrays.
func optimisers(w *width) {
	for _, r := range rules {
		w.rule(r)
	}
	w.endTable()
}

// update is one vector of an optimiser's arrays.
type update struct {
	w       *width
	options Register
	g       VecVirtual
	states  []VecVirtual
}

func (u *update) constant(field int) VecVirtual {
	v := u.w.vec()
	VBROADCASTSS(Mem{Base: u.options, Disp: field}, v)
	return v
}

// blendSquare sets v = keep₂·v + fresh₂·g².
func (u *update) blendSquare(v VecVirtual) {
	square := u.w.vec()
	VMULPS(u.g, u.g, square)
	VMULPS(u.constant(fieldFresh2), square, square)
	VFMADD132PS(u.constant(fieldKeep2), square, v)
}

// scaled is x/(√v + ε).
func (u *update) scaled(x, v VecVirtual) VecVirtual {
	root, step := u.w.vec(), u.w.vec()
	VSQRTPS(v, root)
	VADDPS(u.constant(fieldEpsilon), root, root)
	VDIVPS(root, x, step)
	return step
}

// rule writes one gradient rule. The running average of p is updated too where it is given.
func (w *width) rule(r rule) {
	states := []string{"m", "v"}[2-r.states:]
	signature := "func(n int, p, grad"
	for _, s := range states {
		signature += ", " + s
	}
	w.function(r.name, signature+", average *float32, options *float32)")
	n, options := params("n")[0], params("options")[0]
	p, g := params("p")[0], params("grad")[0]
	average := params("average")[0]
	stateParams := params(states...)
	u := &update{w: w, options: options}
	w.each(n, func(s *span) {
		value := s.load(p)
		u.g, u.states = s.load(g), nil
		VMULPS(u.constant(fieldClip), u.g, u.g)
		VFMADD231PS(u.constant(fieldPrior), value, u.g)
		for _, state := range stateParams {
			u.states = append(u.states, s.load(state))
		}
		VFNMADD231PS(u.constant(fieldRate), r.step(u), value)
		s.store(value, p)
		for i, state := range stateParams {
			s.store(u.states[i], state)
		}
		given(average, func() {
			a := s.load(average)
			VSUBPS(a, value, value)
			VFMADD231PS(u.constant(fieldAverage), value, a)
			s.store(a, average)
		})
	})
	ret()
}
