package train

import (
	"fmt"
	"slices"
	"strings"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	_ "ssdgm/train/data/all" // what data.name may be
)

func init() {
	configs.RegisterChoices("data.name", data.Names)
	configs.RegisterUse("files", readsFiles)
	configs.RegisterUse("own-files", func(set string) bool {
		source, known := data.Lookup(set)
		return !known || source.Kind == data.Own
	})
	for _, use := range []string{data.ByPath, data.OfTable, data.OfImages} {
		configs.RegisterUse(use, func(set string) bool {
			source, _ := data.Lookup(set)
			return slices.Contains(source.Uses, use)
		})
	}
}

// dataset is the training part of a data set, as the loop sees it for one member: the
// examples are on a device, and on the host are only those labels that training or
// validation may use.
type dataset struct {
	*corpus
	split                data.Split
	labels               []int32 // of every labelled and validation example, −1 for the others
	labelled, unlabelled int     // how many of each are trained on
	notes                []string
	used                 *Composition
}

// corpus is what members with the same training examples share.
type corpus struct {
	name          string
	n, d          int // examples, and values that a model sees of one
	height, width int
	raw           int // values of an example in the set
	classes       int
	classNames    []string
	input         *transform.Transformation // raw values to what a model sees
	found         *transform.Findings
	others        map[string]*corpus // with other transformations, see with
	digest        string
	validation    int             // of them, the last ones, are kept for validation
	everyone      []int32         // examples that are trained on: all but the validation ones
	config        *configs.Config // which of the examples are used
	part          data.Part
	examples      *data.Set // without its labels, until a device has them
	room          int64     // how many bytes of values memory has room for
	place         func(example int) int32
}

// Parts opens a configuration's data set: the training part and the test part. The
// data are the same for every seed.
func Parts(c *configs.Config) (train, test data.Part, err error) {
	limit := 0
	if source, _ := data.Lookup(c.Data.Name); c.Data.Train > 0 && source.Kind == data.Drawn {
		limit = c.Data.Train + c.Data.Validation
	}
	return data.Open(data.Options{
		Name: c.Data.Name, Dir: c.Data.Dir, LabelColumn: c.Data.LabelColumn, Train: limit, Test: c.Data.Test, Own: OwnOptions(c),
	})
}

// loadCorpus reads the training part. The labels go no further than the members' splits.
func loadCorpus(c *configs.Config, part data.Part, with fitter) (*corpus, *data.Set, error) {
	var set *data.Set
	var validation int
	var err error
	data.Patiently(part, with.note, func() { set, validation, err = trainingSet(c, part) })
	if err != nil {
		return nil, nil, err
	}
	input, found, err := with.fit(c, set, validation)
	if err != nil {
		return nil, nil, err
	}
	return &corpus{
		validation: validation, input: input, found: found, raw: set.D(),
		name: set.Name, n: set.N, d: input.Out(), height: set.Height, width: set.Width, classes: set.Classes,
		classNames: set.ClassNames, digest: set.Digest(), everyone: infer.Sequence(max(0, set.N-validation)),
		config: c, part: part, examples: withoutLabels(set), place: places(set), room: valuesRoom(),
	}, set, nil
}

// places tells where an example stands in the files. It keeps no example.
func places(set *data.Set) func(example int) int32 {
	only := data.Set{Places: set.Places}
	return only.Place
}

// trainingSet reads what a configuration uses of the training part. The last examples, so many, are those for
// validation.
func trainingSet(c *configs.Config, part data.Part) (set *data.Set, validation int, err error) {
	set, err = part.Load()
	if err == nil {
		err = set.Check()
	}
	if err == nil {
		validation = heldOut(c, set)
		set.Note(overruled(c, set))
		set, err = limited(c.Data.Train, validation, set)
	}
	return set, validation, err
}

// CompareData reads the training part that a model's configuration names and returns a line for the user where it is
// not what the model was trained on; none where it is, or where the model does not know.
func CompareData(m *trained.Model, part data.Part) string {
	if m.Data == "" {
		return ""
	}
	set, _, err := trainingSet(m.Config, roomy(part))
	if err != nil {
		return fmt.Sprintf("whether the data are those that the model was trained on is not known: %v", err)
	}
	if set.ClassNames != nil && !slices.Equal(set.ClassNames, m.ClassNames) {
		return fmt.Sprintf("the classes that the model was trained on have other names than those of the training part of %s "+
			"here; they are compared by their order", set.Name)
	}
	if found := set.Digest(); found != m.Data {
		return fmt.Sprintf("the model was trained on data with sha256 %.12s…, but the training part of %s here has %.12s…: "+
			"its test part may be another one too", m.Data, set.Name, found)
	}
	return ""
}

