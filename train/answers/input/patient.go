package input

import (
	"bytes"
	"io"
	"time"
)

// patience is how long a stream may be silent until it is opened by the rows that are there.
const patience = 500 * time.Millisecond

// patient is a stream that may come as slowly as somebody writes it. A table is opened by its first rows, and who opens
// it asks for many: until settle is called, a text that pauses behind its heading and a row seems to end there. The end
// of a stream is asked for anew by whoever reads it, so that it goes on afterwards.
type patient struct {
	io.Reader
	opening, pausing bool
	head             head
	coming           chan piece // what is being read; nil: nothing is
	left             piece
}

// piece is what was read at once.
type piece struct {
	content []byte
	err     error
}

func newPatient(r io.Reader) *patient { return &patient{Reader: r, opening: true} }

// settle ends the opening.
func (p *patient) settle() { p.opening = false }

func (p *patient) Read(b []byte) (int, error) {
	if len(p.left.content) == 0 && p.left.err == nil {
		if p.opening && p.pausing {
			return 0, io.EOF
		}
		if !p.opening && p.coming == nil {
			return p.Reader.Read(b)
		}
		if !p.wait() {
			return 0, io.EOF
		}
	}
	n := copy(b, p.left.content)
	if p.left.content = p.left.content[n:]; len(p.left.content) > 0 {
		return n, nil
	}
	err := p.left.err
	p.left.err = nil
	return n, err
}

// wait waits for the next piece; false where the stream pauses.
func (p *patient) wait() bool {
	if p.coming == nil {
		p.coming = make(chan piece, 1)
		go func(coming chan<- piece) {
			content := make([]byte, streamRoom)
			n, err := p.Reader.Read(content)
			coming <- piece{content[:n], err}
		}(p.coming)
	}
	var enough <-chan time.Time
	if p.opening && p.head.enough() {
		enough = time.After(patience)
	}
	select {
	case p.left = <-p.coming:
		p.coming = nil
		if p.opening {
			p.head.add(p.left.content)
		}
		return true
	case <-enough:
		p.pausing = true
		return false
	}
}

// head is what is known of how a stream begins.
type head struct {
	binary, quoted, parted bool
	lines                  int    // without comments, the empty ones, and what tells Excel the delimiter
	line                   []byte // how the one that has not ended begins
}

// lineHead is how much of a line is looked at.
const lineHead = 4

// add looks at the next bytes.
func (h *head) add(content []byte) {
	for _, c := range content {
		if h.binary {
			return
		}
		switch {
		case c == '"':
			h.quoted = !h.quoted
		case c == '\n' && !h.quoted:
			text := bytes.TrimSpace(h.line)
			if len(text) > 0 && text[0] != '#' && !bytes.Equal(text, []byte("sep=")) {
				h.lines++
			}
			h.line = h.line[:0]
			continue
		}
		h.binary = c == 0
		h.parted = h.parted || bytes.IndexByte([]byte(",;\t |"), c) >= 0
		if len(h.line) < lineHead {
			h.line = append(h.line, c)
		}
		if h.lines == 0 && (bytes.Equal(h.line, []byte("PAR1")) || bytes.HasPrefix(h.line, []byte("\x1f\x8b"))) {
			h.binary = true
		}
	}
}

// enough tells whether that is the whole lines of a text of several columns, a heading and a row at least.
func (h *head) enough() bool {
	return !h.binary && !h.quoted && h.parted && h.lines > 1 && len(h.line) == 0
}
