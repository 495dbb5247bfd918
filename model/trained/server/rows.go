package server

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"

	"ssdgm/model/trained/match"
)

// oneOf lists names for a message.
func oneOf[V any](known map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}

// input collects the rows of a request.
type input struct {
	*Server
	rows    []float32
	n       int
	objects *match.Objects // nil before the first row of named values
	note    string         // what the client should know of it
}

// begin makes room for a row, unless there are too many.
func (in *input) begin() error {
	if in.n++; in.n > in.o.RequestRows {
		return refuse(http.StatusRequestEntityTooLarge, "want at most %d rows at once, found more; send fewer",
			in.o.RequestRows)
	}
	return nil
}

// members are the ways in which a request may have rows.
func (in *input) members(d *decoder) map[string]func() error {
	return map[string]func() error{
		"rows":   func() error { return in.read(d, "rows") },
		"bytes":  func() error { return in.readBytes(d) },
		"images": func() error { return in.readImages(d) },
	}
}

// read reads a list of rows: lists of numbers in the model's order, or objects of numbers by the columns' names.
func (in *input) read(d *decoder, what string) error {
	return d.each(what, func(at int) error {
		if err := in.begin(); err != nil {
			return err
		}
		if d.PeekKind() == '{' {
			return in.readNamed(d, fmt.Sprintf("%s[%d]", what, at))
		}
		if in.categorical {
			return in.readPlaced(d, fmt.Sprintf("%s[%d]", what, at))
		}
		first := len(in.rows)
		row := fmt.Sprintf("%s[%d]", what, at)
		in.rows = slices.Grow(in.rows, in.model.Inputs)
		err := d.each(row, func(column int) error {
			v, err := d.value()
			if err != nil {
				return wrong("%s[%d]: %v", row, column, err)
			}
			if column >= in.model.Inputs {
				return in.miscounted(row, "more")
			}
			in.rows = append(in.rows, v)
			return nil
		})
		if found := len(in.rows) - first; err == nil && found < in.model.Inputs {
			return in.miscounted(row, fmt.Sprint(found))
		}
		return err
	})
}

// readBytes reads a list of rows of bytes, from 0 to 255 as those of images are, which the model takes divided.
func (in *input) readBytes(d *decoder) error {
	if !in.model.Input.Image() {
		return wrong("bytes: want rows, as the model is none of images")
	}
	first := len(in.rows)
	if err := in.read(d, "bytes"); err != nil {
		return err
	}
	for i, v := range in.rows[first:] {
		if !(v >= 0 && v <= math.MaxUint8) || v != float32(uint8(v)) {
			return wrong("bytes[%d][%d]: want a whole number from 0 to 255, found %g",
				i/in.model.Inputs, i%in.model.Inputs, v)
		}
		in.rows[first+i] = v / in.model.Input.Divisor
	}
	return nil
}

func (in *input) miscounted(row, found string) error {
	return wrong("%s: want %d values, as the model was trained on, found %s", row, in.model.Inputs, found)
}

// value reads a number, or null where it is missing.
func (d *decoder) value() (float32, error) {
	t, err := d.token()
	if err != nil {
		return 0, err
	}
	switch t.Kind() {
	case '0':
		v, err := t.Float32()
		if err != nil || math.IsInf(float64(v), 0) {
			return 0, wrong("want a number of 32 bits, found %.40s", t.String())
		}
		return v, nil
	case 'n':
		return float32(math.NaN()), nil
	}
	return 0, wrong("want a number, or null where it is missing, found %s", kinds[t.Kind()])
}

// readImages reads a list of PNGs and JPEGs in base64.
func (in *input) readImages(d *decoder) error {
	return d.each("images", func(at int) error {
		if err := in.begin(); err != nil {
			return err
		}
		what := fmt.Sprintf("images[%d]", at)
		if in.o.Picture == nil {
			return wrong("%s: want rows, as the model is none of images", what)
		}
		var text string
		if err := d.text(what, &text); err != nil {
			return err
		}
		content, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return wrong("%s: want a PNG or a JPEG in base64: %v", what, err)
		}
		row, err := in.o.Picture(content)
		if err != nil {
			return wrong("%s: %v", what, err)
		}
		in.rows = append(in.rows, row...)
		return nil
	})
}

// job checks the rows, and makes a job of them.
func (in *input) job(w wants) (*job, error) {
	if in.n == 0 {
		return nil, wrong("want at least 1 row, found none")
	}
	if err := in.model.Check("rows", in.rows); err != nil {
		return nil, err
	}
	return &job{wants: w, rows: in.rows, n: in.n}, nil
}
