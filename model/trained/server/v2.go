package server

import (
	"math"
	"net/http"
	"slices"
	"strconv"

	"ssdgm/model/trained"
)

// The words of the open inference protocol, version 2.
const (
	binarySize      = "binary_data_size"
	binaryAll       = "binary_data_output"
	binaryOne       = "binary_data"
	headerLength    = "Inference-Header-Content-Length"
	binaryExtension = "binary_tensor_data"
	modelVersion    = "1"
)

// protocol is what the open inference protocol calls a model: one of the things that the model answers.
type protocol struct {
	name            string
	inputs, outputs []tensor // without values
	infer           func(r *request, q *query) ([]tensor, error)
}

// anySide is a side of a shape that each request says.
const anySide = -1

// protocols are what is there, by what the model can do.
func (s *Server) protocols() []protocol {
	var all []protocol
	rows := tensor{name: "rows", datatype: typeFloat32, shape: []int{anySide, s.model.Inputs}}
	per := func(name, datatype string, sides ...int) tensor {
		return tensor{name: name, datatype: datatype, shape: append([]int{anySide}, sides...)}
	}
	if s.classifies() {
		outputs := []tensor{
			per("class", typeBytes), per("label", typeInt64), per("probabilities", typeFloat32, len(s.classes)),
		}
		if s.usual() != nil {
			outputs = append(outputs, per("usual", typeFloat32), per("usual_in_class", typeFloat32))
		}
		all = append(all, protocol{"classifier", []tensor{rows}, outputs, s.inferClasses})
	}
	if s.latents() > 0 {
		all = append(all, protocol{"encoder", []tensor{rows}, []tensor{per("latents", typeFloat32, s.latents())},
			s.inferLatents})
	}
	if s.draws() {
		inputs := []tensor{per("class", typeBytes), {name: "seed", datatype: typeInt64, shape: []int{1}}}
		if s.model.M2 == nil {
			inputs[0] = tensor{name: "n", datatype: typeInt64, shape: []int{1}}
		}
		outputs := []tensor{rows}
		if s.model.Input.Image() {
			outputs = append(outputs, per("pixels", typeUint8, s.shape()...))
		}
		all = append(all, protocol{"generator", inputs, outputs, s.inferDrawn})
	}
	return all
}

// protocol finds the model that a path names.
func (s *Server) protocol(r *request) (*protocol, error) {
	name, version := r.PathValue("model"), r.PathValue("version")
	all := s.protocols()
	at := slices.IndexFunc(all, func(p protocol) bool { return p.name == name })
	if at < 0 {
		known := map[string]bool{}
		for _, p := range all {
			known[p.name] = true
		}
		return nil, refuse(http.StatusNotFound, "want one of the models %s, found %.60q", oneOf(known), name)
	}
	if version != "" && version != modelVersion {
		return nil, refuse(http.StatusNotFound, "model %s: want the version %s, found %.60q", name, modelVersion, version)
	}
	return &all[at], nil
}

func object(f func(e *encoder)) (reply, error) {
	return reply{kind: jsonType, body: encoded(func(e *encoder) { e.object(func() { f(e) }) })}, nil
}

func (s *Server) serverV2(*request) (reply, error) {
	return object(func(e *encoder) {
		e.text("name", "ssdgm")
		e.text("version", s.o.Version)
		e.string("extensions")
		e.texts([]string{binaryExtension})
	})
}

func (s *Server) liveV2(*request) (reply, error) {
	if err := s.live(); err != nil {
		return reply{}, err
	}
	return object(func(e *encoder) { e.truth("live", true) })
}

func (s *Server) readyV2(*request) (reply, error) {
	if err := s.ready(); err != nil {
		return reply{}, err
	}
	return object(func(e *encoder) { e.truth("ready", true) })
}

func (s *Server) modelReadyV2(r *request) (reply, error) {
	p, err := s.protocol(r)
	if err != nil {
		return reply{}, err
	}
	if err := s.ready(); err != nil {
		return reply{}, err
	}
	return object(func(e *encoder) {
		e.text("name", p.name)
		e.truth("ready", true)
	})
}

func (s *Server) modelV2(r *request) (reply, error) {
	p, err := s.protocol(r)
	if err != nil {
		return reply{}, err
	}
	tensors := func(e *encoder, name string, all []tensor) {
		e.list(name, func() {
			for _, t := range all {
				e.object(func() {
					e.text("name", t.name)
					e.text("datatype", t.datatype)
					e.string("shape")
					e.wholes(t.shape)
				})
			}
		})
	}
	return object(func(e *encoder) {
		e.text("name", p.name)
		e.string("versions")
		e.texts([]string{modelVersion})
		e.text("platform", "ssdgm")
		tensors(e, "inputs", p.inputs)
		tensors(e, "outputs", p.outputs)
	})
}

// inferV2 answers a request of tensors.
func (s *Server) inferV2(r *request) (reply, error) {
	p, err := s.protocol(r)
	if err != nil {
		return reply{}, err
	}
	q, err := s.query(r, p)
	if err != nil {
		return reply{}, err
	}
	outputs, err := p.infer(r, q)
	if err != nil {
		return reply{}, err
	}
	var packed [][]byte
	text := encoded(func(e *encoder) {
		e.object(func() {
			e.text("model_name", p.name)
			e.text("model_version", modelVersion)
			if q.id != "" {
				e.text("id", q.id)
			}
			e.list("outputs", func() {
				for i := range outputs {
					var content []byte
					if q.binary(outputs[i].name) {
						content = outputs[i].packed()
						packed = append(packed, content)
					}
					outputs[i].write(e, content)
				}
			})
		})
	})
	if packed == nil {
		return reply{kind: jsonType, body: text}, nil
	}
	return reply{
		kind: "application/octet-stream", header: map[string]string{headerLength: strconv.Itoa(len(text))},
		body: headed(text, packed),
	}, nil
}

