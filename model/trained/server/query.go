package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// query is a request of the open inference protocol.
type query struct {
	id        string
	tensors   map[string]*tensor
	order     []string // of the tensors
	all       bool     // outputs are binary unless they say
	requested []output // none: all that there are
	of        *protocol
}

// output is one that is asked for.
type output struct {
	name   string
	binary *bool
}

// inputsMost is how many tensors a request may have: one, or one of each column.
const inputsMost = 1 << 14

// sidesMost is how many sides a tensor may have: an example's, and the examples.
const sidesMost = 8

// query reads a request: JSON, with the values of its tensors in it or as bytes behind it.
func (s *Server) query(r *request, of *protocol) (*query, error) {
	text, behind := r.body, []byte(nil)
	if header := r.Header.Get(headerLength); header != "" {
		n, err := strconv.Atoi(header)
		if err != nil || n < 0 || n > len(text) {
			return nil, wrong("%s: want a number of bytes, up to the %d of the body, found %.40q", headerLength, len(text),
				header)
		}
		text, behind = text[:n], text[n:]
	}
	q := &query{of: of, tensors: map[string]*tensor{}}
	d := newDecoder(text)
	err := d.members("the request", map[string]func() error{
		"id":         func() error { return d.text("id", &q.id) },
		"parameters": func() error { return q.readParameters(d) },
		"inputs": func() error {
			return d.each("inputs", func(int) (err error) {
				behind, err = s.readTensor(q, d, behind)
				return err
			})
		},
		"outputs": func() error { return d.each("outputs", func(int) error { return q.readOutput(d) }) },
	})
	if err == nil {
		err = d.end()
	}
	if err == nil && len(behind) > 0 {
		err = wrong("want as many bytes behind the JSON as the inputs' %s say, found %d more", binarySize, len(behind))
	}
	if err == nil && len(q.tensors) == 0 {
		err = wrong("want inputs, found none")
	}
	if err != nil {
		return nil, err
	}
	return q, nil
}

// readParameters reads those of a request.
func (q *query) readParameters(d *decoder) error {
	return d.named("parameters", func(name string) error {
		if name == binaryAll {
			return d.truth(binaryAll, &q.all)
		}
		return d.skip() // Others are no concern of this server's, as the protocol has it.
	})
}

// readOutput reads which output is asked for.
func (q *query) readOutput(d *decoder) error {
	var o output
	err := d.members("outputs", map[string]func() error{
		"name": func() error { return d.text("name", &o.name) },
		"parameters": func() error {
			return d.named("parameters", func(name string) error {
				switch name {
				case binaryOne:
					o.binary = new(bool)
					return d.truth(binaryOne, o.binary)
				case "classification", "shared_memory_region", "shared_memory_offset", "shared_memory_byte_size":
					return wrong("outputs: the parameter %s is not known here; leave it out", name)
				}
				return d.skip()
			})
		},
	})
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, t := range q.of.outputs {
		known[t.name] = true
	}
	if !known[o.name] {
		return wrong("outputs: want %s, found %.60q", oneOf(known), o.name)
	}
	if slices.ContainsFunc(q.requested, func(other output) bool { return other.name == o.name }) {
		return wrong("outputs: want each once, found %.60q again", o.name)
	}
	q.requested = append(q.requested, o)
	return nil
}

// wants tells whether an output is asked for.
func (q *query) wants(name string) bool {
	there := slices.ContainsFunc(q.of.outputs, func(t tensor) bool { return t.name == name })
	return there && (q.requested == nil || slices.ContainsFunc(q.requested, func(o output) bool { return o.name == name }))
}

// binary tells whether an output is to be bytes.
func (q *query) binary(name string) bool {
	for _, o := range q.requested {
		if o.name == name && o.binary != nil {
			return *o.binary
		}
	}
	return q.all
}

// outputs are those that are asked for, of n rows, in the order of the request.
func (q *query) outputs(values map[string]any, n int) []tensor {
	var all []tensor
	add := func(name string) {
		for _, t := range q.of.outputs {
			if t.name == name {
				t.shape = append([]int{n}, t.shape[1:]...)
				t.values = values[name]
				all = append(all, t)
			}
		}
	}
	for _, o := range q.requested {
		add(o.name)
	}
	if q.requested == nil {
		for _, t := range q.of.outputs {
			add(t.name)
		}
	}
	return all
}

