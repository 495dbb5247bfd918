package trained

import (
	"ssdgm/engine"
	"ssdgm/engine/counting"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
)

// checkEvaluation refuses a model whose minibatches of an evaluation take more than
// the memory. Its parameters are there already.
func (m *Model) checkEvaluation(memory infer.Limit) error {
	size := m.Config.Eval.BatchSize
	for _, p := range []struct {
		name  string
		there bool
		graph func(dev engine.Device)
	}{
		{"m1", m.M1 != nil, func(dev engine.Device) { m.M1.Graph(dev, size, 1, false) }},
		{"m2", m.M2 != nil, func(dev engine.Device) {
			m.M2.Graph(dev, engine.Pairs{Labelled: size, Samples: 1}, false)
		}},
		{"supervised", m.Supervised != nil, func(dev engine.Device) { m.Supervised.Graph(dev, size, false) }},
	} {
		if !p.there {
			continue
		}
		dev := counting.New(1)
		p.graph(dev)
		if bytes := dev.Bytes(); memory.Bytes > 0 && bytes > memory.Bytes {
			return format.Errorf("evaluation of %s: want at least %d MB of %s, found %d; lower eval.batch_size",
				p.name, bytes>>20, memory.Of, memory.Bytes>>20)
		}
	}
	return nil
}
