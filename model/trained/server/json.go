package server

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const jsonType = "application/json"

// encoder writes JSON into memory.
type encoder struct{ *jsontext.Encoder }

// encoded is what f writes. Names that come twice, or that are no UTF-8, are those of a model's classes.
func encoded(f func(e *encoder)) []byte {
	var b bytes.Buffer
	f(&encoder{jsontext.NewEncoder(&b, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))})
	return b.Bytes()
}

func (e *encoder) write(t jsontext.Token) {
	if err := e.WriteToken(t); err != nil {
		panic("server: " + err.Error())
	}
}

func (e *encoder) object(f func()) {
	e.write(jsontext.BeginObject)
	f()
	e.write(jsontext.EndObject)
}

func (e *encoder) array(f func()) {
	e.write(jsontext.BeginArray)
	f()
	e.write(jsontext.EndArray)
}

func (e *encoder) string(s string) { e.write(jsontext.String(s)) }

// number writes a number; one that there is not is null.
func (e *encoder) number(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		e.write(jsontext.Null)
		return
	}
	e.write(jsontext.Float(v))
}

// single is number in as few digits as tell a float32 from all others.
func (e *encoder) single(v float32) {
	if v != v || math.IsInf(float64(v), 0) {
		e.write(jsontext.Null)
		return
	}
	e.write(jsontext.Float32(v))
}

func (e *encoder) whole(v int64) { e.write(jsontext.Int(v)) }

func (e *encoder) texts(all []string) {
	e.array(func() {
		for _, s := range all {
			e.string(s)
		}
	})
}

func (e *encoder) wholes(all []int) {
	e.array(func() {
		for _, v := range all {
			e.whole(int64(v))
		}
	})
}

// The members of an object.

func (e *encoder) text(name, value string)         { e.string(name); e.string(value) }
func (e *encoder) truth(name string, value bool)   { e.string(name); e.write(jsontext.Bool(value)) }
func (e *encoder) list(name string, f func())      { e.string(name); e.array(f) }
func (e *encoder) member(name string, f func())    { e.string(name); e.object(f) }
func (e *encoder) integer(name string, v int64)    { e.string(name); e.whole(v) }
func (e *encoder) quantity(name string, v float64) { e.string(name); e.number(v) }

// rows writes rows of numbers.
func (e *encoder) rows(name string, values []float32, width int) {
	e.list(name, func() {
		for at := 0; at < len(values); at += width {
			e.array(func() {
				for _, v := range values[at : at+width] {
					e.single(v)
				}
			})
		}
	})
}

// decoder reads JSON that a client has sent. Names that come twice and texts that are no UTF-8 are refused, and what
// nests deeper than any request does.
type decoder struct{ *jsontext.Decoder }

func newDecoder(text []byte) *decoder { return &decoder{jsontext.NewDecoder(bytes.NewBuffer(text))} }

// token reads what comes next.
func (d *decoder) token() (jsontext.Token, error) {
	t, err := d.ReadToken()
	return t, noJSON(err)
}

// noJSON says what is wrong with a text.
func noJSON(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return wrong("the JSON breaks off; want one object")
	case errors.As(err, &syntax):
		return wrong("want JSON: %s", strings.TrimPrefix(syntax.Error(), "jsontext: "))
	}
	return wrong("want JSON: %v", err)
}

// kinds are what messages call what stands where something else was wanted.
var kinds = map[jsontext.Kind]string{
	'n': "null", 'f': "false", 't': "true", '"': "a text", '0': "a number", '{': "an object", '[': "a list",
}

// begin reads the beginning of an object or a list, which is called so in messages.
func (d *decoder) begin(what string, kind jsontext.Kind) error {
	t, err := d.token()
	if err != nil {
		return err
	}
	if t.Kind() != kind {
		return wrong("%s: want %s, found %s", what, kinds[kind], kinds[t.Kind()])
	}
	return nil
}

// each reads a list, whose elements read does. at is an element's place.
func (d *decoder) each(what string, read func(at int) error) error {
	if err := d.begin(what, '['); err != nil {
		return err
	}
	for at := 0; d.PeekKind() != ']'; at++ {
		if err := read(at); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// members reads an object of known members.
func (d *decoder) members(what string, known map[string]func() error) error {
	return d.named(what, func(name string) error {
		read, ok := known[name]
		if !ok {
			return wrong("%s: want %s, found %.60q", what, oneOf(known), name)
		}
		return read()
	})
}

// named reads an object, whose values read does.
func (d *decoder) named(what string, read func(name string) error) error {
	if err := d.begin(what, '{'); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		t, err := d.token()
		if err != nil {
			return err
		}
		if err := read(t.String()); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// end holds that nothing comes after the object.
func (d *decoder) end() error {
	_, err := d.ReadToken()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return noJSON(err)
	}
	return wrong("want one object as JSON, found more behind it")
}

// text reads a text.
func (d *decoder) text(what string, into *string) error {
	t, err := d.token()
	if err != nil {
		return err
	}
	if t.Kind() != '"' {
		return wrong("%s: want a text, found %s", what, kinds[t.Kind()])
	}
	*into = t.String()
	return nil
}

// truth reads true or false.
func (d *decoder) truth(what string, into *bool) error {
	t, err := d.token()
	if err != nil {
		return err
	}
	if k := t.Kind(); k != 't' && k != 'f' {
		return wrong("%s: want true or false, found %s", what, kinds[k])
	}
	*into = t.Bool()
	return nil
}

// whole reads a whole number.
func (d *decoder) whole(what string, into *int64) error {
	t, err := d.token()
	if err != nil {
		return err
	}
	if t.Kind() != '0' {
		return wrong("%s: want a whole number, found %s", what, kinds[t.Kind()])
	}
	v, err := t.Int()
	if err != nil {
		return wrong("%s: want a whole number of 64 bits, found %.40s", what, t.String())
	}
	*into = v
	return nil
}

// skip passes over a value.
func (d *decoder) skip() error { return noJSON(d.SkipValue()) }
