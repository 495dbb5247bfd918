package ref

import (
	"math"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// epsilon is the standard normal at an address.
func epsilon[T Float](row, label, sample, element int, at Address) T {
	w := noise.Philox(uint32(row), noise.Address(element, label, sample), at.Step, at.Stream, at.Seed)
	return T(noise.Normals(w)[element%4])
}

// Address is the part of a noise address that a whole step shares.
type Address struct {
	Seed   uint64
	Step   uint32
	Stream uint32
}

// GaussianSample: z = mean + exp(½·logvar) ∘ ε; KL = ½Σ(mean² + exp(logvar) − 1 − logvar).
func GaussianSample[T Float](z, kl, stats []T, pairs engine.Pairs, latents int, at Address) {
	for pair := range pairs.Rows() {
		mean, logvar := stats[2*pair*latents:][:latents], stats[(2*pair+1)*latents:][:latents]
		kl[pair] = gaussianKL(mean, logvar)
		example, label := pairs.Example(pair)
		for s := range pairs.Samples {
			row := z[(pair*pairs.Samples+s)*latents:][:latents]
			for j := range row {
				row[j] = mean[j] + exp(logvar[j]/2)*epsilon[T](example, label, s, j, at)
			}
		}
	}
}

// gaussianKL = KL(N(mean, exp(logvar)) ‖ N(0, I)) in nats (Kingma and Welling 2014, appendix B).
func gaussianKL[T Float](mean, logvar []T) T {
	var sum T
	for j := range mean {
		sum += mean[j]*mean[j] + exp(logvar[j]) - 1 - logvar[j]
	}
	return sum / 2
}

// GaussianSampleGrad: with w = weight·klWeight,
// dmean = Σ_s dz + w·mean;  dlogvar = Σ_s ½·dz·ε·exp(½·logvar) + ½·w·(exp(logvar) − 1).
func GaussianSampleGrad[T Float](dstats, dz, stats, weight []T, klWeight float64, pairs engine.Pairs, latents int, at Address) {
	for pair := range pairs.Rows() {
		mean, logvar := stats[2*pair*latents:][:latents], stats[(2*pair+1)*latents:][:latents]
		dmean, dlogvar := dstats[2*pair*latents:][:latents], dstats[(2*pair+1)*latents:][:latents]
		example, label := pairs.Example(pair)
		w := weight[pair] * T(klWeight)
		for j := range mean {
			dmean[j] = w * mean[j]
			dlogvar[j] = w * expm1(logvar[j]) / 2
			for s := range pairs.Samples {
				d := dz[(pair*pairs.Samples+s)*latents+j]
				dmean[j] += d
				dlogvar[j] += d * epsilon[T](example, label, s, j, at) * exp(logvar[j]/2) / 2
			}
		}
	}
}

// GatherGaussian: dst[b] = mean + exp(½·logvar) ∘ ε of table row index[b], or the mean alone.
func GatherGaussian[T Float](dst, stats []T, index []int32, width int, sample bool, at Address) {
	for b, i := range index {
		mean, logvar := stats[2*int(i)*width:][:width], stats[(2*int(i)+1)*width:][:width]
		row := dst[b*width:][:width]
		copy(row, mean)
		if !sample {
			continue
		}
		for j := range row {
			row[j] += exp(logvar[j]/2) * epsilon[T](b, 0, 0, j, at)
		}
	}
}

// BernoulliNLL: nll = Σ softplus(l) − x·l;  ∂nll/∂l = sigmoid(l) − x. Where values may be missing,
// each term counts as often as its x is present: once or not at all.
func BernoulliNLL[T Float](nll, dlogits, logits, x, weight []T, pairs engine.Pairs, width int, missing bool) {
	for row := range pairs.SampleRows() {
		pair := row / pairs.Samples
		example, _ := pairs.Example(pair)
		l, target := logits[row*width:][:width], x[example*width:][:width]
		var sum T
		for j := range l {
			t, present := observed(target[j], missing)
			sum += present * (softplus(l[j]) - t*l[j])
		}
		nll[row] = sum
		if dlogits == nil {
			continue
		}
		w, d := weight[pair]/T(pairs.Samples), dlogits[row*width:][:width]
		for j := range d {
			t, present := observed(target[j], missing)
			d[j] = w * present * (sigmoid(l[j]) - t)
		}
	}
}

// GaussianNLL: nll = ½Σ [ln 2π + logvar + δ²·e^−logvar] with δ = mean − x;
// ∂/∂mean = δ·e^−logvar;  ∂/∂logvar = ½(1 − δ²·e^−logvar). Values may be missing as BernoulliNLL's.
func GaussianNLL[T Float](nll, dstats, stats, x, weight []T, pairs engine.Pairs, width int, missing bool) {
	ln2pi := T(math.Log(2 * math.Pi))
	for row := range pairs.SampleRows() {
		pair := row / pairs.Samples
		example, _ := pairs.Example(pair)
		mean, logvar := stats[2*row*width:][:width], stats[(2*row+1)*width:][:width]
		target := x[example*width:][:width]
		var sum T
		for j := range mean {
			t, present := observed(target[j], missing)
			delta, precision := mean[j]-t, exp(-logvar[j])
			sum += present * (ln2pi + logvar[j] + delta*delta*precision)
			if dstats == nil {
				continue
			}
			w := weight[pair] / T(pairs.Samples) * present
			dstats[2*row*width+j] = w * delta * precision
			dstats[(2*row+1)*width+j] = w * (1 - delta*delta*precision) / 2
		}
		nll[row] = sum / 2
	}
}

// latentStep takes a step of the stochastic layer or a likelihood.
func (d *Device[T]) latentStep(step engine.Step, r int) bool {
	switch s := step.(type) {
	case engine.GaussianSample:
		GaussianSample(d.Floats(s.Z, r), d.Floats(s.KL, r), d.Floats(s.Stats, r), s.Pairs, s.Latents, d.At(s.Noise, r))
	case engine.GaussianSampleGrad:
		GaussianSampleGrad(d.Floats(s.DStats, r), d.Floats(s.DZ, r), d.Floats(s.Stats, r), d.Floats(s.Weight, r),
			d.Scalar(s.KLWeight, r), s.Pairs, s.Latents, d.At(s.Noise, r))
	case engine.BernoulliNLL:
		BernoulliNLL(d.Floats(s.NLL, r), d.Floats(s.DLogits, r), d.Floats(s.Logits, r), d.Floats(s.X, r),
			d.Floats(s.Weight, r), s.Pairs, s.Width, s.Missing)
	case engine.GaussianNLL:
		GaussianNLL(d.Floats(s.NLL, r), d.Floats(s.DStats, r), d.Floats(s.Stats, r), d.Floats(s.X, r),
			d.Floats(s.Weight, r), s.Pairs, s.Width, s.Missing)
	case engine.StackPosterior:
		d.stackPosterior(s, r)
	default:
		return false
	}
	return true
}
