package model

import (
	"math"

	"ssdgm/engine"
)

// given is a device that takes the ε of its Gaussian samples from a table, sample
// row by sample row, in place of package noise. All replicas get the same.
type given struct {
	engine.Device
	eps []float64
}

// unwrap is the device that does the work.
func unwrap(dev engine.Device) engine.Device {
	if d, ok := dev.(*given); ok {
		return d.Device
	}
	return dev
}

func (d *given) row(row, latents int) []float64 { return d.eps[row*latents:][:latents] }

// GaussianSample leaves the KL to the device and replaces the samples.
func (d *given) GaussianSample(z, kl, stats engine.Floats, pairs engine.Pairs, latents int, at engine.Noise) {
	d.Device.GaussianSample(z, kl, stats, pairs, latents, at)
	for r := range d.Replicas() {
		s, samples := read(d.Device, stats, r), make([]float64, z.Len)
		for row := range pairs.SampleRows() {
			pair := row / pairs.Samples
			for j, eps := range d.row(row, latents) {
				mean, logvar := s[2*pair*latents+j], s[(2*pair+1)*latents+j]
				samples[row*latents+j] = mean + math.Exp(logvar/2)*eps
			}
		}
		write(d.Device, z, r, samples)
	}
}

// GaussianSampleGrad follows the equation in the contract, with the table's ε.
func (d *given) GaussianSampleGrad(dstats, dz, stats, weight engine.Floats, klWeight engine.Doubles, pairs engine.Pairs, latents int, _ engine.Noise) {
	for r := range d.Replicas() {
		s, w, up := read(d.Device, stats, r), read(d.Device, weight, r), read(d.Device, dz, r)
		down := make([]float64, dstats.Len)
		for pair := range pairs.Rows() {
			kl := w[pair] * scalar(d.Device, klWeight, r)
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
		write(d.Device, dstats, r, down)
	}
}
