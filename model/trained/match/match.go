// Package match finds the values that a model takes among the columns of an input: by their names in any order, or where
// one of the two has none by their number and order. A column of words becomes the values of its categories.
package match

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ssdgm/configs"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/transform"
)

// Plan says where a model's values stand among the columns of an input.
type Plan struct {
	// Numbers and Words are the columns, from 0, that are read as numbers and as words, in the order in which Row takes
	// them.
	Numbers, Words []int
	// Extra names the columns that are none of the model's, in their order, see Left.
	Extra []string
	// TakesMissing tells that a missing value is handed on, as NaN. It is set where the transformation takes them.
	TakesMissing bool
	// Unit tells that values must lie from 0 to 1, see trained.Model.Unit.
	Unit bool
	// Unknown is told of a word that is none of the categories, where it is taken for a missing value. It may be nil.
	Unknown func(feature, word string)

	t     *transform.Transformation
	parts []part
}

// part is where one value of the model comes from, or those of a feature's categories.
type part struct {
	at         int      // among Numbers, or among Words
	feature    string   // of words
	categories []string // nil: it is a number
}

// namesTold is how many names a message lists.
const namesTold = 5

// Columns finds a model's values among the columns of an input, whose names are empty where it has none. A name that
// differs in capitals only is the same, where there is none that differs in nothing. What is one-hot is a column of
// words, or, as the transformation names its values, a column of numbers for each category. Its errors are
// trained.ErrInput.
func Columns(t *transform.Transformation, columns []string) (*Plan, error) {
	if named := slices.ContainsFunc(columns, func(name string) bool { return name != "" }); named && t.Features != nil {
		return byName(t, columns)
	}
	p := newPlan(t)
	if err := p.byPlace(len(columns)); err != nil {
		return nil, err
	}
	return p, nil
}

// Place is where the values of a column stand among those of a row; Width is 0 where it has none.
type Place struct{ First, Width int }

// Places are those of some columns.
func (p *Plan) Places(columns []int) []Place {
	of, first := map[int]Place{}, 0
	for _, part := range p.parts {
		at, width := 0, max(1, len(part.categories))
		if part.categories != nil {
			at = p.Words[part.at]
		} else {
			at = p.Numbers[part.at]
		}
		of[at] = Place{first, width}
		first += width
	}
	places := make([]Place, len(columns))
	for i, at := range columns {
		places[i] = of[at]
	}
	return places
}

func newPlan(t *transform.Transformation) *Plan {
	return &Plan{t: t, TakesMissing: t.Missing != transform.Refuse}
}

// byName takes the columns of the features' names.
func byName(t *transform.Transformation, columns []string) (*Plan, error) {
	p, in := newPlan(t), find(t.Features, columns)
	var missing []string
	for i, f := range t.Features {
		switch {
		case in.columns[i] != nil && f.Categories != nil && len(in.columns[i]) == 1:
			p.word(f, in.columns[i][0])
		case in.columns[i] != nil:
			for _, at := range in.columns[i] {
				p.number(at)
			}
		default:
			missing = append(missing, f.Name)
		}
	}
	if missing != nil {
		return nil, in.lacks(missing)
	}
	for at, name := range columns {
		if name != "" && !in.used[at] {
			p.Extra = append(p.Extra, name)
		}
	}
	return p, nil
}

func (p *Plan) number(at int) {
	p.parts = append(p.parts, part{at: len(p.Numbers)})
	p.Numbers = append(p.Numbers, at)
}

func (p *Plan) word(f transform.Feature, at int) {
	p.parts = append(p.parts, part{len(p.Words), f.Name, f.Categories})
	p.Words = append(p.Words, at)
}

// byPlace takes so many columns in their order: one for each feature, or one for each value.
func (p *Plan) byPlace(n int) error {
	features := p.t.Features
	switch {
	case n == p.t.Width:
		for at := range n {
			p.number(at)
		}
		return nil
	case features != nil && n == len(features):
		for at, f := range features {
			if f.Categories != nil {
				p.word(f, at)
			} else {
				p.number(at)
			}
		}
		return nil
	}
	want := p.t.Width
	if features != nil {
		want = len(features)
	}
	err := format.Errorf("want %d columns, as the model was trained on, found %d", want, n)
	if n == want+1 {
		err = format.Errorf("%w; if one of them is the label, say which, or leave it out", err)
	}
	return err
}

// found are the columns of an input that a model's features were found in.
type found struct {
	names   []string
	columns [][]int // by feature: one, or one for each category; nil: there are none
	used    map[int]bool
}

// find looks for names that are the same first, and then for those that differ in capitals.
func find(features []transform.Feature, names []string) *found {
	f := &found{names, make([][]int, len(features)), map[int]bool{}}
	for _, plain := range []func(string) string{func(name string) string { return name }, strings.ToLower} {
		places := map[string]int{}
		for at, name := range slices.Backward(names) {
			if name != "" && !f.used[at] {
				places[plain(name)] = at
			}
		}
		for i, feature := range features {
			if f.columns[i] == nil {
				f.take(i, feature, places, plain)
			}
		}
	}
	return f
}

