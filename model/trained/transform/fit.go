package transform

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Rows calls each with raw rows, always the same ones in the same order. The row is the callee's only until it returns;
// an error of each ends the walk.
type Rows func(each func(row []float32) error) error

// RowsOf walks over an array's rows, [n, width].
func RowsOf(values []float32, width int) Rows {
	return func(each func(row []float32) error) error {
		for at := 0; at < len(values); at += width {
			if err := each(values[at : at+width]); err != nil {
				return err
			}
		}
		return nil
	}
}

// Table is the training rows that a transformation is fitted on. Of images the values are the quotients of the bytes,
// from 0 to 1; a missing value is NaN.
type Table struct {
	Name     string // in messages
	Width    int
	Features []Feature // what the values are called; nil: by their numbers
	Image    bool      // they are bytes of images
	Rows     Rows
	// Known is what may have been fitted on these rows before, or nil: where it has their shift, scale, fill and mean to
	// the bit, its principal components are theirs, and are not sought again.
	Known *Transformation
	// Wait is told about how long principal components will take that are not known. It may be nil.
	Wait func(time.Duration)
}

// Findings are what fitting saw of the training rows.
type Findings struct {
	// Notes are lines for the user: what "auto" came to and why, columns that cannot be scaled.
	Notes []string
	// Outside names the first column that leaves 0 to 1 where the model sees it, and its range: a Bernoulli cannot have
	// given it. Empty: every value lies within.
	Outside string
	// Least and Most are the smallest and the largest standard deviation of what the model sees, constants aside; 0
	// where everything is constant, and of pixels.
	Least, Most float64
}

// Fit fits a rule on training rows, which it walks over three times at most, or for medians once more for each block of
// columns that 256 MB have room for. Statistics are those of the values that are there, in float64, summed in the order
// of the rows. Beside the medians' block it holds some numbers for each column; for principal components of d values
// also a matrix of d² float64, and for k components two of k·d and two of k².
//
// Its errors are ErrInput: a value that is infinite; a missing one where the rule refuses them, or a column that has no
// other; a value below 0 for log1p; more components than the rows span.
func Fit(rule Rule, table Table) (*Transformation, *Findings, error) {
	if err := possible(rule, table); err != nil {
		return nil, nil, err
	}
	if table.Image && rule.PCA == 0 && (rule.Scale == Auto || rule.Scale == Pixels) {
		return OfPixels(table.Width), &Findings{}, nil
	}
	t := &Transformation{
		Kind: rule.Scale, Width: table.Width, Divisor: 1, Missing: rule.Missing, Features: table.Features,
	}
	if table.Image {
		t.Divisor = 255
	}
	f := &fitting{t: t, table: table, found: &Findings{}}
	if err := f.survey(); err != nil {
		return nil, nil, err
	}
	f.choose()
	if err := f.measure(); err != nil {
		return nil, nil, err
	}
	if err := f.scale(); err != nil {
		return nil, nil, err
	}
	if err := f.constants(); err != nil {
		return nil, nil, err
	}
	f.judge()
	if rule.PCA > 0 {
		if err := f.components(rule); err != nil {
			return nil, nil, err
		}
	}
	return t, f.found, nil
}

// possible holds that a rule can be fitted at all.
func possible(rule Rule, table Table) error {
	switch {
	case rule.Scale == Pixels && !table.Image:
		return inputErrorf(`data.scale = "pixels": %s holds real values, and only bytes from 0 to 255 are pixels; `+
			`set it to "minmax" or "standard"`, table.Name)
	case rule.PCA > table.Width:
		return inputErrorf("data.pca = %d: want at most %d, as many as an example of %s has values",
			rule.PCA, table.Width, table.Name)
	case rule.PCA > 0 && rule.Missing == Mask:
		return inputErrorf(`data.missing = "mask": principal components want every value of an example; ` +
			`set it to "mean", or data.pca to 0`)
	}
	return nil
}

// fitting is a transformation on its way.
type fitting struct {
	t     *Transformation
	table Table
	found *Findings

	rows            int
	count           []int     // values that are there, by column
	least, most     []float32 // raw
	mean, deviation []float64 // of logged values
}

func (f *fitting) column(j int) string { return columnIn(f.table.Features, j) }

