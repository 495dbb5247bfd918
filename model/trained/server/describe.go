package server

import (
	"net/http"

	"ssdgm/model/trained"
)

// What the server can tell, of one model or of the mean of several.

func (s *Server) classifies() bool { return s.classes != nil }

// latents is how many there are of an example; 0 where there are none to give.
func (s *Server) latents() int {
	switch m := s.model; {
	case s.members > 1:
		return 0
	case m.M1 != nil:
		return m.M1.Latents
	case m.M2 != nil:
		return m.M2.Latents
	}
	return 0
}

func (s *Server) draws() bool { return s.latents() > 0 }

// usual tells how usual examples are; nil where it is not known, or not to be told.
func (s *Server) usual() *trained.Usual {
	if s.members > 1 || s.o.NoUsual {
		return nil
	}
	return s.model.Usual
}

// noUsual says why it is not told how usual an example is.
func (s *Server) noUsual(what string) error {
	switch {
	case s.o.NoUsual:
		return wrong("%s: this server was told not to tell it", what)
	case s.members > 1:
		return wrong("%s: want one model, found %d that answer together", what, s.members)
	}
	return wrong("%s: the model's file does not have how usual training examples are", what)
}

// lacks says why there is no such answer.
func (s *Server) lacks(what string) error {
	if s.members > 1 {
		return refuse(http.StatusNotFound, "%s: want one model, found %d that answer together", what, s.members)
	}
	return refuse(http.StatusNotFound, "%s: the model, %s, does not", what, s.model.Config.Model)
}

// shape is that of an example: height and width, and channels where there are several.
func (s *Server) shape() []int {
	m := s.model
	if !m.Input.Image() || m.Height == 0 {
		return []int{m.Inputs}
	}
	if channels := m.Inputs / (m.Height * m.Width); channels > 1 {
		return []int{m.Height, m.Width, channels}
	}
	return []int{m.Height, m.Width}
}
