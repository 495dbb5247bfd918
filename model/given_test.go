package model

import (
	"math"

	"ssdgm/engine"
	"ssdgm/engine/enginetest"
	"ssdgm/engine/noise"
)

// given is a device that takes the ε of its Gaussian samples from a table, sample
// row by sample row, in place of package noise. All replicas get the same.
type given struct {
	engine.Device // with the steps below intercepted
	own           engine.Device
	eps           []float64
	z1            []float64 // the same of a stack's first latents; eps is then of the second
}

func newGiven(dev engine.Device, eps []float64) *given {
	d := &given{own: dev, eps: eps}
	d.Device = enginetest.Intercept(dev, func(step engine.Step, take func()) {
		switch s := step.(type) {
		case engine.GaussianSample:
			take() // which leaves the KL
			d.sample(s)
		case engine.GaussianSampleGrad:
			d.sampleGrad(s)
		case engine.StackPosterior:
			take() // which leaves all but dlogvar
			if !s.DStats.IsNil() {
				d.stackGrad(s)
			}
		default:
			take()
		}
	})
	return d
}

// unwrap is the device that does the work.
func unwrap(dev engine.Device) engine.Device {
	if d, ok := dev.(*given); ok {
		return d.own
	}
	return dev
}

// row is the ε of a sample row.
func (d *given) row(of engine.Noise, row, latents int) []float64 {
	if d.z1 != nil && of.Stream == noise.StreamM1Latent {
		return d.z1[row*latents:][:latents]
	}
	return d.eps[row*latents:][:latents]
}

// sample replaces the samples.
func (d *given) sample(step engine.GaussianSample) {
	pairs, latents := step.Pairs, step.Latents
	for r := range d.Replicas() {
		s, samples := read(d.own, step.Stats, r), make([]float64, step.Z.Len)
		for row := range pairs.SampleRows() {
			pair := row / pairs.Samples
			for j, eps := range d.row(step.Noise, row, latents) {
				mean, logvar := s[2*pair*latents+j], s[(2*pair+1)*latents+j]
				samples[row*latents+j] = mean + math.Exp(logvar/2)*eps
			}
		}
		write(d.own, step.Z, r, samples)
	}
}

// sampleGrad follows the equation in the contract, with the table's ε.
func (d *given) sampleGrad(step engine.GaussianSampleGrad) {
	pairs, latents := step.Pairs, step.Latents
	for r := range d.Replicas() {
		s, w, up := read(d.own, step.Stats, r), read(d.own, step.Weight, r), read(d.own, step.DZ, r)
		down := make([]float64, step.DStats.Len)
		for pair := range pairs.Rows() {
			kl := w[pair] * scalar(d.own, step.KLWeight, r)
			for j := range latents {
				mean, logvar := 2*pair*latents+j, (2*pair+1)*latents+j
				down[mean] = kl * s[mean]
				down[logvar] = kl * math.Expm1(s[logvar]) / 2
				for sample := range pairs.Samples {
					row := pair*pairs.Samples + sample
					down[mean] += up[row*latents+j]
					down[logvar] += up[row*latents+j] * d.row(step.Noise, row, latents)[j] * math.Exp(s[logvar]/2) / 2
				}
			}
		}
		write(d.own, step.DStats, r, down)
	}
}

// stackGrad replaces dlogvar, whose ε is the table's. The gradient in z1 is dmean, of a dropped latent less w·mean.
func (d *given) stackGrad(step engine.StackPosterior) {
	latents := step.Latents
	for r := range d.Replicas() {
		s, w, grad := read(d.own, step.Stats, r), read(d.own, step.Weight, r), read(d.own, step.DStats, r)
		places := make([]int32, latents)
		d.ReadInts(places, step.Places, r)
		for example := range step.Pairs.Examples() {
			for j, eps := range d.row(step.Noise, example, latents) {
				mean, logvar := 2*example*latents+j, (2*example+1)*latents+j
				g, kl := grad[mean], -1.0
				if places[j] < 0 {
					g, kl = g-w[example]*s[mean], math.Expm1(s[logvar])
				}
				grad[logvar] = g*eps*math.Exp(s[logvar]/2)/2 + w[example]*kl/2
			}
		}
		write(d.own, step.DStats, r, grad)
	}
}