// constant tells whether a column has one value only.
func (f *fitting) constant(j int) bool { return f.least[j] == f.most[j] }

// survey takes the first walk: which values are there, between which bounds.
func (f *fitting) survey() error {
	d := f.table.Width
	f.count, f.least, f.most = make([]int, d), make([]float32, d), make([]float32, d)
	sums := make([]float64, d)
	err := f.table.Rows(func(row []float32) error {
		for j, v := range row {
			if v != v {
				continue
			}
			if f.count[j] == 0 {
				f.least[j], f.most[j] = v, v
			}
			f.least[j], f.most[j] = min(f.least[j], v), max(f.most[j], v)
			f.count[j]++
			sums[j] += float64(v)
		}
		f.rows++
		return nil
	})
	if err != nil {
		return err
	}
	if f.rows == 0 {
		return inputErrorf("%s: want at least one training row, found none", f.table.Name)
	}
	for j := range d {
		if math.IsInf(float64(f.least[j]), 0) || math.IsInf(float64(f.most[j]), 0) {
			return f.infinite()
		}
	}
	if err := f.missing(); err != nil {
		return err
	}
	if f.t.Missing == Mean {
		f.t.Fill = make([]float32, d)
		for j, sum := range sums {
			f.t.Fill[j] = float32(sum / float64(f.count[j]))
		}
	}
	return f.negative()
}

// infinite names the columns with infinite values.
func (f *fitting) infinite() error {
	var names []string
	for j := range f.count {
		if math.IsInf(float64(f.least[j]), 0) || math.IsInf(float64(f.most[j]), 0) {
			names = append(names, f.column(j))
		}
	}
	return inputErrorf("%s: want finite numbers, found infinite ones in column %s; mend them or leave the column out "+
		"(data.drop_columns)", f.table.Name, Some(names))
}

// missing refuses columns with missing values where the rule does, and those that have nothing else.
func (f *fitting) missing() error {
	var names, empty []string
	for j, n := range f.count {
		switch {
		case n == 0:
			empty = append(empty, f.column(j))
			fallthrough
		case n < f.rows:
			names = append(names, fmt.Sprintf("%s (%d)", f.column(j), f.rows-n))
		}
	}
	switch {
	case empty != nil:
		return inputErrorf("%s: column %s has no value in any training row; leave it out (data.drop_columns)",
			f.table.Name, Some(empty))
	case names != nil && f.t.Missing == Refuse:
		return missingError(f.table.Name, names, f.rows)
	}
	return nil
}

// missingError refuses missing values, of columns with the number of them.
func missingError(name string, columns []string, rows int) error {
	return inputErrorf(`%s: values are missing in column %s of %d rows, which data.missing = "error" refuses; give them, `+
		`or train with data.missing = "mean" or "mask", or without the column (data.drop_columns)`, name, Some(columns), rows)
}

// negative refuses values below 0 for log1p.
func (f *fitting) negative() error {
	for j, v := range f.least {
		if f.t.Kind == Log1p && v < 0 {
			return negativeError(f.table.Name, f.column(j), v)
		}
	}
	return nil
}

func negativeError(name, column string, v float32) error {
	return inputErrorf(`%s: data.scale = "log1p" wants values from 0 on, found %g in column %s; train with "standard" or `+
		`"robust"`, name, v, column)
}

// choose decides what "auto" comes to.
func (f *fitting) choose() {
	t := f.t
	if t.Kind != Auto {
		return
	}
	if f.table.Image {
		t.Kind = Pixels
		return
	}
	low, high := f.least[0], f.most[0]
	for j := range f.least {
		low, high = min(low, f.least[j]), max(high, f.most[j])
	}
	why := fmt.Sprintf(`data.scale = "auto": the values of %s lie from %.4g to %.4g`, f.table.Name, low, high)
	if t.Kind = Standard; low >= 0 && high <= 1 {
		t.Kind = None
		f.note(why + `, so they are taken as they are ("none")`)
		return
	}
	f.note(why + `, so each column is brought to a mean of 0 and a standard deviation of 1 ("standard")`)
}

func (f *fitting) note(line string) { f.found.Notes = append(f.found.Notes, line) }

