package describe

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"ssdgm/configs"
	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/report"
)

// tableName and imagesName are data.name of the user's own.
const tableName, imagesName = "table", "images"

// TOML is a configuration to start from, with comments. It can be trained as it is.
func (d *Description) TOML() []byte {
	a := d.advise()
	t := newText()
	t.comment("%s: %s, %s examples of %s.", d.Path, d.Format, report.Thousands(d.Rows), d.shape())
	t.comment("To train on it: ssdgm train THIS_FILE.toml. What a key means: ssdgm config explain KEY.")
	t.key("model", a.model, d.modelWhy(a))
	if d.classifies() {
		t.key("yardstick", true, "also the supervised network, on the same labels")
	}
	t.table("data")
	t.key("name", d.Name, "")
	d.files(t)
	if d.Name == tableName {
		d.columns(t)
	}
	d.labels(t, a)
	t.key("scale", orAuto(d.asked.Scale), d.scaleWhy())
	if rule := d.missingRule(); rule != transform.Refuse {
		all, are, them := d.Rows*d.Values(), "are", "them"
		if d.missing() == 1 {
			are, them = "is", "it"
		}
		t.key("missing", rule, fmt.Sprintf("%s of %s values %s not there: mean fills %s, mask leaves %s out",
			report.Thousands(d.missing()), report.Thousands(all), are, them, them))
	}
	d.sizes(t, a)
	return t.bytes()
}

// files are the keys of where the data are.
func (d *Description) files(t *text) {
	o := d.asked
	if d.Dir != "" {
		t.key("dir", d.Dir, "")
	}
	for _, k := range []struct{ key, value string }{
		{"path", d.Path}, {"labels_path", d.LabelsPath}, {"unlabelled_path", o.UnlabelledPath},
		{"validation_path", o.ValidationPath}, {"validation_labels_path", o.ValidationLabelsPath},
		{"test_path", o.TestPath}, {"test_labels_path", o.TestLabelsPath}, {"variable", o.Variable},
		{"delimiter", o.Delimiter},
	} {
		if k.value != "" {
			t.key(k.key, k.value, "")
		}
	}
	if d.Name == imagesName {
		d.picture(t)
	}
	if o.Decimal != "" && o.Decimal != transform.Auto {
		t.key("decimal", o.Decimal, "")
	}
}

// picture are the keys of how images are read.
func (d *Description) picture(t *text) {
	o := d.asked
	if o.LabelColumn != "" {
		t.key("label_column", o.LabelColumn, "")
	}
	if len(o.Size) == 2 {
		t.key("size", o.Size, d.SizeWhy)
		t.key("resize", cmp.Or(o.Resize, "crop"), "or pad, or stretch")
	}
	if o.Channels != "" && o.Channels != transform.Auto {
		t.key("channels", o.Channels, "")
	}
}

// columns are the keys of which columns are what.
func (d *Description) columns(t *text) {
	switch {
	case d.LabelsPath != "":
	case d.Label == "" || !d.classifies():
		t.key("label_column", "none", "no label is used")
	default:
		t.key("label_column", d.Label, d.LabelWhy)
	}
	if d.asked.Columns != nil {
		t.key("columns", d.asked.Columns, "")
	}
	var dropped, hot []string
	var why []string
	for _, c := range d.Columns {
		switch {
		case c.Use == oneHotUse:
			hot = append(hot, c.Name)
		case c.Use == noUse && c.Kind != indexKind, c.Use == labelUse && !d.classifies():
			dropped = append(dropped, c.Name)
			if c.Why != "" && c.Use == noUse {
				why = append(why, data.Shown(c.Name)+": "+c.Why)
			}
		}
	}
	if dropped != nil {
		const most = 3
		for _, line := range why[:min(most, len(why))] {
			t.comment("%s", line)
		}
		if more := len(why) - most; more > 0 {
			t.comment("and %d more", more)
		}
		t.key("drop_columns", dropped, "")
	}
	if hot != nil {
		t.key("one_hot", hot, "each word becomes a column of 0 and 1")
	}
}

// labels are the keys of how many labels are used for what.
func (d *Description) labels(t *text, a advice) {
	if d.asked.MissingLabels != nil {
		t.key("missing_labels", d.asked.MissingLabels, "")
	}
	if d.classifies() {
		t.comment("%s", d.classList())
		if a.labels > 0 {
			t.key("labels", a.labels, "equally many of each class; the others are used without theirs, which M2 needs")
		} else {
			t.key("labels", "all", "or a number; of unequal classes label_counts = { "+
				configs.Format(d.Classes[0].Name)+" = 5, … }")
		}
	}
	of := "of the labelled examples, each class's share, drawn by the seed"
	if !d.classifies() {
		of = "of the examples, drawn by the seed"
	}
	switch {
	case d.testApart():
	case a.test > 0:
		t.key("test_fraction", a.test, of)
	default:
		t.comment("There are too few labels to keep some for a test: name a file of test examples with test_path.")
	}
	if !d.validationApart() {
		if a.validation > 0 {
			t.key("validation_fraction", a.validation, "also of them")
		} else {
			t.key("validation", 0, "")
		}
	}
}

