package frame

import (
	"fmt"
	"slices"
	"strings"

	"ssdgm/train/data/strict"
)

// Variable is one of the arrays of an archive.
type Variable struct {
	Name  string
	Shape []int // examples first
	Type  string
	Fault error // why it cannot be read
}

// width is how many elements a row has.
func (a Variable) width() int64 {
	if len(a.Shape) == 0 {
		return 0
	}
	n, ok := strict.Product(a.Shape[1:], MaxColumns)
	if !ok {
		return MaxColumns + 1
	}
	return n
}

// exampleNames are what the array of the examples is called where nothing else tells.
var exampleNames = []string{"X", "x", "data", "images", "features"}

// Examples tells which array of an archive is that of the examples: the one that the user names; the only one whose rows
// have several elements; one that is called so; or the only one.
func (o Options) Examples(arrays []Variable) (int, error) {
	if o.Variable != "" {
		return find(arrays, o.Variable, "data.variable")
	}
	var all, wide []int
	for i, a := range arrays {
		if a.Fault == nil && len(a.Shape) > 0 {
			all = append(all, i)
			if a.width() > 1 {
				wide = append(wide, i)
			}
		}
	}
	for _, only := range [][]int{wide, all} {
		if len(only) == 1 {
			return only[0], nil
		}
		for _, name := range exampleNames {
			at := slices.IndexFunc(only, func(i int) bool { return arrays[i].Name == name })
			if at >= 0 {
				return only[at], nil
			}
		}
	}
	if len(all) == 0 {
		for _, a := range arrays {
			if a.Fault != nil {
				return 0, fmt.Errorf("array %.40q: %w", a.Name, a.Fault)
			}
		}
		return 0, strict.Errorf("wanted an array of examples, found %s", described(arrays))
	}
	return 0, strict.Errorf("wanted one array of examples, found %s; name it with data.variable", described(arrays))
}

// find is the array that the user has named.
func find(arrays []Variable, name, option string) (int, error) {
	at := slices.IndexFunc(arrays, func(a Variable) bool { return a.Name == name })
	switch {
	case at < 0:
		return 0, strict.Errorf("%s = %.40q: wanted one of the file's arrays, which are %s", option, name, described(arrays))
	case arrays[at].Fault != nil:
		return 0, fmt.Errorf("array %.40q: %w", name, arrays[at].Fault)
	case len(arrays[at].Shape) == 0:
		return 0, strict.Errorf("%s = %.40q: wanted an array of one dimension or more, found a single value", option, name)
	}
	return at, nil
}

// labelNames are what the array of the labels is called.
var labelNames = []string{"y", "Y", "label", "labels", "target", "targets", "class"}

// Labels tells which array of an archive is that of the labels of so many examples, which are in another one: the one
// that the user names; one that is called as the examples are, with y for x, or labels for images; or one that is called
// so. It is −1 where there is none.
func (o Options) Labels(arrays []Variable, examples, n int) (int, error) {
	if o.Label != "" {
		at, err := find(arrays, o.Label, "data.label_column")
		if err == nil && !labels(arrays[at], n) {
			err = strict.Errorf("wanted a label for each of %d examples, found %s", n, described(arrays[at:at+1]))
			if shape := arrays[at].Shape; len(shape) == 2 && shape[0] == n {
				err = fmt.Errorf("%w; if each row has a 1 in the place of its class, save argmax(axis=1) of it", err)
			}
		}
		return at, err
	}
	for _, name := range append(Partners(arrays[examples].Name), labelNames...) {
		at := slices.IndexFunc(arrays, func(a Variable) bool { return a.Name == name })
		if at >= 0 && at != examples && arrays[at].Fault == nil && labels(arrays[at], n) {
			return at, nil
		}
	}
	return -1, nil
}

// labels tells whether an array has one element for each of n examples: n, n×1 or 1×n.
func labels(a Variable, n int) bool {
	total, ok := strict.Product(a.Shape, int64(n))
	return ok && total == int64(n) && (len(a.Shape) == 1 || len(a.Shape) == 2 && slices.Contains(a.Shape, 1))
}

// Partners are the names of labels that go with the name of examples: y_train with x_train.
func Partners(examples string) (names []string) {
	for _, pair := range [][2]string{{"x", "y"}, {"X", "y"}, {"X", "Y"}} {
		if rest, found := strings.CutPrefix(examples, pair[0]); found {
			names = append(names, pair[1]+rest)
		}
	}
	for _, pair := range [][2]string{
		{"images-idx3", "labels-idx1"}, // as MNIST's files are called
		{"images", "labels"}, {"image", "label"}, {"data", "labels"}, {"data", "target"}, {"features", "labels"},
		{"arr_0", "arr_1"}, // as numpy.savez calls the first two
	} {
		if name := strings.Replace(examples, pair[0], pair[1], 1); name != examples {
			names = append(names, name)
		}
	}
	return names
}

// arraysTold is how many arrays a message names.
const arraysTold = 8

// described names some arrays.
func described(arrays []Variable) string {
	var all []string
	for _, a := range arrays[:min(len(arrays), arraysTold)] {
		what := "unreadable"
		if a.Fault == nil {
			what = a.Type
			if len(a.Shape) > 0 {
				what = strict.Join(a.Shape) + " of " + a.Type
			}
		}
		all = append(all, fmt.Sprintf("%.40q (%s)", a.Name, what))
	}
	if more := len(arrays) - arraysTold; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}
