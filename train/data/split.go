package data

import (
	"fmt"
	"slices"
	"strconv"

	"ssdgm/train/data/rng"
)

// Split says what each training example is used for, by its place in the file.
// The three lists are ascending and share no place.
type Split struct {
	Labelled   []int32 // their labels are used for training
	Unlabelled []int32 // only their images are
	Validation []int32 // held out; the same for every seed
}

// SplitOptions say how many examples of each kind there are.
type SplitOptions struct {
	Seed        uint64
	Labels      int      // labelled examples, equally many of each class
	LabelCounts []int    // labelled examples of each class; where given, Labels is not used
	Validation  int      // the last so many examples are held out, as is usual for MNIST
	ClassNames  []string // for messages; nil: by their numbers
}

// splitKey keeps the streams of splits apart from others with the same seed.
const splitKey = 0x73706c6974 // "split"

// NewSplit draws the labelled examples. They are a function of the labels and the
// options alone, on every machine and for every version of Go: each class has a
// stream of its own, keyed by the seed, and takes the first places of a
// Fisher-Yates shuffle of its examples. More labels of one seed thus contain
// fewer, and one class's count does not touch another's examples.
func NewSplit(labels []uint8, classes int, options SplitOptions) (Split, error) {
	if options.Validation < 0 || options.Validation >= len(labels) {
		return Split{}, InputErrorf("split: wanted 0 to %d validation examples, found %d: the data set has %d in all; "+
			"lower data.validation", len(labels)-1, options.Validation, len(labels))
	}
	rest := len(labels) - options.Validation
	if classes == 0 {
		places := sequence(len(labels))
		return Split{Unlabelled: places[:rest], Validation: places[rest:]}, nil
	}
	members, unknown := byClass(labels[:rest], classes)
	counts, err := options.perClass(members, rest)
	if err != nil {
		return Split{}, err
	}
	if i := slices.Index(labels[rest:], Unlabelled); i >= 0 {
		return Split{}, InputErrorf("split: wanted labels of all %d validation examples, the last of the training part, found none of example %d; put labelled examples last or lower data.validation",
			options.Validation, rest+i)
	}
	split := Split{Unlabelled: unknown}
	for class, count := range counts {
		if count > len(members[class]) {
			return Split{}, options.tooFew(class, count, rest, members)
		}
		random := rng.New(splitKey, options.Seed, uint64(class))
		draw(members[class], count, &random)
		split.Labelled = append(split.Labelled, members[class][:count]...)
		split.Unlabelled = append(split.Unlabelled, members[class][count:]...)
	}
	slices.Sort(split.Labelled)
	slices.Sort(split.Unlabelled)
	split.Validation = sequence(len(labels))[rest:]
	return split, nil
}

// sequence is the places below n.
func sequence(n int) []int32 {
	places := make([]int32, n)
	for i := range places {
		places[i] = int32(i)
	}
	return places
}

// tooFew is the error of a class that has fewer examples than are to be labelled. What it advises can be done.
func (o SplitOptions) tooFew(class, count, rest int, members [][]int32) error {
	advice := o.most(members)
	if len(o.LabelCounts) > 0 {
		advice = "ask for fewer of it"
	}
	return InputErrorf("split: wanted %d labelled examples of class %s, found %d in the %d training examples; %s",
		count, o.name(class), len(members[class]), rest, advice)
}

// most says how many labels there can be.
func (o SplitOptions) most(members [][]int32) string {
	fewest := len(members[0])
	for _, class := range members {
		fewest = min(fewest, len(class))
	}
	if fewest == 0 {
		return "say how many there are to be of each class with data.label_counts, or keep fewer for validation and test"
	}
	return fmt.Sprintf("ask for data.labels = %d at most, %d of each class, or say how many of each with data.label_counts",
		fewest*len(members), fewest)
}

// name is what messages call a class.
func (o SplitOptions) name(class int) string {
	if o.ClassNames == nil {
		return strconv.Itoa(class)
	}
	return fmt.Sprintf("%.40q", o.ClassNames[class])
}

// perClass returns how many labelled examples each class gets out of available.
func (o SplitOptions) perClass(members [][]int32, available int) ([]int, error) {
	classes := len(members)
	if len(o.LabelCounts) > 0 {
		return o.LabelCounts, o.checkCounts(classes)
	}
	if o.Labels < 0 || o.Labels > available {
		return nil, InputErrorf("split: wanted 0 to %d labelled examples, found %d; %s", available, o.Labels, o.most(members))
	}
	if o.Labels%classes != 0 {
		below := o.Labels - o.Labels%classes
		if below == 0 {
			return nil, InputErrorf("split: wanted equally many labels for each of %d classes, found %d labels; ask for %d",
				classes, o.Labels, classes)
		}
		return nil, InputErrorf("split: wanted equally many labels for each of %d classes, found %d labels; ask for %d or %d", classes, o.Labels, below, below+classes)
	}
	return slices.Repeat([]int{o.Labels / classes}, classes), nil
}

// checkCounts returns an error unless there is one sensible count for each class.
func (o SplitOptions) checkCounts(classes int) error {
	if len(o.LabelCounts) != classes {
		return InputErrorf("split: wanted one label count for each of %d classes, found %d", classes, len(o.LabelCounts))
	}
	for class, count := range o.LabelCounts {
		if count < 0 {
			return InputErrorf("split: wanted 0 or more labelled examples of class %s, found %d", o.name(class), count)
		}
	}
	return nil
}

// byClass lists the places of each class's examples, and of those that have no label.
func byClass(labels []uint8, classes int) (members [][]int32, unknown []int32) {
	members = make([][]int32, classes)
	for i, label := range labels {
		if label == Unlabelled {
			unknown = append(unknown, int32(i))
			continue
		}
		if int(label) >= classes {
			panic(fmt.Sprintf("data: label %d of %d classes", label, classes))
		}
		members[label] = append(members[label], int32(i))
	}
	return members, unknown
}