// classList tells the classes in a line.
func (d *Description) classList() string {
	const most = 6
	var names []string
	for _, class := range d.Classes[:min(most, len(d.Classes))] {
		names = append(names, fmt.Sprintf("%s: %s", data.Shown(class.Name), report.Thousands(class.N)))
	}
	if more := len(d.Classes) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	line := fmt.Sprintf("%d classes, %s", len(d.Classes), strings.Join(names, ", "))
	if d.Unlabelled > 0 {
		line += "; without a label: " + report.Thousands(d.Unlabelled)
	}
	return line + "."
}

func (d *Description) modelWhy(a advice) string {
	if !d.classifies() {
		return "there are no labels of two classes or more: features are learnt, and no classifier"
	}
	if a.onValues {
		return "a classifier that learns from all examples, with a label and without"
	}
	return "M1 learns features from all examples, M2 a classifier on them"
}

func (d *Description) scaleWhy() string {
	if d.Least == nil {
		return d.Scale + " here"
	}
	return fmt.Sprintf("%s here: values are from %.5g to %.5g", d.Scale, *d.Least, *d.Most)
}

func orAuto(word string) string {
	if word == "" {
		return transform.Auto
	}
	return word
}

// sizes are the tables of what is trained.
func (d *Description) sizes(t *text, a advice) {
	if !a.onValues {
		t.table("m1")
		t.key("hidden", a.hidden, fmt.Sprintf("layers between an example's %s values and its features", report.Thousands(d.Values())))
		t.key("latents", a.latents, "features")
		t.key("output", transform.Auto, d.Output+" here")
		if d.classifies() && d.Rows < examplesFew {
			t.key("keep_above", 0.0, "of so few examples also features that vary little go to M2")
		}
		steps := m1Steps
		if d.Scale != transform.Pixels {
			steps = m1ColumnSteps
			t.key("weight_prior", 10.0, "of few rows M1 learns each by heart otherwise")
		}
		t.table("m1.train")
		t.key("batch_size", a.batch, "")
		t.key("steps", steps, "")
	}
	if !d.classifies() {
		return
	}
	d.classifier(t, a)
	t.table("supervised")
	t.key("hidden", a.hidden, "")
	t.table("supervised.train")
	t.key("batch_size", a.labelledBatch, "")
	t.key("steps", supervisedSteps, "")
}

// classifier is the table of M2, as the examples in configs/examples have it where it learns from values: a linear
// classifier on columns, and few latents, so that the label is left what tells the classes apart. On M1's features it is
// as the built-in configurations have it.
func (d *Description) classifier(t *text, a advice) {
	pixels, steps, rate := d.Scale == transform.Pixels, m2Steps, 0.01
	t.table("m2")
	t.key("hidden", a.hidden, "")
	switch {
	case !a.onValues:
		steps, rate = stackSteps, 0.005
		t.key("classifier_hidden", a.hidden, "")
		t.key("latents", min(10, a.latents), "")
		t.key("alpha", 3.0, "weight of the labels")
	case pixels:
		t.key("classifier_hidden", []int{50}, "")
		t.key("latents", 5, "few: what tells the classes apart is left to the label")
		t.key("alpha", 1.0, "weight of the labels")
	default:
		t.key("classifier_hidden", []int{}, "a linear classifier: of few labels a network learns them alone")
		t.key("latents", 2, "few: what tells the classes apart is left to the label")
		t.key("alpha", 3.0, "weight of the labels")
		t.key("weight_prior", 3.0, "")
	}
	t.table("m2.train")
	t.key("labelled_batch", a.labelledBatch, "")
	t.key("unlabelled_batch", a.batch, "")
	t.key("steps", steps, "")
	t.table("m2.train.optimiser")
	t.key("rate", rate, "")
	t.key("schedule", "cosine", "")
	t.key("final_rate_fraction", 0.01, "")
}

// text is TOML in the making.
type text struct {
	buffer  bytes.Buffer
	columns *tabwriter.Writer
}

func newText() *text {
	t := &text{}
	t.columns = tabwriter.NewWriter(&t.buffer, 0, 0, 2, ' ', 0)
	return t
}

func (t *text) comment(format string, args ...any) {
	fmt.Fprintf(t.columns, "# %s\n", oneLine(fmt.Sprintf(format, args...)))
}

// oneLine is a text that may stand in a comment.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
}

func (t *text) table(name string) { fmt.Fprintf(t.columns, "\n[%s]\n", name) }

func (t *text) key(key string, value any, why string) {
	if why != "" {
		why = "\t# " + oneLine(why)
	}
	fmt.Fprintf(t.columns, "%s = %s%s\n", key, configs.Format(value), why)
}

func (t *text) bytes() []byte {
	// A bytes.Buffer never refuses a write.
	_ = t.columns.Flush()
	return t.buffer.Bytes()
}
