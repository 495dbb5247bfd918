package trained

import (
	"ssdgm/engine"
	"ssdgm/engine/counting"
	"ssdgm/model/trained/format"
)

// checkEvaluation refuses a model whose minibatches of an evaluation take more than
// the memory, in bytes; 0 is not known. Its parameters are there already.
func (m *Model) checkEvaluation(memory int64) error {
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
		if bytes := dev.Bytes(); memory > 0 && bytes > memory {
			return format.Errorf("evaluation of %s: want at least %d MB of memory, found %d; lower eval.batch_size",
				p.name, bytes>>20, memory>>20)
		}
	}
	return nil
}