// inferClasses answers for the classifier.
func (s *Server) inferClasses(r *request, q *query) ([]tensor, error) {
	in, err := q.input(s)
	if err != nil {
		return nil, err
	}
	j, err := in.job(wants{probabilities: true, bounds: q.wants("usual") || q.wants("usual_in_class")})
	if err != nil {
		return nil, err
	}
	if err := s.ask(r, j); err != nil {
		return nil, err
	}
	k, labels := len(s.classes), make([]int64, j.n)
	names, overall, inClass := make([]string, j.n), make([]float32, j.n), make([]float32, j.n)
	for i := range j.n {
		label := argmax(j.probabilities[i*k:][:k])
		labels[i], names[i] = int64(label), s.classes[label]
		if j.wants.bounds {
			overall[i] = float32(s.usual().Percentile(-1, j.bounds[i]))
			inClass[i] = float32(s.usual().Percentile(label, j.bounds[i]))
		}
	}
	return q.outputs(map[string]any{
		"class": names, "label": labels, "probabilities": j.probabilities, "usual": overall, "usual_in_class": inClass,
	}, j.n), nil
}

// inferLatents answers for the encoder.
func (s *Server) inferLatents(r *request, q *query) ([]tensor, error) {
	in, err := q.input(s)
	if err != nil {
		return nil, err
	}
	j, err := in.job(wants{latents: true})
	if err != nil {
		return nil, err
	}
	if err := s.ask(r, j); err != nil {
		return nil, err
	}
	return q.outputs(map[string]any{"latents": j.latents}, j.n), nil
}

// inferDrawn answers for the generator. An example is its class's first, second and so on, in the order of the request.
func (s *Server) inferDrawn(r *request, q *query) ([]tensor, error) {
	seed, err := q.seed(s.model.Config.Seed)
	if err != nil {
		return nil, err
	}
	classes, err := q.classes(s)
	if err != nil {
		return nil, err
	}
	n := map[int]int{}
	for _, class := range classes {
		n[class]++
	}
	j, first := &job{n: len(classes)}, map[int]int{}
	at := 0
	for class := range max(1, s.model.K) {
		if n[class] == 0 {
			continue
		}
		first[class] = at
		j.draw = append(j.draw, trained.Drawing{Class: class, N: n[class], Seed: seed})
		at += n[class]
	}
	if err := s.ask(r, j); err != nil {
		return nil, err
	}
	d := s.model.Inputs
	rows := make([]float32, 0, len(j.drawn))
	for _, class := range classes {
		rows = append(rows, j.drawn[first[class]*d:][:d]...)
		first[class]++
	}
	return q.outputs(map[string]any{"rows": rows, "pixels": s.bytesOf(rows)}, j.n), nil
}

// bytesOf are raw values of images as the bytes that they stand for.
func (s *Server) bytesOf(rows []float32) []uint8 {
	all := make([]uint8, len(rows))
	for i, v := range rows {
		all[i] = uint8(math.Round(float64(min(1, max(0, v)) * s.model.Input.Divisor)))
	}
	return all
}

// classes are those that examples are to be drawn of: their names or their numbers, or as many as n says of a model
// that draws no given class.
func (q *query) classes(s *Server) ([]int, error) {
	if s.model.M2 == nil {
		n, err := q.one("n", 1)
		if err == nil && (n < 1 || n > int64(s.o.RequestRows)) {
			err = wrong(`input "n": want 1 to %d examples, found %d`, s.o.RequestRows, n)
		}
		if err != nil {
			return nil, err
		}
		return make([]int, n), nil
	}
	t, ok := q.tensors["class"]
	if !ok {
		return nil, wrong(`want the input "class", found none of that name`)
	}
	var all []int
	if names, ok := t.values.([]string); ok {
		for _, name := range names {
			class, err := s.classNamed(name)
			if err != nil {
				return nil, err
			}
			all = append(all, class)
		}
	} else if labels, ok := t.wholes(); ok {
		for _, label := range labels {
			if label < 0 || label >= int64(s.model.K) {
				return nil, wrong(`input "class": want 0 to %d, found %d`, s.model.K-1, label)
			}
			all = append(all, int(label))
		}
	} else {
		return nil, wrong(`input "class": want the names of classes, BYTES, or their numbers, INT64, found %s`, t.datatype)
	}
	if len(all) > s.o.RequestRows {
		return nil, refuse(http.StatusRequestEntityTooLarge, "want at most %d examples at once, found %d; ask for fewer",
			s.o.RequestRows, len(all))
	}
	return all, nil
}

// seed is that of the request, or the model's.
func (q *query) seed(own uint64) (uint64, error) {
	seed, err := q.one("seed", int64(own))
	return uint64(seed), err
}

// one is a tensor of one whole number.
func (q *query) one(name string, unless int64) (int64, error) {
	t, ok := q.tensors[name]
	if !ok {
		return unless, nil
	}
	all, ok := t.wholes()
	if !ok || len(all) != 1 {
		return 0, wrong("input %q: want one whole number, INT64 of shape [1], found %s of shape %s", name, t.datatype,
			shown(t.shape))
	}
	return all[0], nil
}
