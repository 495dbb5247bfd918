package server

import (
	"math"
	"net/http"
	"slices"
	"strings"

	"ssdgm/model/trained"
)

// classifyV1 tells of each row its class, how probable each is, and how usual the row is.
func (s *Server) classifyV1(r *request) (reply, error) {
	if !s.classifies() {
		return reply{}, s.lacks("classify")
	}
	in, usual := &input{Server: s}, s.usual() != nil
	d := newDecoder(r.body)
	known := in.members(d)
	known["usual"] = func() error { return d.truth("usual", &usual) }
	err := r.read(d, known)
	if err != nil {
		return reply{}, err
	}
	if usual && s.usual() == nil {
		return reply{}, s.noUsual("usual")
	}
	j, err := in.job(wants{probabilities: true, bounds: usual})
	if err != nil {
		return reply{}, err
	}
	if err := s.ask(r, j); err != nil {
		return reply{}, err
	}
	return reply{kind: jsonType, body: encoded(func(e *encoder) { s.writeClasses(e, j, in.note) })}, nil
}

func (s *Server) writeClasses(e *encoder, j *job, note string) {
	e.object(func() {
		e.list("results", func() {
			k := len(s.classes)
			for i := range j.n {
				p := j.probabilities[i*k:][:k]
				class := argmax(p)
				e.object(func() {
					e.text("class", s.classes[class])
					e.string("probability")
					e.single(p[class])
					e.member("probabilities", func() {
						for k, name := range s.classes {
							e.string(name)
							e.single(p[k])
						}
					})
					if j.wants.bounds {
						e.quantity("usual", percentile(s.usual().Percentile(-1, j.bounds[i])))
						e.quantity("usual_in_class", percentile(s.usual().Percentile(class, j.bounds[i])))
					}
				})
			}
		})
		if note != "" {
			e.text("note", note)
		}
	})
}

// percentile keeps as many digits as some thousands of training examples tell.
func percentile(p float64) float64 { return math.Round(p*100) / 100 }

// argmax is the place of the largest number.
func argmax(row []float32) int { return slices.Index(row, slices.Max(row)) }

// encodeV1 gives the means of the latents.
func (s *Server) encodeV1(r *request) (reply, error) {
	if s.latents() == 0 {
		return reply{}, s.lacks("encode")
	}
	in, d := &input{Server: s}, newDecoder(r.body)
	err := r.read(d, in.members(d))
	if err != nil {
		return reply{}, err
	}
	j, err := in.job(wants{latents: true})
	if err != nil {
		return reply{}, err
	}
	if err := s.ask(r, j); err != nil {
		return reply{}, err
	}
	return reply{kind: jsonType, body: encoded(func(e *encoder) {
		e.object(func() {
			e.rows("latents", j.latents, s.latents())
			if in.note != "" {
				e.text("note", in.note)
			}
		})
	})}, nil
}

const pngType = "image/png"

// generateV1 draws examples of a class, as rows or as a picture.
func (s *Server) generateV1(r *request) (reply, error) {
	if !s.draws() {
		return reply{}, s.lacks("generate")
	}
	var class string
	sample := false
	n, seed, d := int64(1), int64(s.model.Config.Seed), newDecoder(r.body)
	err := r.read(d, map[string]func() error{
		"class": func() error { return d.text("class", &class) }, "n": func() error { return d.whole("n", &n) },
		"seed": func() error { return d.whole("seed", &seed) }, "sample": func() error { return d.truth("sample", &sample) },
	})
	if err != nil {
		return reply{}, err
	}
	if n < 1 || n > int64(s.o.RequestRows) {
		return reply{}, wrong("n: want 1 to %d examples, found %d", s.o.RequestRows, n)
	}
	at, err := s.classNamed(class)
	if err != nil {
		return reply{}, err
	}
	picture := strings.Contains(r.Header.Get("Accept"), pngType)
	if picture && s.o.Draw == nil {
		return reply{}, refuse(http.StatusNotAcceptable, "want a model of images to draw a PNG, found one of real values")
	}
	j := &job{n: int(n), draw: []trained.Drawing{{Class: at, N: int(n), Seed: uint64(seed), Sample: sample}}}
	if err := s.ask(r, j); err != nil {
		return reply{}, err
	}
	if picture {
		png, err := s.o.Draw(j.drawn)
		return reply{kind: pngType, body: png}, err
	}
	return reply{kind: jsonType, body: encoded(func(e *encoder) {
		e.object(func() {
			if class != "" {
				e.text("class", class)
			}
			e.integer("seed", seed)
			e.rows("rows", j.drawn, s.model.Inputs)
		})
	})}, nil
}

// classNamed finds a class that examples are drawn of. A model that draws no given class has none.
func (s *Server) classNamed(name string) (int, error) {
	if s.model.M2 == nil {
		if name != "" {
			return 0, wrong("class: want none, as the model draws no given class, found %.60q", name)
		}
		return 0, nil
	}
	at := slices.Index(s.model.ClassNames, name)
	if at < 0 {
		return 0, wrong("class: want one of the model's classes, as /v1/model lists them, found %.60q", name)
	}
	return at, nil
}

// modelV1 tells what the model is.
func (s *Server) modelV1(*request) (reply, error) {
	m := s.model
	return reply{kind: jsonType, body: encoded(func(e *encoder) {
		e.object(func() {
			e.text("model", m.Config.Model)
			e.integer("models", int64(s.members))
			e.integer("inputs", int64(m.Inputs))
			if names := m.Input.Columns(); names != nil {
				e.string("columns")
				e.texts(names)
			}
			if m.Input.Image() && m.Height > 0 {
				e.string("shape")
				e.wholes(s.shape())
			}
			e.text("input", m.Input.String())
			e.text("missing", m.Input.Missing)
			if s.classes != nil {
				e.string("classes")
				e.texts(s.classes)
			}
			if width := s.latents(); width > 0 {
				e.integer("latents", int64(width))
			}
			if m.Temperature != nil && s.members == 1 {
				e.quantity("temperature", m.Temperature.Value)
			}
			e.truth("usual", s.usual() != nil)
			e.truth("generates", s.draws())
			e.list("names", func() {
				for _, p := range s.protocols() {
					e.string(p.name)
				}
			})
		})
	})}, nil
}
