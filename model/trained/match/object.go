package match

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"

	"ssdgm/model/trained/format"
	"ssdgm/model/trained/transform"
)

// Objects are rows of which each is an object of names and values, as JSON has them. Rows of the same names are matched
// once. It is used by one goroutine at a time.
type Objects struct {
	t       *transform.Transformation
	plan    *Plan
	names   []string // of the plan's columns, sorted
	numbers []float32
	words   []string
}

// NewObjects is for rows of a model's raw values.
func NewObjects(t *transform.Transformation) *Objects { return &Objects{t: t} }

// Plan is that of the last row; nil before the first. Its Extra are the names that are none of the model's.
func (o *Objects) Plan() *Plan { return o.plan }

// Row writes the raw values of an object, of the transformation's Width: of a number float64, json.Number or, as 1 or 0,
// bool; of a category its text, where a number or bool stands for its own. nil is a missing value. The errors name the
// column and are trained.ErrInput.
func (o *Objects) Row(dst []float32, object map[string]any) error {
	if o.t.Features == nil {
		return format.Errorf("want an array of %d numbers: the model's values have no names", o.t.Width)
	}
	if err := o.match(object); err != nil {
		return err
	}
	for i, at := range o.plan.Numbers {
		var err error
		if o.numbers[i], err = number(o.names[at], object[o.names[at]]); err != nil {
			return err
		}
	}
	for i, at := range o.plan.Words {
		var err error
		if o.words[i], err = word(o.names[at], object[o.names[at]]); err != nil {
			return err
		}
	}
	return o.plan.Row(dst, o.numbers, o.words)
}

// match finds the plan of an object's names.
func (o *Objects) match(object map[string]any) error {
	same := o.plan != nil && len(object) == len(o.names)
	for _, name := range o.names {
		if _, there := object[name]; !there {
			same = false
			break
		}
	}
	if same {
		return nil
	}
	names := slices.Sorted(maps.Keys(object))
	plan, err := byName(o.t, names)
	if err != nil {
		return err
	}
	o.plan, o.names = plan, names
	o.numbers, o.words = make([]float32, len(plan.Numbers)), make([]string, len(plan.Words))
	return nil
}

// number is a value as a number; NaN where it is missing.
func number(name string, value any) (float32, error) {
	switch v := value.(type) {
	case nil:
		return float32(math.NaN()), nil
	case float64:
		return float32(v), nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case json.Number:
		wide, err := v.Float64()
		if err == nil {
			return float32(wide), nil
		}
	}
	return 0, format.Errorf("column %s: want a number or null, found %.60s", shown(name), text(value))
}

// word is a value as a word; empty where it is missing. A number has its shortest form, as a table's has.
func word(name string, value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		return shortest(v), nil
	case json.Number:
		if wide, err := v.Float64(); err == nil {
			return shortest(wide), nil
		}
	}
	return "", format.Errorf("column %s: want a text or null, found %.60s", shown(name), text(value))
}

// shortest is the shortest form of a number: 1 of 1.0.
func shortest(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// text is a value as JSON has it.
func text(value any) []byte {
	b, err := json.Marshal(value)
	if err != nil {
		return []byte("what is no JSON")
	}
	return b
}