// readTensor reads an input. behind are the bytes behind the JSON that no tensor before it has; it gives those that are
// left.
func (s *Server) readTensor(q *query, d *decoder, behind []byte) (left []byte, err error) {
	t, size := &tensor{}, int64(-1)
	var raw []byte // data that came before its shape and its datatype
	there := false
	err = d.members("inputs", map[string]func() error{
		"name":     func() error { return d.text("name", &t.name) },
		"datatype": func() error { return d.text("datatype", &t.datatype) },
		"shape": func() error {
			return d.each("shape", func(at int) error {
				if at == sidesMost {
					return wrong("input %.60q: want a shape of at most %d sides, found more", t.name, sidesMost)
				}
				var side int64
				err := d.whole("shape", &side)
				t.shape = append(t.shape, int(min(max(side, -1), 1<<40)))
				return err
			})
		},
		"parameters": func() error {
			return d.named("parameters", func(name string) error {
				switch name {
				case binarySize:
					return d.whole(binarySize, &size)
				case "shared_memory_region", "shared_memory_offset", "shared_memory_byte_size":
					return wrong("input %.60q: want its data in the request, found %s", t.name, name)
				}
				return d.skip()
			})
		},
		"data": func() error {
			there = true
			if t.datatype == "" || t.shape == nil {
				value, err := d.ReadValue()
				raw = slices.Clone(value)
				return noJSON(err)
			}
			return s.readData(t, d)
		},
	})
	if err != nil {
		return nil, err
	}
	if q.tensors[t.name] != nil || len(q.tensors) == inputsMost {
		return nil, wrong("inputs: want each once, and at most %d, found %.60q again, or more", inputsMost, t.name)
	}
	q.tensors[t.name], q.order = t, append(q.order, t.name)
	switch {
	case there == (size >= 0):
		return nil, wrong("input %.60q: want either data or the parameter %s, found %s", t.name, binarySize,
			map[bool]string{true: "both", false: "neither"}[there])
	case raw != nil:
		return behind, s.readData(t, newDecoder(raw))
	case there:
		return behind, nil
	case size > int64(len(behind)):
		return nil, wrong("input %.60q: want %d bytes behind the JSON, as its %s says, found %d", t.name, size, binarySize,
			len(behind))
	}
	n, err := t.count(s.valuesMost())
	if err != nil {
		return nil, err
	}
	return behind[size:], t.unpack(behind[:size], n)
}

// valuesMost is how many values a tensor may have.
func (s *Server) valuesMost() int { return s.o.RequestRows * max(s.model.Inputs, 1) }

// readData reads an input's values that are JSON.
func (s *Server) readData(t *tensor, d *decoder) error {
	n, err := t.count(s.valuesMost())
	if err != nil {
		return err
	}
	return t.parse(d, n)
}

// input makes rows of the tensors: of the one called rows, or of one of each column.
func (q *query) input(s *Server) (*input, error) {
	in := &input{Server: s}
	t, ok := q.tensors["rows"]
	if !ok {
		return in, q.columns(in)
	}
	if len(q.tensors) > 1 {
		return nil, wrong(`want the input "rows" alone, or one of each column, found %d inputs`, len(q.tensors))
	}
	n := t.shape[0]
	per := 1
	for _, side := range t.shape[1:] {
		per *= side
	}
	if per != s.model.Inputs {
		want := fmt.Sprintf("[n, %d]", s.model.Inputs)
		if image := s.shape(); len(image) > 1 {
			want += ", or [n, " + strings.TrimPrefix(shown(image), "[")
		}
		return nil, wrong(`input "rows": want the shape %s, found %s`, want, shown(t.shape))
	}
	rows, numbers := t.floats(s.model.Input.Divisor)
	if !numbers {
		return nil, wrong(`input "rows": want numbers, found %s`, t.datatype)
	}
	in.rows, in.n = rows, n
	return in, nil
}
