// Package own is what the data sets of the user's own files share: where the files are, what their labels mean and which
// of the examples are kept apart for the test.
package own

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/strict"
)

// Spec is the options as a value that can be compared, so that runs on the same examples share them.
type Spec struct{ dir, text string }

// NewSpec keeps options.
func NewSpec(dir string, o data.OwnOptions) Spec {
	text, err := json.Marshal(o)
	if err != nil {
		panic("own: " + err.Error()) // of strings and finite numbers alone
	}
	return Spec{dir, string(text)}
}

// Options gives the options back.
func (s Spec) Options() (o data.OwnOptions) {
	if err := json.Unmarshal([]byte(s.text), &o); err != nil {
		panic("own: " + err.Error()) // NewSpec has written it
	}
	return o
}

// Path is where a file is that the options name: in the folder for data, if there is one, else in the working directory.
func (s Spec) Path(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.dir, path)
}

// Find holds that a path leads to something that can be read.
func Find(key, path string) error {
	err := strict.Dangling(path)
	if err == nil {
		if _, err = os.Stat(path); err == nil {
			return nil
		}
		err = strict.Path(err)
	}
	if !errors.Is(err, strict.ErrPath) {
		return err
	}
	return data.InputErrorf("%s: %w; a relative path is in data.dir (--data), or where there is none in the working directory",
		key, err)
}

// None is how messages tell the marks.
func (l Labels) None() string { return l.Told() + " are none" }

// marks are the words that stand for a missing label by themselves, in small letters.
var marks = []string{"", "na", "n/a", "nan", "<na>", "null", "none", "?", "-1"}

// MarksTold is how messages list them.
const MarksTold = "nothing, NA, nan, null, none, ? and -1"

// Labels turns the texts that stand for labels into the names of classes.
type Labels struct {
	missing []string // in small letters
}

// NewLabels takes the marks of a missing label; none: the usual ones.
func NewLabels(missing []string) Labels {
	if len(missing) == 0 {
		return Labels{marks}
	}
	l := Labels{[]string{""}}
	for _, mark := range missing {
		l.missing = append(l.missing, strings.ToLower(strings.TrimSpace(mark)))
	}
	return l
}

// Marks tells whether a text stands for a missing label, and whether the user has said so.
func (l Labels) Marks(text string) (mark, chosen bool) {
	return slices.Contains(l.missing, strings.ToLower(strings.TrimSpace(text))), !l.usual()
}

// usual tells whether the marks are the usual ones.
func (l Labels) usual() bool { return &l.missing[0] == &marks[0] }

// Told lists the marks for a message.
func (l Labels) Told() string {
	if l.usual() {
		return MarksTold
	}
	return "nothing, " + strings.Join(l.missing[1:], ", ")
}

// Name is the class that a text names, classes.None where it names none. Whole numbers have one name, however they are
// written.
func (l Labels) Name(text string) (string, error) {
	text = strings.TrimSpace(text)
	if slices.Contains(l.missing, strings.ToLower(text)) {
		return classes.None, nil
	}
	name := classes.Plain(text)
	if slices.Contains(l.missing, name) { // as −1.0 is −1
		return classes.None, nil
	}
	return name, classes.Check(name)
}

// Classes are the names of the classes of a training part's labels. Where a model learns from them there are two at least;
// where none does, there may be none, and of labels that can be no classes there are none. none says what has no label, and
// advice where labels are.
func Classes(path string, labels []string, none string, wanted bool, advice string) ([]string, error) {
	names := classes.Names(labels)
	fault := ""
	switch {
	case len(names) == 0:
		fault = fmt.Sprintf("wanted at least one label of a training example, found none (%s)", none)
	case len(names) == 1:
		fault = fmt.Sprintf("wanted labels of two classes or more, found only %.40q (%s)", names[0], none)
	case len(names) > classes.Most:
		fault = fmt.Sprintf("wanted at most %d classes, found %d different labels: they look like ids or real values",
			classes.Most, len(names))
	default:
		return names, nil
	}
	if wanted {
		return nil, data.InputErrorf("%s: %s; %s", path, fault, advice)
	}
	return nil, nil
}

// OtherColumn is the advice of Classes for a table.
const OtherColumn = "if the label is in another column, name it with data.label_column"

// Row is what messages call an example of a table, by its place.
func Row(at int) string { return fmt.Sprintf("row %d", at+1) }

// Numbers are the classes of labels, as a set has them. called is what messages call an example.
func Numbers(path string, labels, names []string, called func(at int) string) ([]uint8, error) {
	number := map[string]uint8{classes.None: data.Unlabelled}
	for class, name := range names {
		number[name] = uint8(class)
	}
	numbers := make([]uint8, len(labels))
	for i, label := range labels {
		class, known := number[label]
		if !known && names != nil {
			set := data.Set{Classes: len(names), ClassNames: names}
			return nil, data.InputErrorf("%s: wanted labels that the training part has (%s), found %.40q in %s",
				path, set.ClassList(), label, called(i))
		}
		if !known {
			class = data.Unlabelled
		}
		numbers[i] = class
	}
	return numbers, nil
}

// testStream is the stream of Stratified that draws the test part.
const testStream = 3

// Divide draws the test part of examples that have no other, each class's share: places in order. Examples without a
// label are in it only where no example has one.
func Divide(labels []uint8, classes int, o data.OwnOptions) (train, test []int32) {
	members := make([][]int32, max(1, classes))
	for i, label := range labels {
		switch {
		case classes == 0:
			members[0] = append(members[0], int32(i))
		case label != data.Unlabelled:
			members[label] = append(members[label], int32(i))
		}
	}
	total := 0
	for _, class := range members {
		total += len(class)
	}
	n := int(math.Round(o.TestFraction * float64(total)))
	test = data.Stratified(members, n, o.Seed, testStream)
	return data.Others(test, len(labels)), test
}

// Lacking is a line on the classes that no test example is of; empty where there is none.
func Lacking(set *data.Set) string {
	var names []string
	for class := range set.Classes {
		if !slices.Contains(set.Labels, uint8(class)) {
			names = append(names, data.Shown(set.ClassName(class)))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("no test example is of class %s: the test error says nothing of it", strings.Join(names, ", "))
}

// Counts tells how many examples of each class there are, and how many have no label.
func Counts(path string, set *data.Set, l Labels) string {
	const most = 10
	counts, unlabelled := set.Counts(set.All())
	var words []string
	for class, n := range counts[:min(most, set.Classes)] {
		words = append(words, fmt.Sprintf("%s %d", data.Shown(set.ClassName(class)), n))
	}
	if more := set.Classes - most; more > 0 {
		words = append(words, fmt.Sprintf("and %d classes more", more))
	}
	line := fmt.Sprintf("%s: %d examples of %d values: %s", path, set.N, set.D(), strings.Join(words, ", "))
	if set.Classes == 0 {
		line = fmt.Sprintf("%s: %d examples of %d values, no labels", path, set.N, set.D())
	}
	if unlabelled > 0 && set.Classes > 0 {
		line += fmt.Sprintf("; %d without a label (%s are none)", unlabelled, l.Told())
	}
	return line
}
