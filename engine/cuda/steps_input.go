//go:build cuda

package cuda

import (
	"ssdgm/engine"
	"ssdgm/kernels"
)

// Minibatch implements engine.MinibatchSteps.
func (d *device) Minibatch(index, pool, sizes engine.Ints, noise engine.Noise) {
	n, batch := d.noise(noise), index.Len
	launch := func(index, clock kernels.Array) kernels.Launch {
		n.Clock = clock
		return kernels.Minibatch(d.replicas, index, d.ints(pool), d.ints(sizes), batch, pool.Len, n)
	}
	d.step(shape{index.Len, pool.Len}, launch(d.ints(index), n.Clock))
	if d.recording != nil {
		d.drawn = append(d.drawn, drawn{index, noise.Clock, launch})
	}
}

// GatherPixels implements engine.MinibatchSteps.
func (d *device) GatherPixels(dst engine.Floats, images engine.Bytes, index engine.Ints, width int, binarise engine.Binarise, noise engine.Noise) {
	engine.Lens("GatherPixels", "dst", dst, index.Len*width)
	f := d.fetchOf(images, index, width)
	d.step(shape{index.Len, width},
		kernels.GatherPixels(d.replicas, d.floats(dst), d.bytes(images), f.resolved(d), d.ints(index), index.Len, width, binarise, d.noise(noise)))
	f.ahead(d)
}

// GatherGaussian implements engine.MinibatchSteps.
func (d *device) GatherGaussian(dst, stats engine.Floats, index engine.Ints, width int, sample bool, noise engine.Noise) {
	engine.Lens("GatherGaussian", "dst", dst, index.Len*width)
	d.step(shape{index.Len, width},
		kernels.GatherGaussian(d.replicas, d.floats(dst), d.floats(stats), d.ints(index), index.Len, width, sample, d.noise(noise)))
}

// GatherLabels implements engine.MinibatchSteps.
func (d *device) GatherLabels(dst, labels, index engine.Ints) {
	engine.Lens("GatherLabels", "dst", dst, index.Len)
	d.step(shape{index.Len},
		kernels.GatherLabels(d.replicas, d.ints(dst), d.ints(labels), d.ints(index), index.Len))
}

// GaussianSample implements engine.LatentSteps.
func (d *device) GaussianSample(z, kl, stats engine.Floats, pairs engine.Pairs, latents int, noise engine.Noise) {
	engine.CheckSample(z, kl, stats, pairs, latents)
	d.step(shape{pairs.SampleRows(), latents},
		kernels.GaussianSample(d.replicas, d.floats(z), d.floats(kl), d.floats(stats), pairs, latents, d.noise(noise)))
}

// GaussianSampleGrad implements engine.LatentSteps.
func (d *device) GaussianSampleGrad(dstats, dz, stats, weight engine.Floats, klWeight engine.Doubles, pairs engine.Pairs, latents int, noise engine.Noise) {
	engine.CheckSampleGrad(dstats, dz, stats, weight, pairs, latents)
	d.step(shape{pairs.SampleRows(), latents},
		kernels.GaussianSampleGrad(d.replicas, d.floats(dstats), d.floats(dz), d.floats(stats), d.floats(weight), d.doubles(klWeight), pairs, latents, d.noise(noise)))
}

// StackPosterior implements engine.LatentSteps.
func (d *device) StackPosterior(cost, dstats, stats engine.Floats, grads engine.StackGrads, weight engine.Floats, places engine.Ints, pairs engine.Pairs, latents, kept int, noise engine.Noise) {
	engine.CheckStack(cost, dstats, stats, grads, weight, places, pairs, latents, kept)
	g := kernels.StackGrads{
		Decoder: d.floats(grads.Decoder), Classifier: d.floats(grads.Classifier),
		Encoder: d.floats(grads.Encoder), Likelihood: d.floats(grads.Likelihood),
	}
	d.step(shape{pairs.Examples(), latents, kept},
		kernels.StackPosterior(d.replicas, d.floats(cost), d.floats(dstats), d.floats(stats), g, d.floats(weight), d.ints(places), pairs, latents, kept, d.noise(noise)))
}

// BernoulliNLL implements engine.LatentSteps.
func (d *device) BernoulliNLL(nll, dlogits, logits, x, weight engine.Floats, pairs engine.Pairs, width int) {
	engine.CheckNLL("BernoulliNLL", nll, dlogits, logits, x, weight, pairs, width, width)
	d.step(shape{pairs.SampleRows(), width},
		kernels.BernoulliNLL(d.replicas, d.floats(nll), d.floats(dlogits), d.floats(logits), d.floats(x), d.floats(weight), pairs, width))
}

// GaussianNLL implements engine.LatentSteps.
func (d *device) GaussianNLL(nll, dstats, stats, x, weight engine.Floats, pairs engine.Pairs, width int) {
	engine.CheckNLL("GaussianNLL", nll, dstats, stats, x, weight, pairs, width, 2*width)
	d.step(shape{pairs.SampleRows(), width},
		kernels.GaussianNLL(d.replicas, d.floats(nll), d.floats(dstats), d.floats(stats), d.floats(x), d.floats(weight), pairs, width))
}
