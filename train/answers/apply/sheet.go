package apply

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"ssdgm/model/trained"
	"ssdgm/model/trained/match"
	"ssdgm/model/trained/transform"
	"ssdgm/train/answers"
	"ssdgm/train/answers/columns"
	"ssdgm/train/answers/input"
	"ssdgm/train/answers/output"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/lines"
)

// sheet lays filled rows out: a table as it came, images as their pixels, an array as an array.
type sheet struct {
	names    []string
	places   []match.Place // of the columns of the input; nil: of images
	t        *transform.Transformation
	pixels   *columns.Layout // of what is no table: values as numbers
	labels   bool
	array    bool // npy: numbers alone
	unit     float32
	each     int // rows for one of the input
	numbered bool
	spread   bool
	marks    *frame.Marks
	comma    bool // the input has a comma before a fraction
}

// sheet is for an input and its format.
func (c *Imputation) sheet(m *trained.Model, from input.Reader) (*sheet, error) {
	s := &sheet{
		names: from.Kept(), places: from.Places(), t: m.Input, unit: from.Unit(), each: max(1, c.Draws), spread: c.Spread,
		marks: frame.Options{}.Marks(), labels: from.Labelled(),
	}
	var err error
	if s.array, err = output.OnlyNumbers(c.Out, c.Format); err != nil {
		return nil, err
	}
	if s.array || s.places == nil {
		s.pixels = columns.Of(m, columns.Options{Raw: true, Floats: s.unit == 1 || s.array && c.Spread})
	}
	s.numbered = c.Draws > 0 && !s.array
	if s.array && slices.ContainsFunc(s.places, func(p match.Place) bool { return p.Width == 0 }) {
		c.Note("npy has numbers alone, those that the model knows: the other columns of the input are left out")
	}
	return s, nil
}

// What is said of the spread of a column: its standard deviation, and the ends of an interval that holds nine values in
// ten; of a word how probable it is.
var spreads = []string{".sd", ".q05", ".q95"}

const probable = ".p"

// The digits of what is filled, and of its spread: nobody knows more of it.
const (
	filledDigits = 6
	spreadDigits = 4
)

// free is a name that no column of the input has.
func (s *sheet) free(name string) string {
	for slices.Contains(s.names, name) {
		name = "impute." + name
	}
	return name
}

// columns are those of the answers.
func (s *sheet) columns() (all []output.Column) {
	if s.array {
		own := s.pixels.Columns()
		if s.spread { // one value after the other of each kind
			shape := own[0].Shape
			if shape == nil {
				shape = []int{s.t.Width}
			}
			kinds := 1 + len(spreads)
			return []output.Column{{Name: own[0].Name, Width: kinds * s.t.Width, Shape: append([]int{kinds}, shape...)}}
		}
		return own
	}
	if s.numbered {
		all = append(all, output.Column{Name: s.free("draw"), Kind: output.Whole})
	}
	for j, name := range s.names {
		column := output.Column{Name: name, Kind: output.Text}
		if s.places != nil && s.places[j].Width == 1 {
			column.Kind = output.Double
		}
		all = append(all, column)
	}
	if s.places != nil {
		return append(all, s.spreadColumns()...)
	}
	if s.labels {
		all = append(all, labelColumn)
	}
	all = append(all, s.pixels.Columns()...)
	if s.spread {
		for _, kind := range spreads {
			all = append(all, output.Column{Name: "pixel" + kind, Width: s.t.Width, Digits: spreadDigits})
		}
	}
	return all
}

// spreadColumns are those of a table.
func (s *sheet) spreadColumns() (all []output.Column) {
	if !s.spread {
		return nil
	}
	for j, name := range s.names {
		switch s.places[j].Width {
		case 0:
		case 1:
			for _, kind := range spreads {
				all = append(all, output.Column{Name: s.free(name + kind), Digits: spreadDigits})
			}
		default:
			all = append(all, output.Column{Name: s.free(name + probable), Digits: spreadDigits})
		}
	}
	return all
}

// missing is how many values of a row are filled in: of a word's categories one.
func (s *sheet) missing(rows *answers.Rows, i int) (n int) {
	x := rows.X[i*s.t.Width:][:s.t.Width]
	if s.places == nil {
		for _, v := range x {
			if v != v {
				n++
			}
		}
		return n
	}
	for j, p := range s.places {
		if p.Width > 0 && s.gap(rows.Kept[j][i], x[p.First:][:p.Width]) {
			n++
		}
	}
	return n
}

// gap tells whether a cell of a table is to be filled. A word that the model does not know is there.
func (s *sheet) gap(text string, x []float32) bool {
	return x[0] != x[0] && (len(x) == 1 || s.marks.Missing(strings.TrimSpace(text)))
}

// cells are those of some rows.
func (s *sheet) cells(rows *answers.Rows, found *trained.Imputation) (all []output.Cells) {
	filled := s.rows(found)
	if s.array {
		if s.spread {
			return []output.Cells{{Numbers: s.stacked(rows.X, filled, found)}}
		}
		return s.pixels.Cells(filled)
	}
	if s.numbered {
		numbers := make([]int64, 0, rows.N*s.each)
		for range rows.N {
			for draw := range s.each {
				numbers = append(numbers, int64(draw)+1)
			}
		}
		all = append(all, output.Cells{Wholes: numbers})
	}
	if s.places != nil {
		for j, p := range s.places {
			all = append(all, s.column(rows, j, p, filled))
		}
		return append(all, s.spreadCells(rows, found)...)
	}
	for _, texts := range rows.Kept {
		all = append(all, output.Cells{Texts: repeated(texts, s.each)})
	}
	if s.labels {
		all = append(all, output.Cells{Texts: repeated(rows.Labels, s.each)})
	}
	all = append(all, s.pixels.Cells(filled)...)
	if s.spread {
		for _, values := range s.told(rows.X, found) {
			all = append(all, output.Cells{Numbers: values})
		}
	}
	return all
}

