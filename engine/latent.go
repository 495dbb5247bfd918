package engine

// GaussianSample draws Z = mean + exp(½·logvar) ∘ ε, Samples times for each pair,
// and sets the pair's KL = KL(N(mean, exp(logvar)) ‖ N(0, I)), closed form, in nats.
type GaussianSample struct {
	Z       Floats // [sample rows, Latents]
	KL      Floats // [pairs]
	Stats   Floats // [pairs, mean | logvar]
	Pairs   Pairs
	Latents int
	Noise   Noise
}

// Args implements Step.
func (s GaussianSample) Args(v Visitor) {
	v(s.Z.View(), write("z", s.Pairs.SampleRows()*s.Latents))
	v(s.KL.View(), write("kl", s.Pairs.Rows()))
	v(s.Stats.View(), read("stats", 2*s.Pairs.Rows()*s.Latents))
	s.Noise.args(v)
}

// Cost implements Step.
func (s GaussianSample) Cost(replicas int) Cost { return moves(s, replicas) }

// GaussianSampleGrad recomputes ε and sets, with w = Weight[pair]·KLWeight,
//
//	dmean   = Σ_s dz_s + w·mean
//	dlogvar = Σ_s ½·dz_s·ε_s·exp(½·logvar) + ½·w·(exp(logvar) − 1).
type GaussianSampleGrad struct {
	DStats   Floats // [pairs, dmean | dlogvar]
	DZ       Floats // [sample rows, Latents]
	Stats    Floats // [pairs, mean | logvar]
	Weight   Floats // [pairs]
	KLWeight Doubles
	Pairs    Pairs
	Latents  int
	Noise    Noise
}

// Args implements Step.
func (s GaussianSampleGrad) Args(v Visitor) {
	rows := s.Pairs.Rows()
	v(s.DStats.View(), write("dstats", 2*rows*s.Latents))
	v(s.DZ.View(), read("dz", s.Pairs.SampleRows()*s.Latents))
	v(s.Stats.View(), read("stats", 2*rows*s.Latents))
	v(s.Weight.View(), read("weight", rows))
	v(s.KLWeight.View(), read("klWeight", 1))
	s.Noise.args(v)
}

// Cost implements Step.
func (s GaussianSampleGrad) Cost(replicas int) Cost { return moves(s, replicas) }

// BernoulliNLL sets NLL = Σ_j softplus(l_j) − x_j·l_j = −log p(x|z) for each
// sample row's logits l, and DLogits = Weight[pair]/Samples · (sigmoid(l) − x).
// DLogits may be Logits itself, or absent, and then Weight may be absent too.
//
// With Missing, NaN in X is a value that the example lacks. Its term and its gradient count 0 times:
// NLL is −log p of the values that are there, as p(x|z) is the product of all. A logit there that is
// not finite shows in NLL nevertheless.
type BernoulliNLL struct {
	NLL     Floats // [sample rows]
	DLogits Floats // [sample rows, Width]
	Logits  Floats // [sample rows, Width]
	X       Floats // [examples, Width]
	Weight  Floats // [pairs]
	Pairs   Pairs
	Width   int
	Missing bool
}

// Args implements Step.
func (s BernoulliNLL) Args(v Visitor) {
	rows := s.Pairs.SampleRows()
	v(s.NLL.View(), write("nll", rows))
	v(s.DLogits.View(), write("dlogits", rows*s.Width).optional().aliasing("logits"))
	v(s.Logits.View(), read("logits", rows*s.Width))
	v(s.X.View(), read("x", s.Pairs.Examples()*s.Width))
	if !s.DLogits.IsNil() {
		v(s.Weight.View(), read("weight", s.Pairs.Rows()))
	}
}

// Cost implements Step.
func (s BernoulliNLL) Cost(replicas int) Cost { return moves(s, replicas) }