// measure takes the walks for means and, about these, for standard deviations, of ln(1+x) where that is taken.
func (f *fitting) measure() error {
	f.mean, f.deviation = make([]float64, f.table.Width), make([]float64, f.table.Width)
	err := f.sum(f.mean, func(_ int, x float64) float64 { return x })
	if err == nil {
		err = f.sum(f.deviation, func(j int, x float64) float64 { x -= f.mean[j]; return x * x })
	}
	for j, variance := range f.deviation {
		f.deviation[j] = math.Sqrt(variance)
	}
	return err
}

// sum writes each column's mean of some function of its values.
func (f *fitting) sum(means []float64, of func(j int, x float64) float64) error {
	err := f.table.Rows(func(row []float32) error {
		for j, v := range row {
			if v == v {
				means[j] += of(j, f.t.logged(v))
			}
		}
		return nil
	})
	for j := range means {
		means[j] /= float64(f.count[j])
	}
	return err
}

// scale fits shift and scale.
func (f *fitting) scale() error {
	t, d := f.t, f.table.Width
	if t.Kind == None || t.Kind == Pixels {
		return nil
	}
	t.Shift, t.Scale = make([]float32, d), make([]float32, d)
	switch t.Kind {
	case Robust:
		if err := f.quartiles(); err != nil {
			return err
		}
	case MinMax:
		for j := range d {
			t.Shift[j], t.Scale[j] = f.least[j], rangeOf(f.least[j], f.most[j])
		}
	default:
		for j := range d {
			t.Shift[j], t.Scale[j] = float32(f.mean[j]), float32(f.deviation[j])
		}
	}
	var wide []string
	for j := range d {
		switch scale := float64(t.Scale[j]); {
		case f.constant(j):
			t.Scale[j] = 1
		case scale == 0 || math.IsInf(scale, 0):
			wide = append(wide, f.column(j))
			t.Scale[j] = 1
		}
	}
	if wide != nil {
		return inputErrorf("%s: column %s spans more than single precision can scale; divide it by a constant, or leave it "+
			"out (data.drop_columns)", f.table.Name, Some(wide))
	}
	return nil
}

// constants tells of the columns with one value only, which no scale changes. Of images the borders often have. It refuses
// several rows that are all alike.
func (f *fitting) constants() error {
	var names []string
	for j := range f.least {
		if !f.table.Image && f.constant(j) {
			names = append(names, f.column(j))
		}
	}
	if f.rows > 1 && len(names) == f.table.Width {
		return inputErrorf("%s: wanted columns whose values differ, found the same in all %d training rows; take in others "+
			"(data.columns)", f.table.Name, f.rows)
	}
	if names != nil {
		f.note(fmt.Sprintf("%s: column %s has one value in all training rows: it tells nothing; leave it out "+
			"(data.drop_columns)", f.table.Name, Some(names)))
	}
	return nil
}

// rangeOf is the distance of two values, rounded up: no value between them is scaled beyond 1.
func rangeOf(least, most float32) float32 {
	exact := float64(most) - float64(least)
	scale := float32(exact)
	if float64(scale) < exact {
		scale = math.Nextafter32(scale, float32(math.Inf(1)))
	}
	return scale
}

// judge finds what the values look like where a model sees them, or the components are taken from them.
func (f *fitting) judge() {
	t := f.t
	if t.Kind == Pixels {
		return
	}
	for j := range f.least {
		low, high := t.scaled(f.least[j], j), t.scaled(f.most[j], j)
		if f.found.Outside == "" && (float32(low) < 0 || float32(high) > 1) {
			f.found.Outside = fmt.Sprintf("column %s from %.4g to %.4g", f.column(j), low, high)
		}
		if f.constant(j) {
			continue
		}
		deviation := f.deviation[j]
		if t.Scale != nil {
			deviation /= float64(t.Scale[j])
		}
		if f.found.Least == 0 || deviation < f.found.Least {
			f.found.Least = deviation
		}
		f.found.Most = max(f.found.Most, deviation)
	}
}

// namesTold is how many columns a message names.
const namesTold = 5

// Some is a list of names, the first of them where there are many.
func Some(names []string) string {
	text := strings.Join(names[:min(namesTold, len(names))], ", ")
	if more := len(names) - namesTold; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
