package model

import (
	"math"

	"ssdgm/engine"
	"ssdgm/engine/enginetest"
)

// given is a device that takes the ε of its Gaussian samples from a table, sample
// row by sample row, in place of package noise. All replicas get the same.
type given struct {
	engine.Device // with the steps below intercepted
	own           engine.Device
	eps           []float64
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

func (d *given) row(row, latents int) []float64 { return d.eps[row*latents:][:latents] }

// sample replaces the samples.
func (d *given) sample(step engine.GaussianSample) {
	pairs, latents := step.Pairs, step.Latents
	for r := range d.Replicas() {
		s, samples := read(d.own, step.Stats, r), make([]float64, step.Z.Len)
		for row := range pairs.SampleRows() {
			pair := row / pairs.Samples
			for j, eps := range d.row(row, latents) {
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
					down[logvar] += up[row*latents+j] * d.row(row, latents)[j] * math.Exp(s[logvar]/2) / 2
				}
			}
		}
		write(d.own, step.DStats, r, down)
	}
}
