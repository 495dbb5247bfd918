package server

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
)

// budget is how many bytes are held, of bodies or of answers.
type budget struct {
	most int64
	held atomic.Int64
}

// take takes some, unless they are too many.
func (b *budget) take(n int64) bool {
	if b.held.Add(n) > b.most {
		b.give(n)
		return false
	}
	return true
}

// give gives some back.
func (b *budget) give(n int64) { b.held.Add(-n) }

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
	giveBack := func() { s.bodies.give(held) }
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
		if !s.bodies.take(int64(n)) {
			return nil, nil, errFull
		}
		content, held = content[:len(content)+n], held+int64(n)
		if errors.Is(err, io.EOF) {
			return content, giveBack, nil
		}
		if err != nil {
			return nil, nil, cutOff(err)
		}
	}
}

// cutOff is why a body could not be read whole.
func cutOff(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return wrong("the body breaks off: %v", err)
}