// take finds one feature, and uses its columns up.
func (f *found) take(i int, feature transform.Feature, places map[string]int, plain func(string) string) {
	var columns []int
	add := func(name string) {
		if at, known := places[plain(name)]; known && !f.used[at] {
			columns = append(columns, at)
		}
	}
	add(feature.Name)
	if columns == nil && len(feature.Categories) > 1 {
		for _, category := range feature.Categories {
			add(feature.Name + "=" + category)
		}
		if len(columns) < len(feature.Categories) {
			return
		}
	}
	for _, at := range columns {
		f.used[at] = true
	}
	f.columns[i] = columns
}

// lacks is the error of names that there are no columns of. It names those that are near to them.
func (f *found) lacks(missing []string) error {
	var free, told []string
	for at, name := range f.names {
		if name != "" && !f.used[at] {
			free = append(free, name)
		}
	}
	for _, name := range missing[:min(namesTold, len(missing))] {
		told = append(told, shown(name))
	}
	if more := len(missing) - namesTold; more > 0 {
		told = append(told, fmt.Sprintf("%d more", more))
	}
	near := ""
	for _, name := range missing {
		if nearest := configs.Nearest(name, free); nearest != "" && near == "" {
			near = fmt.Sprintf("; rename %s if it is %s", shown(nearest), shown(name))
		}
	}
	return format.Errorf("want the columns that the model was trained on, found none called %s beside %s%s",
		strings.Join(told, ", "), list(f.names), near)
}

// Left is a line on columns that are none of the model's; empty where there are none.
func Left(extra []string) string {
	switch len(extra) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("column %s is none of the model's: it is left out", shown(extra[0]))
	}
	return fmt.Sprintf("columns %s are none of the model's: they are left out", list(extra))
}

// list quotes the first of some names.
func list(names []string) string {
	var all []string
	for _, name := range names {
		if name != "" {
			all = append(all, name)
		}
	}
	for i, name := range all[:min(namesTold, len(all))] {
		all[i] = shown(name)
	}
	return transform.Some(all)
}

func shown(name string) string { return fmt.Sprintf("%.60q", name) }

// Width is how many raw values a row has.
func (p *Plan) Width() int { return p.t.Width }

// Plain tells whether a row's numbers are the model's raw values as they stand.
func (p *Plan) Plain() bool { return len(p.Words) == 0 }

// Row writes the raw values of a row, of the length Width, of its numbers and words, in the order of the plan's. A number
// that is missing is NaN, a word that is missing is empty: either is an error where the model takes none. So are an
// infinite number, one below 0 where its logarithm is taken, one beyond 0 to 1 for a model of such, and a word that is none of the categories, unless the model
// takes missing values. The errors name the column and are trained.ErrInput.
func (p *Plan) Row(dst []float32, numbers []float32, words []string) error {
	at := 0
	for i := range p.parts {
		part := &p.parts[i]
		if part.categories == nil {
			dst[at] = numbers[part.at]
			at++
			continue
		}
		values := dst[at:][:len(part.categories)]
		at += len(values)
		if err := p.spread(values, part, words[part.at]); err != nil {
			return err
		}
	}
	return p.Check(dst)
}

// spread writes 1 in the place of a word among the categories, and 0 in the others.
func (p *Plan) spread(values []float32, part *part, word string) error {
	clear(values)
	at := slices.Index(part.categories, word)
	switch {
	case at >= 0:
		values[at] = 1
		return nil
	case word != "" && !p.TakesMissing:
		return format.Errorf("column %s: want one of %s, found %s", shown(part.feature), list(part.categories), shown(word))
	case word != "" && p.Unknown != nil:
		p.Unknown(part.feature, word)
	}
	for i := range values {
		values[i] = float32(math.NaN())
	}
	return nil
}

// Check is Row's, of raw values.
func (p *Plan) Check(raw []float32) error {
	log := p.t.Kind == transform.Log1p
	for j, v := range raw {
		switch {
		case p.Unit && (v < 0 || v > 1):
			return format.Errorf(`column %s: want a value from 0 to 1, as those that the model was trained on, found %g; `+
				`scale it as theirs were, or train with m1.output = "gaussian" to take others`, p.Column(j), v)
		case v-v == 0 && !(log && v < 0):
		case v == v:
			want := "a finite number"
			if log && v < 0 {
				want = `a number from 0 on, as data.scale = "log1p" has it`
			}
			return format.Errorf("column %s: want %s, found %g", p.Column(j), want, v)
		case !p.TakesMissing:
			return format.Errorf(`column %s: want a value, found none: the model was trained with data.missing = "error"; `+
				`fill it in ('ssdgm impute' does), or train with data.missing = "mean" or "mask"`, p.Column(j))
		}
	}
	return nil
}

// Column is what a message calls a raw value: by its name, or by its number from 1.
func (p *Plan) Column(j int) string { return p.t.Column(j) }
