package server

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
)

// budget is how many bytes of bodies are held.
type budget struct {
	most int64
	held atomic.Int64
}

// bodyStep is how much room a body has at first, at most, whatever it says of its length: what a client has not sent
// takes no more memory than that, and than what it has.
const bodyStep = 64 << 10

// body reads a request's body. release gives its room back.
func (s *Server) body(r *http.Request) (content []byte, release func(), err error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, nil, refuse(http.StatusUnsupportedMediaType,
			"Content-Encoding %.40q: want a body that is not compressed", coding)
	}
	if r.ContentLength > s.o.RequestBytes {
		return nil, nil, &http.MaxBytesError{Limit: s.o.RequestBytes}
	}
	size := int64(bodyStep)
	if r.ContentLength >= 0 {
		size = min(size, r.ContentLength+1) // the last read finds its end
	}
	held := int64(0)
	giveBack := func() { s.bodies.held.Add(-held) }
	defer func() {
		if err != nil {
			giveBack()
		}
	}()
	limited := http.MaxBytesReader(nil, r.Body, s.o.RequestBytes)
	for {
		if len(content) == cap(content) {
			content = slices.Grow(content, int(max(size, int64(len(content)))))
		}
		n, err := limited.Read(content[len(content):cap(content)])
		content, held = content[:len(content)+n], held+int64(n)
		if s.bodies.held.Add(int64(n)) > s.bodies.most {
			return nil, nil, errFull
		}
		if errors.Is(err, io.EOF) {
			return content, giveBack, nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
}