// GaussianNLL sets NLL = ½Σ_j [ln 2π + logvar + (x−mean)²·exp(−logvar)] for each
// sample row's stats [mean | logvar], and the gradients in them, weighted
// like BernoulliNLL's. DStats may be Stats itself, or absent, and then Weight may be absent too.
// Missing is BernoulliNLL's.
type GaussianNLL struct {
	NLL     Floats // [sample rows]
	DStats  Floats // [sample rows, dmean | dlogvar]
	Stats   Floats // [sample rows, mean | logvar]
	X       Floats // [examples, Width]
	Weight  Floats // [pairs]
	Pairs   Pairs
	Width   int
	Missing bool
}

// Args implements Step.
func (s GaussianNLL) Args(v Visitor) {
	rows := s.Pairs.SampleRows()
	v(s.NLL.View(), write("nll", rows))
	v(s.DStats.View(), write("dstats", 2*rows*s.Width).optional().aliasing("stats"))
	v(s.Stats.View(), read("stats", 2*rows*s.Width))
	v(s.X.View(), read("x", s.Pairs.Examples()*s.Width))
	if !s.DStats.IsNil() {
		v(s.Weight.View(), read("weight", s.Pairs.Rows()))
	}
}

// Cost implements Step.
func (s GaussianNLL) Cost(replicas int) Cost { return moves(s, replicas) }

// StackGrads are the gradients in a sample z1 of M1's latents where M2 is stacked on the
// kept ones: what M1's decoder says of all of them, and M2 of those that it takes as input.
type StackGrads struct {
	Decoder    Floats // [examples, latents]
	Classifier Floats // [examples, kept], in the input of q(y|z1)
	Encoder    Floats // [examples, kept], in the input of q(z2|z1,y)
	Likelihood Floats // in the stats of p(z1|y,z2), [sample rows, mean | logvar] of kept: in z1 it is −dmean
}

// StackPosterior is what q(z1|x) adds to the bound of a stack, closed form, in nats:
//
//	Costs[example] = KL(q ‖ N(0, I)) of the dropped latents − H(q) of the kept ones.
//
// Each example had one sample. Unless DStats is absent, it recomputes ε and sets, with
// w = Weight[example] and g the sum of the gradients in z1 (of a kept latent all of Grads, of a
// dropped one the decoder's alone; Pairs are M2's),
//
//	dmean   = g + [dropped]·w·mean
//	dlogvar = ½·g·ε·exp(½·logvar) + ½·w·([dropped]·exp(logvar) − 1).
type StackPosterior struct {
	Costs   Floats // [examples]
	DStats  Floats // [examples, dmean | dlogvar]
	Stats   Floats // [examples, mean | logvar]
	Grads   StackGrads
	Weight  Floats // [examples]
	Places  Ints   // [Latents]: where a latent stands among the kept ones, or −1 where it is dropped
	Pairs   Pairs
	Latents int
	Kept    int // the most that a replica has places for
	Noise   Noise
}

// Args implements Step.
func (s StackPosterior) Args(v Visitor) {
	n := s.Pairs.Examples()
	v(s.Costs.View(), write("costs", n))
	v(s.DStats.View(), write("dstats", 2*n*s.Latents).optional())
	v(s.Stats.View(), read("stats", 2*n*s.Latents))
	v(s.Places.View(), read("places", s.Latents))
	s.Noise.args(v)
	if s.DStats.IsNil() {
		return
	}
	v(s.Grads.Decoder.View(), read("grads.decoder", n*s.Latents))
	v(s.Grads.Classifier.View(), read("grads.classifier", n*s.Kept))
	v(s.Grads.Encoder.View(), read("grads.encoder", n*s.Kept))
	likelihood := 2 * s.Pairs.SampleRows() * s.Kept
	v(s.Grads.Likelihood.View(), read("grads.likelihood", likelihood).moving(likelihood/2))
	v(s.Weight.View(), read("weight", n))
}

// Cost implements Step.
func (s StackPosterior) Cost(replicas int) Cost { return moves(s, replicas) }
