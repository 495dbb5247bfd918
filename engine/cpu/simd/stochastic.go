package simd

// The sums of one row (KL, BernoulliNLL, GaussianNLL) add element i to partial
// sum i mod 16 (mod 8 with AVX2), and the partial sums as a tree, halves first.

// GaussianSample sets z = mean + exp(½·logvar)·eps. z may be any of its inputs.
func (k *Kernels) GaussianSample(z, mean, logvar, eps []float32) {
	n := len(z)
	k.table.gaussianSample(n, ptr(z, n), ptr(mean, n), ptr(logvar, n), ptr(eps, n))
}

// GaussianSampleGrad sets dmean += dz and dlogvar += ½·dz·eps·exp(½·logvar).
func (k *Kernels) GaussianSampleGrad(dmean, dlogvar, dz, eps, logvar []float32) {
	n := len(dz)
	k.table.gaussianSampleGrad(n, ptr(dmean, n), ptr(dlogvar, n), ptr(dz, n), ptr(eps, n), ptr(logvar, n))
}

// KL is KL(N(mean, exp(logvar)) ‖ N(0, I)) = ½Σ(mean² + exp(logvar) − 1 − logvar), in nats.
func (k *Kernels) KL(mean, logvar []float32) float32 {
	n := len(mean)
	return k.table.kl(n, ptr(mean, n), ptr(logvar, n))
}

// KLGrad sets dmean = weight·mean and dlogvar = ½·weight·(exp(logvar) − 1).
func (k *Kernels) KLGrad(dmean, dlogvar, mean, logvar []float32, weight float32) {
	n := len(mean)
	k.table.klGrad(n, ptr(dmean, n), ptr(dlogvar, n), ptr(mean, n), ptr(logvar, n), weight)
}

// ZeroMissing sets dst = x, and 0 where x is NaN. dst may be x.
func (k *Kernels) ZeroMissing(dst, x []float32) {
	n := len(dst)
	k.table.zeroMissing(n, ptr(dst, n), ptr(x, n))
}

// BernoulliNLL is Σ softplus(l) − x·l of the logits l, in nats, and sets
// dlogits = weight·(sigmoid(l) − x). dlogits may be logits, or nil. With missing,
// a term and its gradient count 0 times where x is NaN.
func (k *Kernels) BernoulliNLL(dlogits, logits, x []float32, weight float32, missing bool) float32 {
	run, n := k.table.bernoulliNLL, len(logits)
	if missing {
		run = k.table.bernoulliNLLMissing
	}
	return run(n, optional(dlogits, n), ptr(logits, n), ptr(x, n), weight)
}

// GaussianNLL is ½Σ ln 2π + logvar + (x−mean)²·exp(−logvar), in nats, and sets
//
//	dmean   = weight·(mean−x)·exp(−logvar)
//	dlogvar = ½·weight·(1 − (x−mean)²·exp(−logvar)).
//
// The gradients may both be nil, or lie where mean and logvar lie. missing is
// BernoulliNLL's.
func (k *Kernels) GaussianNLL(dmean, dlogvar, x, mean, logvar []float32, weight float32, missing bool) float32 {
	run, n := k.table.gaussianNLL, len(x)
	if missing {
		run = k.table.gaussianNLLMissing
	}
	if (dmean == nil) != (dlogvar == nil) {
		panic("simd: GaussianNLL gives both gradients or none")
	}
	return run(n, optional(dmean, n), optional(dlogvar, n), ptr(x, n), ptr(mean, n), ptr(logvar, n), weight)
}
