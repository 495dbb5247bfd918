package configs

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Error is a mistake in a configuration: everything that was found wrong with it, one a line.
type Error struct {
	Problems []string
}

func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

// Unwrap gives an error for each problem.
func (e *Error) Unwrap() []error {
	all := make([]error, len(e.Problems))
	for i, problem := range e.Problems {
		all[i] = errors.New(problem)
	}
	return all
}

// problem is one mistake and where it stands.
type problem struct {
	origin origin
	text   string
}

// failure makes the error out of the problems, in the order in which their places come; nil if there are none.
func failure(problems []problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b problem) int { return cmp.Compare(a.origin.rank(), b.origin.rank()) })
	e := &Error{}
	for _, p := range problems {
		e.Problems = append(e.Problems, p.origin.String()+": "+p.text)
	}
	return e
}

// origin is where a value comes from: a line of a file, a --set, or neither, which is the default.
type origin struct {
	file string
	line int
	set  int // 1 for the first --set of the command line, and so on
}

func (o origin) String() string {
	switch {
	case o.set > 0:
		return "--set"
	case o.line > 0:
		return o.file + ":" + strconv.Itoa(o.line)
	case o.file != "":
		return o.file
	}
	return "default"
}

// rank puts a file as a whole first, then its lines, then each --set.
func (o origin) rank() int {
	if o.set > 0 {
		return 1<<30 + o.set
	}
	return o.line
}

// Origins knows where each value of a configuration comes from.
type Origins struct {
	// Idle tells, a line for each kind, of keys that were given a value and have no effect on what is run.
	Idle []string

	file   string
	byKey  map[string]origin
	labels bool // data.labels was made from data.label_counts
}

// Of says where the value of a dotted key comes from: "default", "FILE:LINE" or "--set".
func (o *Origins) Of(key string) string {
	if key == "data.labels" && o.labels {
		return "sum of data.label_counts"
	}
	return o.byKey[key].String()
}

// given tells whether a key has been given a value.
func (o *Origins) given(key string) bool {
	_, ok := o.byKey[key]
	return ok
}

// place is where a mistake in a key's value is to be mended: where the value comes from, or the file that leaves it out.
func (o *Origins) place(key string) origin {
	if from, ok := o.byKey[key]; ok {
		return from
	}
	return origin{file: o.file}
}
