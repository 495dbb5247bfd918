package train

import (
	"fmt"
	"slices"
	"time"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/spec"
	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/run"
)

// What becomes of the examples before a model sees them: fitted on the training rows, taken from a checkpoint or with
// an M1 from elsewhere, applied while they are brought to a device.

// ruleOf is what a configuration asks of a set's values. "auto" looks at those of a table: real values that come
// another way, as through Arrays, are taken as they are.
func ruleOf(c *configs.Config, set *data.Set) transform.Rule {
	d := &c.Data
	rule := transform.Rule{Scale: d.Scale, PCA: d.PCA, Whiten: d.Whiten, Missing: d.Missing}
	source, _ := data.Lookup(d.Name)
	if set.Real() && rule.Scale == transform.Auto && !slices.Contains(source.Uses, data.OfTable) {
		rule.Scale = transform.None
	}
	return rule
}

// waitTold is how long a wait for principal components must be to be told.
const waitTold = 4 * time.Second

// fitter is what helps to read and fit; each may be nil.
type fitter struct {
	// known gives what an earlier process may have fitted on the same rows of so many values, or nil.
	known func(width int) *transform.Transformation
	tell  func(line string) // of a wait
}

func (f fitter) note(line string) {
	if f.tell != nil {
		f.tell(line)
	}
}

// fitter is that of a member in a folder: the newest checkpoint there has what was fitted. What is wrong with that is
// told when the run is opened.
func (s *Session) fitter(dir string, c *configs.Config) fitter {
	known := func(width int) *transform.Transformation {
		folder, err := run.View(dir)
		if err != nil {
			return nil
		}
		newest, _, err := folder.Latest(c.Phases()...)
		if err != nil || newest == nil {
			return nil
		}
		input, err := trained.InputOf(&newest.File, width)
		if err != nil {
			return nil
		}
		return input
	}
	return fitter{known, s.observer.Note}
}

// waiting tells of a long wait for so many components.
func (f fitter) waiting(components, width, rows int) func(time.Duration) {
	return func(wait time.Duration) {
		if wait > waitTold {
			f.note(fmt.Sprintf("data.pca = %d: fitting %d components of %d values on %d rows takes about %s",
				components, components, width, rows, message.Duration(wait)))
		}
	}
}

// fit gives the transformation that a configuration asks for, of a set whose last examples are kept for validation: it
// is fitted on the others, labelled or not, and all of them can be taken.
func (f fitter) fit(
	c *configs.Config, set *data.Set, validation int,
) (*transform.Transformation, *transform.Findings, error) {
	rows := set.N - validation
	if rows < 1 {
		rows = set.N // NewSplit says what is wrong.
	}
	table := transform.Table{
		Name: set.Name, Width: set.D(), Features: featuresOf(set), Image: !set.Real(), Rows: rawRows(set, rows),
	}
	if c.Data.PCA > 0 && f.known != nil {
		table.Known = f.known(table.Width)
	}
	table.Wait = f.waiting(c.Data.PCA, table.Width, rows)
	t, found, err := transform.Fit(ruleOf(c, set), table)
	if err == nil && set.Real() {
		err = t.Check(set.Name, rawRows(set, set.N))
	}
	if err != nil {
		return nil, nil, data.InputErrorf("%w", err)
	}
	return t, found, nil
}

// featuresOf are what a set's values stand for: a number each, where the set says no more than their names.
func featuresOf(set *data.Set) []transform.Feature {
	if set.Features != nil {
		return set.Features
	}
	var all []transform.Feature
	for _, name := range set.Columns {
		all = append(all, transform.Feature{Name: name})
	}
	return all
}

// rawRows walks over a set's first n examples; pixels are from 0 to 1.
func rawRows(set *data.Set, n int) transform.Rows {
	d := set.D()
	if set.Real() {
		return func(each func(row []float32) error) error {
			for i, row := range set.Rows() {
				if i == n {
					break
				}
				if err := each(row); err != nil {
					return err
				}
			}
			return set.Fault()
		}
	}
	return func(each func(row []float32) error) error {
		row, scale := make([]float32, d), set.Transform()
		for i := range n {
			for j, b := range set.Images[i*d:][:d] {
				row[j] = scale.Apply(float32(b))
			}
			if err := each(row); err != nil {
				return err
			}
		}
		return nil
	}
}

// with is a corpus whose examples go through another transformation of the same rule. There is one for each.
func (k *corpus) with(input *transform.Transformation) *corpus {
	digest := input.Digest()
	if digest == k.input.Digest() {
		return k
	}
	if k.others[digest] == nil {
		other := *k
		other.input, other.others = input, nil
		if k.others == nil {
			k.others = map[string]*corpus{}
		}
		k.others[digest] = &other
	}
	return k.others[digest]
}

