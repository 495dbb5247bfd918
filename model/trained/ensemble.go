package trained

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"ssdgm/model/trained/format"
)

// Member is a model of an ensemble.
type Member struct {
	Name  string // what a message calls it, as its run folder
	Model *Model
}

// Ensemble is several models of the same classes and inputs. Its q(y|x) is the mean of theirs, each by its own
// temperature (Lakshminarayanan et al. 2017, "Simple and scalable predictive uncertainty estimation using deep
// ensembles", equation 3). Classes are matched by their names, and columns by theirs where all models name them: their
// order, and what the rows are, is the first model's.
type Ensemble struct {
	members []*matched
}

// matched is a member and where it has what the first one has.
type matched struct {
	*Applied
	classes []int // of the first model's classes, its own
	columns []int // of its own columns, the first model's; nil: they are in the same order
	rows    []float32
}

// NewEnsemble brings the models to their devices, see Model.Apply. It is an error, ErrInput, which names the model, if
// one has other classes or other inputs than the first. Close it.
func NewEnsemble(members ...Member) (_ *Ensemble, err error) {
	if len(members) == 0 {
		return nil, format.Errorf("ensemble: want at least 1 model, found none")
	}
	e := &Ensemble{}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	for i, m := range members {
		if m.Model == nil {
			return nil, format.Errorf("ensemble: want a model in each member, found none in member %d, %q", i, m.Name)
		}
		own, err := m.match(members[0])
		if err != nil {
			return nil, err
		}
		if own.Applied, err = m.Model.Apply(); err != nil {
			return nil, err
		}
		e.members = append(e.members, own)
	}
	return e, nil
}

// match finds the first model's classes and columns in another.
func (m Member) match(first Member) (*matched, error) {
	a, b, own := first.Model, m.Model, &matched{}
	if !b.classifies() {
		return nil, format.Errorf("ensemble: want models with a classifier, found model = %q in %s; leave it out",
			b.Config.Model, m.Name)
	}
	names := b.Classes()
	for _, name := range a.Classes() {
		own.classes = append(own.classes, slices.Index(names, name))
	}
	if at := slices.Index(own.classes, -1); at >= 0 || len(names) != a.K {
		return nil, format.Errorf("ensemble: want models of the same classes, found %s in %s and %s in %s; leave one out",
			words(a.Classes()), first.Name, words(names), m.Name)
	}
	if a.Inputs != b.Inputs {
		return nil, format.Errorf("ensemble: want models of the same inputs, found %d values in %s and %d in %s; leave one out",
			a.Inputs, first.Name, b.Inputs, m.Name)
	}
	if a.Input.Image() != b.Input.Image() {
		kind := map[bool]string{false: "real values", true: "pixels from 0 to 1"}
		return nil, format.Errorf("ensemble: want models of the same inputs, found %s in %s and %s in %s; leave one out",
			kind[a.Input.Image()], first.Name, kind[b.Input.Image()], m.Name)
	}
	return own, own.match(a.Input.Columns(), b.Input.Columns(), first.Name, m.Name)
}

// match finds a model's columns among the first one's, whatever their capitals where none is the same.
func (m *matched) match(first, own []string, firstName, name string) error {
	if first == nil || own == nil {
		return nil
	}
	inOrder := true
	for j, column := range own {
		at := slices.Index(first, column)
		if at < 0 {
			at = slices.IndexFunc(first, func(other string) bool { return strings.EqualFold(other, column) })
		}
		if at < 0 || slices.Contains(m.columns, at) {
			return format.Errorf("ensemble: want models of the same inputs, found the column %.60q in %s, which %s lacks; "+
				"leave one out", column, name, firstName)
		}
		m.columns = append(m.columns, at)
		inOrder = inOrder && at == j
	}
	if inOrder {
		m.columns = nil
	}
	return nil
}

// words lists names, the first few.
func words(names []string) string {
	const most = 12
	var all []string
	for _, name := range names[:min(most, len(names))] {
		if strings.ContainsAny(name, ",\"") {
			name = strconv.Quote(name)
		}
		all = append(all, name)
	}
	if len(names) > most {
		all = append(all, "…")
	}
	return strings.Join(all, ", ")
}

// Classify gives the mean of the models' probabilities of the classes, [n, K], of rows x, [n, Inputs].
func (e *Ensemble) Classify(ctx context.Context, x []float32) ([]float32, error) {
	var sums []float64
	classes := len(e.Classes())
	for _, m := range e.members {
		p, err := m.Applied.Classify(ctx, m.own(x))
		if err != nil {
			return nil, err
		}
		if sums == nil {
			sums = make([]float64, len(p))
		}
		for at := 0; at < len(p); at += classes {
			for k, own := range m.classes {
				sums[at+k] += float64(p[at+own])
			}
		}
	}
	means := make([]float32, len(sums))
	for i, sum := range sums {
		means[i] = float32(sum / float64(len(e.members)))
	}
	return means, nil
}

// own puts the columns of rows into the model's own order.
func (m *matched) own(x []float32) []float32 {
	d := len(m.columns)
	if d == 0 || len(x)%d != 0 { // which Classify refuses
		return x
	}
	m.rows = slices.Grow(m.rows[:0], len(x))[:len(x)]
	for at := 0; at < len(x); at += d {
		for j, column := range m.columns {
			m.rows[at+j] = x[at+column]
		}
	}
	return m.rows
}

// Classes names the classes, in the first model's order.
func (e *Ensemble) Classes() []string { return e.members[0].Classes() }

// Inputs is how many raw values a row has.
func (e *Ensemble) Inputs() int { return e.members[0].Inputs() }

// Models are those of the members, in their order.
func (e *Ensemble) Models() []*Model {
	var all []*Model
	for _, m := range e.members {
		all = append(all, m.Model())
	}
	return all
}

// Close closes the models' devices.
func (e *Ensemble) Close() error {
	var err error
	for _, m := range e.members {
		err = errors.Join(err, m.Close())
	}
	return err
}
