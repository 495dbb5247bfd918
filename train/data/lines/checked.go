package lines

import (
	"bytes"
	"cmp"
	"io"
	"unicode/utf8"

	"ssdgm/train/data/strict"
)

// checked ends with an error where a text is no UTF-8.
type checked struct {
	r          io.Reader
	line, byte int    // of the next byte that has not been looked at, from 1
	begun      []byte // a character of which more is to come
	err        error
}

// Read implements io.Reader.
func (c *checked) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	if err != io.EOF { // which is asked for anew: a stream that pauses goes on
		c.err = err
	}
	good := c.look(p[:n])
	if good < n {
		return good, nil // what comes before the fault first
	}
	if len(c.begun) > 0 && err == io.EOF {
		c.fault(c.begun[0])
	}
	return n, cmp.Or(c.err, err)
}

// look goes over some text and returns how much of it comes before the first fault, which it keeps as the error.
func (c *checked) look(text []byte) (good int) {
	for len(c.begun) > 0 && good < len(text) {
		c.begun = append(c.begun, text[good])
		good++
		if utf8.FullRune(c.begun) {
			if !utf8.Valid(c.begun) {
				c.fault(c.begun[0])
				return good - 1
			}
			c.pass(c.begun)
			c.begun = c.begun[:0]
		}
	}
	whole := len(text)
	for i := len(text) - 1; i >= max(good, len(text)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRune(text[i:]) {
				whole = i
			}
			break
		}
	}
	body := text[good:whole]
	for !utf8.Valid(body) {
		first := bytes.IndexFunc(body, func(r rune) bool { return r == utf8.RuneError })
		c.pass(body[:first])
		good += first
		if _, size := utf8.DecodeRune(body[first:]); size == 1 {
			c.fault(body[first])
			return good
		}
		c.pass(body[first : first+3]) // the sign that stands for a fault is none itself
		good, body = good+3, body[first+3:]
	}
	c.pass(body)
	c.begun = append(c.begun, text[whole:]...)
	return len(text)
}

// pass counts lines and bytes.
func (c *checked) pass(text []byte) {
	c.line += bytes.Count(text, []byte("\n"))
	if last := bytes.LastIndexByte(text, '\n'); last >= 0 {
		c.byte, text = 1, text[last+1:]
	}
	c.byte += len(text)
}

func (c *checked) fault(found byte) {
	c.err = strict.Errorf("line %d, byte %d: wanted text in UTF-8, found the byte %#02x; save the table as UTF-8",
		c.line, c.byte, found)
}