// upload puts the examples on a device, [n, d]: pixels as bytes, else what a model sees of them. Those for which memory
// has no room stay in their file.
func (k *corpus) upload(dev engine.Device) (infer.Input, error) {
	set, err := k.takeExamples()
	if err != nil {
		return infer.Input{}, err
	}
	in := infer.Input{Width: k.d}
	switch {
	case k.fed():
		in.Rows = k.rows()
	case !k.input.Real():
		in.Images = dev.NewSharedBytes(len(set.Images))
		dev.WriteBytes(in.Images, set.Images)
	case k.input.Plain() && set.Real() && set.Spooled == nil:
		in.Floats = dev.NewSharedFloats(len(set.Floats))
		dev.WriteFloats(in.Floats, 0, set.Floats)
	default:
		in.Floats = dev.NewSharedFloats(set.N * k.d)
		err = k.eachSeen(set, func(at int, rows []float32) { dev.WriteFloats(in.Floats.Slice(at, len(rows)), 0, rows) })
	}
	return in, err
}

// seenRows is how many rows are transformed at once.
const seenRows = 4096

// eachSeen calls f with pieces of what a model sees of a set's examples and where each begins. f must not keep the
// rows.
func (k *corpus) eachSeen(set *data.Set, f func(at int, rows []float32)) error {
	d := set.D()
	raw, seen, at := make([]float32, 0, min(seenRows, set.N)*d), make([]float32, seenRows*k.d), 0
	flush := func() {
		rows := seen[:len(raw)/d*k.d]
		k.input.Apply(rows, raw)
		f(at, rows)
		at += len(rows)
		raw = raw[:0]
	}
	err := rawRows(set, set.N)(func(row []float32) error {
		if raw = append(raw, row...); len(raw) == cap(raw) {
			flush()
		}
		return nil
	})
	if len(raw) > 0 {
		flush()
	}
	return err
}

// settledInput is a configuration with what it leaves to the values: the scale of real ones, and the distribution of
// M1's output, of which a line for the user says why. It is an error where the configured one cannot be right.
func settledInput(c *configs.Config, k *corpus) (*configs.Config, []string, error) {
	if err := k.takes(c); err != nil {
		return nil, nil, err
	}
	own, notes := *c, []string(nil)
	if !k.input.Image() && own.Data.Scale == transform.Auto {
		own.Data.Scale = k.input.Kind
	}
	if own.M1.Output != transform.Auto {
		return &own, nil, nil
	}
	own.M1.Output = "bernoulli"
	why := "every value lies from 0 to 1"
	if k.found.Outside != "" {
		own.M1.Output, why = "gaussian", "the model sees real values: "+k.found.Outside
	}
	if k.input.Real() && c.TrainsM1() {
		notes = append(notes, fmt.Sprintf(`m1.output = "auto": %s, so p(x|z) is %q`, why, own.M1.Output))
	}
	return &own, notes, nil
}

// takes refuses a configuration of pixels for real values.
func (k *corpus) takes(c *configs.Config) error {
	if c.Data.Binarise != "none" && k.input.Real() {
		found := "holds real values"
		if k.input.Image() {
			found = fmt.Sprintf("becomes real values (%s)", k.input)
		}
		return data.InputErrorf("data.binarise = %q: %s %s, and only pixels are binarised; set it to \"none\"",
			c.Data.Binarise, k.name, found)
	}
	bernoulli := c.HasM1() && c.M1.Output != transform.Auto && spec.M1(c, k.d).Output == model.Bernoulli
	if bernoulli && k.found.Outside != "" {
		return data.InputErrorf("m1.output = %q: wanted values from 0 to 1, but the model sees other ones of %s: %s; "+
			`set it to "gaussian" or "auto"`, c.M1.Output, k.name, k.found.Outside)
	}
	return nil
}

// fewPasses is after how many passes over the data no M1 has learnt what its latents could be.
const fewPasses = 10

// whyNoLatents is the likely cause that no latent of M1 varies, found from the data and the configuration, as a clause
// of a message; empty where they tell none.
func (m *member) whyNoLatents() string {
	c, k := m.config, m.ds.corpus
	const likely = "; the likely cause is "
	scales := k.scales()
	switch {
	case c.M1.KeepAbove >= 1:
		return "; no mean varies by more than its prior N(0, 1) does"
	case scales != "":
		return likely + scales
	case c.TrainsM1() && m.passesOfM1() < fewPasses:
		return fmt.Sprintf(likely+"that M1 was trained for %d steps alone, %.2g passes over the data",
			m1Phase{}.steps(m), m.passesOfM1())
	case c.M1.Output == "gaussian" && k.found.Outside == "":
		return likely + `m1.output = "gaussian" of values from 0 to 1: set it to "bernoulli"`
	}
	return ""
}

// scales says of values that are far from standardised where a model sees them between which scales they lie, and what to
// do; empty of others.
func (k *corpus) scales() string {
	least, most := k.found.Least, k.found.Most
	if !k.input.Real() || most == 0 || least >= 0.1 && most <= 10 {
		return ""
	}
	return fmt.Sprintf("the scale of the values: the standard deviations of the columns of %s go from %.2g to %.2g; "+
		`set data.scale = "standard"`, k.name, least, most)
}

// passesOfM1 is how often M1 sees each training example.
func (m *member) passesOfM1() float64 {
	return float64(m1Phase{}.steps(m)*m.config.M1.Train.BatchSize) / float64(len(m.ds.everyone))
}
