package trained

import (
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/transform"
	"ssdgm/train/safetensors"
)

// Real tells whether the model was trained on real values, not on pixels.
func (m *Model) Real() bool { return m.Input != nil && !m.Input.Image() }

// InputOf reads what becomes of an example of width values before a model sees it from the model's file; without
// metadata, it is that of pixels.
func InputOf(f *safetensors.File, width int) (*transform.Transformation, error) {
	text, ok := f.Metadata[format.Input]
	if !ok {
		return transform.OfPixels(width), nil
	}
	t, err := transform.Read(text, width, func(name string) (transform.Tensor, bool) {
		tensor, ok := f.Lookup(name)
		if single, err := tensor.Single(); ok && err == nil {
			tensor = single
		}
		return transform.Tensor(tensor), ok
	})
	if err != nil {
		return nil, format.Errorf("%q of its metadata: %w", format.Input, err)
	}
	return t, nil
}

// seen puts rows of raw values, of which there are n, through the transformation: a model sees them so. Components are
// taken of all rows at once, as they cost more than a model does, and an evaluation visits each row several times.
func (m *Model) seen(raw infer.Rows, n int) infer.Input {
	t, out := m.Input, m.Input.Out()
	in := infer.Input{Rows: raw, Width: out}
	if t.Plain() {
		return in
	}
	var rows []float32
	apply := func(dst []float32, examples []int32) {
		if need := len(examples) * t.Width; len(rows) < need {
			rows = make([]float32, need)
		}
		part := rows[:len(examples)*t.Width]
		raw(part, examples)
		t.Apply(dst, part)
	}
	in.Rows = apply
	if t.PCA == nil {
		return in
	}
	const piece = 1024
	all := make([]float32, n*out)
	for first := 0; first < n; first += piece {
		examples := infer.Sequence(min(first+piece, n))[first:]
		apply(all[first*out:][:len(examples)*out], examples)
	}
	in.Rows = rowsOf(all, out)
	return in
}

// raw gives the raw values of examples as a model draws them, [n, what it sees].
func (m *Model) raw(drawn []float32) []float32 {
	if m.Input.Plain() {
		return drawn
	}
	raw := make([]float32, len(drawn)/m.Input.Out()*m.Inputs)
	m.Input.Invert(raw, drawn)
	return raw
}