// withoutLabels is a set's examples alone.
func withoutLabels(set *data.Set) *data.Set {
	examples := *set
	examples.Labels = nil
	return &examples
}

// takeExamples gives the examples away: a device has a copy, and two would be one too many. Another
// device has them read again.
func (k *corpus) takeExamples() (*data.Set, error) {
	if examples := k.examples; examples != nil {
		if examples.Spooled == nil {
			k.examples = nil
		}
		return examples, nil
	}
	set, _, err := trainingSet(k.config, k.part)
	return set, err
}

// newDataset draws a member's labels.
func newDataset(c *configs.Config, k *corpus, set *data.Set) (*dataset, error) {
	split, err := divide(c, set)
	if err != nil {
		return nil, err
	}
	ds := &dataset{corpus: k, split: split, labelled: len(split.Labelled), unlabelled: len(split.Unlabelled)}
	ds.notes, ds.used = lacking(c, set, split), compositionOf(set, split)
	ds.labels = make([]int32, set.N)
	for i := range ds.labels {
		ds.labels[i] = -1
	}
	for _, known := range [][]int32{split.Labelled, split.Validation} {
		for _, i := range known {
			ds.labels[i] = int32(set.Labels[i])
		}
	}
	return ds, nil
}

// half is about how many labels, equally many of each class, are half of those that the rarest class has.
func (ds *dataset) half() int {
	counts := make([]int, ds.classes)
	for _, label := range ds.labelsOf(ds.split.Labelled) {
		counts[label]++
	}
	return max(1, slices.Min(counts)/2) * ds.classes
}

// lacking are lines for the user on classes that a classifier is not taught, or not judged by.
func lacking(c *configs.Config, set *data.Set, split data.Split) (notes []string) {
	if !c.Classifies() {
		return nil
	}
	note := func(format string, examples []int32) {
		absent := set.Absent(examples)
		if len(absent) == 0 || len(examples) == 0 {
			return
		}
		names := make([]string, len(absent))
		for i, class := range absent {
			names[i] = data.Shown(set.ClassName(class))
		}
		notes = append(notes, fmt.Sprintf(format, strings.Join(names, ", ")))
	}
	note("no labelled example is of class %s: the classifier learns it from none", split.Labelled)
	note("no validation example is of class %s: what is chosen by validation is blind to it; raise data.validation",
		split.Validation)
	return notes
}

// limited is what is used of the training part: the first so many examples, 0 for all, and those for validation.
func limited(train, validation int, set *data.Set) (*data.Set, error) {
	set, err := set.Arranged(validation, train)
	if err != nil || train == 0 {
		return set, err
	}
	return limit(set, train, validation)
}

// divide splits what a configuration uses of the training part.
func divide(c *configs.Config, set *data.Set) (data.Split, error) {
	return data.NewSplit(set.Labels, set.Classes, data.SplitOptions{
		Seed: c.Seed, Labels: int(c.Data.Labels), LabelCounts: c.Data.LabelCounts, Validation: c.Data.Validation,
		ClassNames: set.ClassNames,
	})
}

// limit keeps the first n examples and the validation examples at the end.
func limit(set *data.Set, n, validation int) (*data.Set, error) {
	if n+validation > set.N {
		return nil, data.InputErrorf("data.train = %d and data.validation = %d: want at most %d examples in all, the size of %s; lower one of them",
			n, validation, set.N, set.Name)
	}
	return set.Ends(n, set.N-validation), nil
}

// labelsOf picks the labels of the given examples.
func (ds *dataset) labelsOf(index []int32) []int32 {
	picked := make([]int32, len(index))
	for b, i := range index {
		picked[b] = ds.labels[i]
	}
	return picked
}

// upload makes a shared array of example numbers.
func upload(dev engine.Device, host []int32) engine.Ints {
	a := dev.NewSharedInts(len(host))
	dev.WriteInts(a, 0, host)
	return a
}