// repeated gives each text several times.
func repeated(texts []string, each int) []string {
	if each == 1 {
		return texts
	}
	all := make([]string, 0, len(texts)*each)
	for _, text := range texts {
		for range each {
			all = append(all, text)
		}
	}
	return all
}

// rows are the filled rows, those of one row of the input one after the other. Pixels stay between 0 and 1.
func (s *sheet) rows(found *trained.Imputation) []float32 {
	filled := found.Mean
	if len(found.Draws) > 0 {
		filled = make([]float32, 0, len(found.Mean)*s.each)
		for at := 0; at < len(found.Mean); at += s.t.Width {
			for _, draw := range found.Draws {
				filled = append(filled, draw[at:][:s.t.Width]...)
			}
		}
	}
	if s.t.Image() {
		for i, v := range filled {
			filled[i] = min(max(v, 0), 1)
		}
	}
	return filled
}

// told is the spread of each value, in the input's unit; NaN where it was there.
func (s *sheet) told(x []float32, found *trained.Imputation) [][]float32 {
	all := append([][]float32{found.Deviation}, found.Quantiles...)
	for k, values := range all {
		for i, v := range values {
			switch {
			case x[i] == x[i]:
				values[i] = float32(math.NaN())
			case k > 0 && s.t.Image():
				values[i] = min(max(v, 0), 1) * s.unit
			default:
				values[i] = v * s.unit
			}
		}
	}
	return all
}

// stacked are rows of [values, deviations, quantiles] in the input's unit.
func (s *sheet) stacked(x, filled []float32, found *trained.Imputation) []float32 {
	told := s.told(x, found)
	d := s.t.Width
	all := make([]float32, 0, len(x)*(1+len(told)))
	for at := 0; at < len(x); at += d {
		for _, v := range filled[at:][:d] {
			if v *= s.unit; s.unit != 1 {
				v = float32(math.Round(float64(v)))
			}
			all = append(all, v)
		}
		for _, values := range told {
			all = append(all, values[at:][:d]...)
		}
	}
	return all
}

// column are the cells of a column of a table: as they came, or filled.
func (s *sheet) column(rows *answers.Rows, j int, p match.Place, filled []float32) output.Cells {
	texts := slices.Clone(repeated(rows.Kept[j], s.each))
	if p.Width == 0 {
		return output.Cells{Texts: texts}
	}
	d := s.t.Width
	var gaps []int
	var numbers []float64
	for k, text := range texts {
		x := rows.X[k/s.each*d+p.First:][:p.Width]
		if s.gap(text, x) {
			gaps = append(gaps, k)
		}
		if p.Width == 1 {
			numbers = append(numbers, s.number(text, float64(x[0]*s.unit)))
		}
	}
	for _, k := range gaps {
		x := filled[k*d+p.First:][:p.Width]
		if p.Width > 1 {
			texts[k] = s.category(p, x)
			continue
		}
		texts[k] = s.text(x[0])
		numbers[k] = s.number(texts[k], 0)
	}
	return output.Cells{Texts: texts, Doubles: numbers}
}

// category is the word whose value is the largest.
func (s *sheet) category(p match.Place, x []float32) string {
	at := 0
	for _, f := range s.t.Features {
		if at == p.First {
			return f.Categories[largest(x)]
		}
		at += f.Width()
	}
	panic("apply: a column of words that is no feature")
}

func largest(x []float32) (best int) {
	for k, v := range x {
		if v > x[best] {
			best = k
		}
	}
	return best
}

// number is the number that a text is, or what the model takes it for where it is none, as "true".
func (s *sheet) number(text string, taken float64) float64 {
	text = strings.TrimSpace(text)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		if v, err = strconv.ParseFloat(lines.Point(text), 64); err == nil {
			s.comma = true
		}
	}
	if err != nil {
		return taken
	}
	return v
}

// plainFrom is from where on a number has digits enough before its point.
const plainFrom = 1e5

// text is a value that is filled in, as the input has its numbers.
func (s *sheet) text(v float32) string {
	wide := float64(v) * float64(s.unit)
	if s.unit != 1 {
		return strconv.Itoa(int(math.Round(wide)))
	}
	form, digits := byte('g'), filledDigits
	if abs := math.Abs(wide); abs >= plainFrom && abs < 1<<53 {
		form, digits = 'f', 0
	}
	text := strconv.FormatFloat(wide, form, digits, 32)
	if s.comma {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// spreadCells are those of a table.
func (s *sheet) spreadCells(rows *answers.Rows, found *trained.Imputation) (all []output.Cells) {
	if !s.spread {
		return nil
	}
	told, d := s.told(rows.X, found), s.t.Width
	for j, p := range s.places {
		switch p.Width {
		case 0:
		case 1:
			for _, values := range told {
				own := make([]float32, rows.N)
				for i := range own {
					own[i] = values[i*d+p.First]
				}
				all = append(all, output.Cells{Numbers: own, Comma: s.comma})
			}
		default:
			own := make([]float32, rows.N)
			for i := range own {
				own[i] = float32(math.NaN())
				if s.gap(rows.Kept[j][i], rows.X[i*d+p.First:][:p.Width]) {
					x := found.Mean[i*d+p.First:][:p.Width]
					own[i] = min(max(x[largest(x)], 0), 1)
				}
			}
			all = append(all, output.Cells{Numbers: own, Comma: s.comma})
		}
	}
	return all
}
