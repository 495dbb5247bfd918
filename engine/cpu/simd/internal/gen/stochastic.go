package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// stochastic writes the latent layer and the likelihoods, of which some values may be missing; see
// engine/ref/gaussian.go and engine/ref/minibatch.go.
func stochastic(w *width) {
	w.gaussianSample()
	w.kl()
	w.bernoulliNLL(false)
	w.gaussianNLL(false)
	w.zeroMissing()
	w.bernoulliNLL(true)
	w.gaussianNLL(true)
	w.endTable()
}

// deviation is exp(½·logvar).
func (w *width) deviation(logvar VecVirtual) VecVirtual {
	half := w.vec()
	VMULPS(w.float(0.5), logvar, half)
	return w.exp(half)
}

// gaussianSample writes z = mean + exp(½·logvar)·ε and its gradients,
// dmean += dz and dlogvar += ½·dz·ε·exp(½·logvar).
func (w *width) gaussianSample() {
	w.function("gaussianSample", "func(n int, z, mean, logvar, eps *float32)")
	p := params("n", "z", "mean", "logvar", "eps")
	w.each(p[0], func(s *span) {
		z := w.deviation(s.load(p[3]))
		VFMADD213PS(s.load(p[2]), s.load(p[4]), z)
		s.store(z, p[1])
	})
	ret()

	w.function("gaussianSampleGrad", "func(n int, dmean, dlogvar, dz, eps, logvar *float32)")
	p = params("n", "dmean", "dlogvar", "dz", "eps", "logvar")
	w.each(p[0], func(s *span) {
		dz, d := s.load(p[3]), w.deviation(s.load(p[5]))
		VMULPS(s.load(p[4]), d, d)
		VMULPS(w.float(0.5), d, d)
		VFMADD213PS(s.load(p[2]), dz, d)
		s.store(d, p[2])
		VADDPS(s.load(p[1]), dz, dz)
		s.store(dz, p[1])
	})
	ret()
}

// kl writes ½Σ(mean² + exp(logvar) − 1 − logvar) and its gradients,
// dmean = w·mean and dlogvar = ½w·(exp(logvar) − 1).
func (w *width) kl() {
	w.function("kl", "func(n int, mean, logvar *float32) float32")
	p := params("n", "mean", "logvar")
	sum := w.zeros()
	w.each(p[0], func(s *span) {
		mean, logvar := s.load(p[1]), s.load(p[2])
		term := w.expm1(logvar)
		VSUBPS(logvar, term, term)
		VFMADD231PS(mean, mean, term)
		s.add(term, sum)
	})
	VMULPS(w.float(0.5), sum, sum)
	w.sum(sum)
	ret()

	w.function("klGrad", "func(n int, dmean, dlogvar, mean, logvar *float32, weight float32)")
	p = params("n", "dmean", "dlogvar", "mean", "logvar")
	weight, half := w.broadcast("weight"), w.vec()
	VMULPS(w.float(0.5), weight, half)
	w.each(p[0], func(s *span) {
		mean, d := s.load(p[3]), w.expm1(s.load(p[4]))
		VMULPS(weight, mean, mean)
		VMULPS(half, d, d)
		s.store(mean, p[1])
		s.store(d, p[2])
	})
	ret()
}

// zeroMissing writes dst = x, and 0 where x is NaN.
func (w *width) zeroMissing() {
	w.function("zeroMissing", "func(n int, dst, x *float32)")
	p := params("n", "dst", "x")
	w.each(p[0], func(s *span) {
		x := s.load(p[2])
		w.observed(x)
		s.store(x, p[1])
	})
	ret()
}

// observed zeroes x where it is NaN, and gives 1 where it is not.
func (w *width) observed(x VecVirtual) (present VecVirtual) {
	const ordered = 7
	present = w.vec()
	if w.wide {
		there := K()
		VCMPPS(Imm(ordered), x, x, there)
		VMOVAPS_Z(x, there, x)
		VMOVAPS_Z(w.float(1), there, present)
		return present
	}
	VCMPPS(Imm(ordered), x, x, present)
	w.and(present, x, x)
	w.and(w.float(1), present, present)
	return present
}

// likelihood starts the function of a likelihood; where values may be missing it has a name of its own.
func (w *width) likelihood(name, arguments string, missing bool) {
	if missing {
		name += "Missing"
	}
	w.function(name, "func(n int, "+arguments+" *float32, weight float32) float32")
}

// bernoulliNLL writes Σ softplus(l) − x·l and dlogits = w·(sigmoid(l) − x). Where x may be missing, each
// term and gradient is multiplied by whether it is there.
func (w *width) bernoulliNLL(missing bool) {
	w.likelihood("bernoulliNLL", "dlogits, logits, x", missing)
	p := params("n", "dlogits", "logits", "x")
	weight, sum := w.broadcast("weight"), w.zeros()
	w.each(p[0], func(s *span) {
		l, x := s.load(p[2]), s.load(p[3])
		var present VecVirtual
		if missing {
			present = w.observed(x)
		}
		term, u := w.softplus(l)
		VFNMADD231PS(x, l, term)
		if missing {
			VMULPS(present, term, term)
		}
		s.add(term, sum)
		given(p[1], func() {
			d := w.sigmoid(l, u)
			VSUBPS(x, d, d)
			if missing {
				VMULPS(present, d, d)
			}
			VMULPS(weight, d, d)
			s.store(d, p[1])
		})
	})
	w.sum(sum)
	ret()
}

// gaussianNLL writes ½Σ ln 2π + logvar + δ²·e^−logvar, δ = mean − x, and dmean = w·δ·e^−logvar and
// dlogvar = ½w·(1 − δ²·e^−logvar). Values may be missing as bernoulliNLL's.
func (w *width) gaussianNLL(missing bool) {
	w.likelihood("gaussianNLL", "dmean, dlogvar, x, mean, logvar", missing)
	p := params("n", "dmean", "dlogvar", "x", "mean", "logvar")
	weight, half, sum := w.broadcast("weight"), w.vec(), w.zeros()
	VMULPS(w.float(0.5), weight, half)
	w.each(p[0], func(s *span) {
		logvar, delta, minus := s.load(p[5]), s.load(p[4]), w.vec()
		w.xor(w.word(signBit), logvar, minus)
		precision, square := w.exp(minus), w.vec()
		x := s.load(p[3])
		var present VecVirtual
		if missing {
			present = w.observed(x)
		}
		VSUBPS(x, delta, delta)
		VMULPS(delta, precision, precision) // δ·e^−logvar
		VMULPS(delta, precision, square)    // δ²·e^−logvar
		term := w.vec()
		VADDPS(w.float(math.Log(2*math.Pi)), logvar, term)
		VADDPS(square, term, term)
		if missing {
			for _, v := range []VecVirtual{term, precision, square} {
				VMULPS(present, v, v)
			}
		}
		s.add(term, sum)
		given(p[1], func() {
			ones := present
			if !missing {
				ones = w.set(1)
			}
			VMULPS(weight, precision, precision)
			VSUBPS(square, ones, ones)
			VMULPS(half, ones, ones)
			s.store(precision, p[1])
			s.store(ones, p[2])
		})
	})
	VMULPS(w.float(0.5), sum, sum)
	w.sum(sum)
	ret()
}
