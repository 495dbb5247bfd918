package input

import (
	"errors"
	"io"
	"slices"

	"ssdgm/model/trained"
	"ssdgm/train/data/frame"
)

// oneImage is an array whose rows are those of one image, as a program writes it that has no more than one.
type oneImage struct {
	frame.Reader
	height, width, channels int
	columns                 []frame.Column
	numbers, texts          []int
	line                    []float32
	words                   []string
	done                    bool
}

// asOneImage makes a row of an array of a model's height that could be nothing else; another table stays as it is.
func asOneImage(m *trained.Model, r frame.Reader) frame.Reader {
	columns := r.Columns()
	other := func(c frame.Column) bool { return c.Kind != frame.Number || c.Name != "" || c.Label }
	if !m.Input.Image() || m.Height < 2 || r.Rows() != m.Height || len(columns)*m.Height != m.Inputs ||
		slices.ContainsFunc(columns, other) {
		return r
	}
	one := &oneImage{Reader: r, height: m.Height, width: m.Width, channels: len(columns) / m.Width}
	for range m.Height {
		one.columns = append(one.columns, columns...)
	}
	return one
}

func (r *oneImage) Columns() []frame.Column { return r.columns }
func (r *oneImage) Rows() int               { return 1 }

func (r *oneImage) Shape() (height, width, channels int) { return r.height, r.width, r.channels }

func (r *oneImage) Select(numbers, texts []int) {
	r.numbers, r.texts = numbers, texts
	all := make([]int, len(r.columns)/r.height)
	for i := range all {
		all[i] = i
	}
	if len(texts) == 0 {
		r.Reader.Select(all, nil)
		return
	}
	r.Reader.Select(all, all)
}

// Verbatim has no effect: the texts of numbers of an array are the same either way.
func (r *oneImage) Verbatim([]int) {}

func (r *oneImage) Next(numbers []float32, texts []string) error {
	if r.done {
		return io.EOF
	}
	r.done = true
	n := len(r.columns)
	width := n / r.height
	r.line, r.words = make([]float32, n), make([]string, n)
	for y := range r.height {
		words := r.words[y*width:][:width]
		if len(r.texts) == 0 {
			words = nil
		}
		err := r.Reader.Next(r.line[y*width:][:width], words)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	for i, at := range r.numbers {
		numbers[i] = r.line[at]
	}
	for i, at := range r.texts {
		texts[i] = r.words[at]
	}
	return nil
}
