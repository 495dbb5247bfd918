package trained

import (
	"context"
	"encoding/json"
	"math"

	"ssdgm/engine"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/train/safetensors"
)

// Temperature divides the logits of q(y|x), so that a probability of 0.9 is right nine times in ten (Guo et al. 2017,
// "On calibration of modern neural networks", section 4.2). It changes no answer, but how sure it is.
type Temperature struct {
	Value    float64 `json:"temperature"` // above 0; above 1: the classifier was too sure
	Examples int     `json:"examples"`    // validation examples that it was fitted on
}

// TemperatureMin and TemperatureMax are between which temperatures one is sought.
const (
	TemperatureMin = 0.05
	TemperatureMax = 20
)

// temperatureHalvings leave a range of log(TemperatureMax/TemperatureMin)/2⁴⁰ < 1e-11.
const temperatureHalvings = 40

// FitTemperature fits a temperature on labelled examples that the classifier was not trained on: that with the smallest
// mean −log q(y|x). It does not set m.Temperature. It is nil where there is no smallest one between TemperatureMin and
// TemperatureMax: examples without a mistake, as few may be, would make every probability 1.
func (m *Model) FitTemperature(ctx context.Context, set *Set) (*Temperature, error) {
	if err := m.fits(set); err != nil {
		return nil, err
	}
	if !m.classifies() {
		return nil, format.Errorf("fit a temperature: want a model with a classifier, found model = %q", m.Config.Model)
	}
	logits, err := m.setLogits(ctx, set)
	if err != nil {
		return nil, err
	}
	return temperatureOf(logits, m.K, set.Labels), nil
}

// setLogits are the classifier's logits of a set, [N, K].
func (m *Model) setLogits(ctx context.Context, set *Set) (logits []float32, err error) {
	var fault error // of reading a row
	in := m.seen(m.rowsOf(set, &fault), set.N)
	err = m.use(ctx, func(dev engine.Device, stopped func() bool) (err error) {
		logits, err = m.logits(dev, in, set.N, m.walk(stopped))
		return err
	})
	if fault != nil {
		err = fault
	}
	return logits, err
}

// temperatureOf minimises the sum of −log softmax(z/T)_y over T. It is convex in 1/T, so its slope changes sign once:
//
//	∂/∂(1/T) Σ[log Σ_k exp(z_k/T) − z_y/T] = Σ[Σ_k p_k z_k − z_y]
func temperatureOf(logits []float32, classes int, labels []uint8) *Temperature {
	slope := func(t float64) (sum float64) {
		for i, label := range labels {
			row := logits[i*classes:][:classes]
			largest, total, mean := float64(row[infer.Argmax(row)]), 0.0, 0.0
			for _, z := range row {
				p := math.Exp((float64(z) - largest) / t)
				total += p
				mean += p * float64(z)
			}
			sum += mean/total - float64(row[label])
		}
		return sum
	}
	// It is falling at low 1/T, where T is large, and rising where T is small. No number is neither.
	if !(slope(TemperatureMax) < 0) || !(slope(TemperatureMin) > 0) {
		return nil
	}
	low, high := math.Log(TemperatureMin), math.Log(TemperatureMax)
	for range temperatureHalvings {
		middle := (low + high) / 2
		if slope(math.Exp(middle)) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return &Temperature{Value: math.Exp((low + high) / 2), Examples: len(labels)}
}

// tempered turns rows of logits, [n, K], into probabilities in place.
func (m *Model) tempered(logits []float32) {
	t := 1.0
	if m.Temperature != nil {
		t = m.Temperature.Value
	}
	softmax(logits, m.K, t)
}

// softmax turns rows of logits into exp(logits/t)/Σ in place.
func softmax(logits []float32, classes int, t float64) {
	for at := 0; at < len(logits); at += classes {
		row := logits[at:][:classes]
		if t != 1 {
			for k, v := range row {
				row[k] = float32(float64(v) / t)
			}
		}
		norm := infer.LogSumExp(row)
		for k, v := range row {
			row[k] = float32(math.Exp(float64(v) - norm))
		}
	}
}

// readTemperature reads the temperature, where a file has one.
func (m *Model) readTemperature(f *safetensors.File) error {
	text, ok := f.Metadata[format.Temperature]
	if !ok {
		return nil
	}
	var t Temperature
	if err := json.Unmarshal([]byte(text), &t); err != nil || !(t.Value > 0) || math.IsInf(t.Value, 0) || t.Examples < 1 {
		return format.Errorf(`want a "temperature" above 0 and its "examples" as %q in its metadata, found %.200s`,
			format.Temperature, text)
	}
	m.Temperature = &t
	return nil
}
