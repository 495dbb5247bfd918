package trained

import (
	"fmt"
	"strings"

	"ssdgm/configs"
	"ssdgm/engine/noise"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/transform"
	"ssdgm/train/safetensors"
)

// trainedAlready are settings of a training that has been: they may be anything that a configuration takes.
var trainedAlready = []string{
	"data.name=mnist", "m1.train.epochs=0", "m1.train.steps=1", "m2.train.epochs=0", "m2.train.steps=1",
	"supervised.train.epochs=0", "supervised.train.steps=1",
}

// shapes are those of the tensors in a file without metadata.
type shapes struct{ *safetensors.File }

// matrix gives the outputs and inputs of a layer; 0 where there is none.
func (s shapes) matrix(layer string) (out, in int) {
	w, ok := s.Lookup(layer + ".weight")
	if !ok || len(w.Shape) != 2 {
		return 0, 0
	}
	return w.Shape[0], w.Shape[1]
}

// has tells whether there are layers of these names.
func (s shapes) has(layers ...string) bool {
	for _, layer := range layers {
		if out, in := s.matrix(layer); out == 0 || in == 0 {
			return false
		}
	}
	return true
}

// hidden are the widths of the layers NAME.0, NAME.1, …, as a value of TOML.
func (s shapes) hidden(name string) string {
	var widths []string
	for {
		out, _ := s.matrix(fmt.Sprintf("%s.%d", name, len(widths)))
		if out == 0 {
			return "[" + strings.Join(widths, ", ") + "]"
		}
		widths = append(widths, fmt.Sprint(out))
	}
}

// described are the networks that the tensors are of, as settings, and the size of their examples; no settings where
// they are of none.
func (s shapes) described() (sets []string, size Size) {
	m1, m2 := s.has("m1.encoder.0", "m1.encoder.mean"), s.has("m2.encoder.0", "m2.encoder.mean", "m2.classifier.out")
	if m2 {
		size.Classes, _ = s.matrix("m2.classifier.out")
		_, size.Inputs = s.matrix("m2.encoder.0")
		latents, _ := s.matrix("m2.encoder.mean")
		sets = append(sets, "model=m2", "m2.hidden="+s.hidden("m2.encoder"), fmt.Sprintf("m2.latents=%d", latents),
			"m2.classifier_hidden="+s.hidden("m2.classifier"))
		if _, ok := s.Lookup("m2.class_prior.logits"); ok {
			sets = append(sets, "m2.class_prior=learned")
		}
		if !m1 && s.has("m2.decoder.mean") {
			size.Input = transform.Identity(size.Inputs)
		}
	}
	if m1 {
		_, size.Inputs = s.matrix("m1.encoder.0")
		latents, _ := s.matrix("m1.encoder.mean")
		model, output := "m1", "bernoulli"
		if m2 {
			model = "m1m2"
		}
		if s.has("m1.decoder.mean") {
			output = "gaussian"
		}
		sets = append(sets, "model="+model, "m1.hidden="+s.hidden("m1.encoder"), fmt.Sprintf("m1.latents=%d", latents),
			"m1.output="+output)
	}
	if !m1 && !m2 && s.has("classifier.out") {
		size.Classes, size.Inputs = s.matrix("classifier.out")
		if s.has("classifier.0") {
			_, size.Inputs = s.matrix("classifier.0")
		}
		sets = append(sets, "model=supervised", "supervised.hidden="+s.hidden("classifier"))
	}
	return sets, size
}

// openForeign opens the networks of a file without metadata by its tensors.
func openForeign(path string, file *safetensors.File, sets []string) (*Model, error) {
	known, size := shapes{file}.described()
	if known == nil {
		return nil, format.Errorf("read %s: want an M1 with tensors m1.encoder.0.weight, m1.encoder.mean.weight and so "+
			"on, an M2 with m2.encoder.0.weight, m2.encoder.mean.weight, m2.classifier.out.weight and so on, or a "+
			"supervised network with classifier.out.weight, found %d other tensors", path, len(file.Tensors))
	}
	if size.Classes > noise.MaxLabels {
		return nil, format.Errorf("read %s: want at most %d classes, found %d", path, noise.MaxLabels, size.Classes)
	}
	own := append(append([]string{"yardstick=false"}, trainedAlready...), known...)
	c, _, err := configs.Parse(path, nil, append(own, sets...))
	if err != nil {
		return nil, err
	}
	m := New(c, size)
	m.Told, m.Unused = ByShapes, len(file.Tensors)
	if _, ok := file.Lookup(format.Kept); ok && c.Stacked() {
		m.Unused--
	} else if _, in := (shapes{file}).matrix("m2.encoder.0"); c.Stacked() && in == m.M1.Latents {
		m.Keep(wide(infer.Sequence(in)))
	}
	if err := m.complete(path, file); err != nil {
		return nil, err
	}
	for _, p := range m.Parts() {
		m.Unused -= len(p.Layout.Tensors)
	}
	return m, nil
}
