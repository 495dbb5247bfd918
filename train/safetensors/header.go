package safetensors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// header is a header as the file states it, not yet checked against the file's size.
type header struct {
	entries  []namedEntry
	metadata map[string]string
}

type namedEntry struct {
	name string
	entry
}

// headerParser reads a header token by token. encoding/json would take the last of two equal
// keys and match names without regard to case; a strict reader must do neither.
type headerParser struct {
	raw []byte
	dec *json.Decoder
}

// parseHeader reads the JSON object raw, which only spaces may follow.
func parseHeader(raw []byte) (header, error) {
	h := header{metadata: map[string]string{}}
	if !utf8.Valid(raw) {
		return h, fmt.Errorf("header: want UTF-8")
	}
	if len(raw) == 0 || raw[0] != '{' {
		return h, fmt.Errorf("header: want a JSON object at its first byte")
	}
	p := headerParser{raw: raw, dec: json.NewDecoder(bytes.NewReader(raw))}
	p.dec.UseNumber()
	err := p.object(func(key string) error {
		if key == metadataKey {
			return p.optional(func() error { return p.metadata(h.metadata) })
		}
		e, err := p.entry()
		if err != nil {
			return fmt.Errorf("tensor %.100q: %w", key, err)
		}
		h.entries = append(h.entries, namedEntry{name: key, entry: e})
		return nil
	})
	if err != nil {
		return h, fmt.Errorf("header: %w", err)
	}
	if rest := bytes.TrimRight(raw[p.dec.InputOffset():], " "); len(rest) > 0 {
		return h, fmt.Errorf("header: want only spaces behind the object, found %d other bytes", len(rest))
	}
	return h, nil
}

// object reads { … } and calls member behind each key; a key that comes twice is an error.
func (p *headerParser) object(member func(key string) error) error {
	if err := p.delim('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for p.dec.More() {
		key, err := p.text()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("the key %.100q comes twice", key)
		}
		seen[key] = true
		if err := member(key); err != nil {
			return err
		}
	}
	return p.delim('}')
}

// optional calls read unless the value is null.
func (p *headerParser) optional(read func() error) error {
	raw := p.raw[p.dec.InputOffset():]
	if bytes.HasPrefix(bytes.TrimLeft(raw, ": \t\r\n"), []byte("null")) {
		_, err := p.token()
		return err
	}
	return read()
}

// metadata reads an object of strings into m.
func (p *headerParser) metadata(m map[string]string) error {
	return p.object(func(key string) error {
		v, err := p.text()
		if err != nil {
			return fmt.Errorf("metadata %.100q: %w", key, err)
		}
		m[key] = v
		return nil
	})
}

// entry reads the object that describes one tensor; all three keys must be there.
func (p *headerParser) entry() (entry, error) {
	e := entry{Shape: []int{}}
	found := 0
	err := p.object(func(key string) (err error) {
		found++
		switch key {
		case "dtype":
			var s string
			s, err = p.text()
			e.DType = DType(s)
		case "shape":
			err = p.numbers(func(n int64) error {
				if int64(int(n)) != n {
					return fmt.Errorf("dimension %d is too large", n)
				}
				e.Shape = append(e.Shape, int(n))
				return nil
			})
		case "data_offsets":
			i := 0
			err = p.numbers(func(n int64) error {
				if i < len(e.Offsets) {
					e.Offsets[i] = n
				}
				i++
				return nil
			})
			if err == nil && i != len(e.Offsets) {
				err = fmt.Errorf("data_offsets: want 2 numbers, found %d", i)
			}
		default:
			err = fmt.Errorf("want dtype, shape and data_offsets, found %.100q", key)
		}
		return err
	})
	if err == nil && found != 3 {
		err = fmt.Errorf("want dtype, shape and data_offsets, found %d of the three", found)
	}
	return e, err
}

// numbers reads an array of integers that are not negative.
func (p *headerParser) numbers(each func(int64) error) error {
	if err := p.delim('['); err != nil {
		return err
	}
	for p.dec.More() {
		tok, err := p.token()
		if err != nil {
			return err
		}
		num, ok := tok.(json.Number)
		if !ok {
			return fmt.Errorf("want a number, found %s", shown(tok))
		}
		n, err := strconv.ParseUint(num.String(), 10, 63)
		if err != nil {
			return fmt.Errorf("want a whole number from 0 to 2^63-1, found %s", num)
		}
		if err := each(int64(n)); err != nil {
			return err
		}
	}
	return p.delim(']')
}

// text reads a string.
func (p *headerParser) text() (string, error) {
	tok, err := p.token()
	if err != nil {
		return "", err
	}
	s, ok := tok.(string)
	if !ok {
		return "", fmt.Errorf("want a string, found %s", shown(tok))
	}
	return s, nil
}

// delim reads one of { } [ ].
func (p *headerParser) delim(want json.Delim) error {
	tok, err := p.token()
	if err != nil {
		return err
	}
	if tok != want {
		return fmt.Errorf("want %v, found %s", want, shown(tok))
	}
	return nil
}

// token reads the next token of any kind.
func (p *headerParser) token() (json.Token, error) {
	tok, err := p.dec.Token()
	if err == io.EOF {
		return nil, fmt.Errorf("the object does not end")
	}
	return tok, err
}

// shown is a token in a message, as JSON has it.
func shown(tok json.Token) string {
	switch t := tok.(type) {
	case nil:
		return "null"
	case string:
		return fmt.Sprintf("%.100q", t)
	}
	return fmt.Sprint(tok)
}
