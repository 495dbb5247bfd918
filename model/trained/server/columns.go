package server

import (
	"fmt"
	"slices"

	"ssdgm/model/trained/match"
)

// readNamed reads a row that is an object: values by the columns' names, in any order.
func (in *input) readNamed(d *decoder, what string) error {
	object := map[string]any{}
	err := d.named(what, func(name string) (err error) {
		object[name], err = d.cell(fmt.Sprintf("%s[%.60q]", what, name))
		return err
	})
	if err != nil {
		return err
	}
	return in.add(what, object)
}

// readPlaced reads a row of a model that has categories: values in the order of the model's columns.
func (in *input) readPlaced(d *decoder, what string) error {
	var values []any
	err := d.each(what, func(column int) error {
		v, err := d.cell(fmt.Sprintf("%s[%d]", what, column))
		values = append(values, v)
		return err
	})
	if err != nil {
		return err
	}
	names := in.model.Input.Columns()
	if len(values) != len(names) {
		names = nil
		for _, f := range in.model.Input.Features {
			names = append(names, f.Name)
		}
	}
	if len(values) != len(names) {
		return wrong("%s: want %d values, one of each column, found %d", what, len(names), len(values))
	}
	object := map[string]any{}
	for i, name := range names {
		object[name] = values[i]
	}
	return in.add(what, object)
}

// cell reads a value of a table: a number, a text, true, false, or null where it is missing.
func (d *decoder) cell(what string) (any, error) {
	t, err := d.token()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case 'n':
		return nil, nil
	case '"':
		return t.String(), nil
	case 't', 'f':
		return t.Bool(), nil
	case '0':
		v, ok := double(t)
		if !ok {
			return nil, wrong("%s: want a number of 64 bits, found %.40s", what, t.String())
		}
		return v, nil
	}
	return nil, wrong("%s: want a number, a text or null, found %s", what, kinds[t.Kind()])
}

// add adds a row of named values.
func (in *input) add(what string, object map[string]any) error {
	if in.objects == nil {
		in.objects = match.NewObjects(in.model.Input)
	}
	first := len(in.rows)
	in.rows = slices.Grow(in.rows, in.model.Inputs)[:first+in.model.Inputs]
	if err := in.objects.Row(in.rows[first:], object); err != nil {
		return wrong("%s: %v", what, err)
	}
	if extra := in.objects.Plan().Extra; len(extra) > 0 {
		in.note = match.Left(extra)
	}
	return nil
}

// columns makes rows of tensors of one column each, [n] or [n, 1].
func (q *query) columns(in *input) error {
	if in.model.Input.Features == nil {
		return wrong(`want the input "rows", found %.60q`, q.order[0])
	}
	n := q.tensors[q.order[0]].shape[0]
	for _, name := range q.order {
		t := q.tensors[name]
		if t.shape[0] != n || len(t.shape) > 2 || len(t.shape) == 2 && t.shape[1] != 1 {
			return wrong(`input %.60q: want all rows as input "rows" [%d, %d], or a column as [%d] or [%d, 1], found %s`,
				name, n, in.model.Inputs, n, n, shown(t.shape))
		}
	}
	for i := range n {
		if err := in.begin(); err != nil {
			return err
		}
		object := map[string]any{}
		for _, name := range q.order {
			object[name] = q.tensors[name].cell(i)
		}
		if err := in.add(fmt.Sprintf("row %d", i), object); err != nil {
			return err
		}
	}
	return nil
}

// cell is one value of a tensor, as those of a table.
func (t *tensor) cell(at int) any {
	switch values := t.values.(type) {
	case []string:
		return values[at]
	case []float32:
		return missing(float64(values[at]))
	case []float64:
		return missing(values[at])
	case []uint8:
		return float64(values[at])
	}
	all, _ := t.wholes()
	return float64(all[at])
}

// missing is a number, or nil in place of NaN.
func missing(v float64) any {
	if v != v {
		return nil
	}
	return v
}
