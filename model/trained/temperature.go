package trained

import (
	"encoding/json"
	"math"

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
