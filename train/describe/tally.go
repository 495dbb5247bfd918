package describe

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"ssdgm/train/data/classes"
	"ssdgm/train/data/frame"
)

// Column is what is known of a column of a table.
type Column struct {
	Name string `json:"name"` // its heading, or its number from 1
	Kind string `json:"kind"` // number, words, mixed (numbers and words), index, images, or empty
	// Use is what it is for: label, value, one-hot or none, and Why says it of the last two, and of the label.
	Use string `json:"use"`
	Why string `json:"why,omitempty"`

	Missing   int `json:"missing"`
	Different int `json:"different,omitempty"` // texts, where they are few; 0: they are many
	// Of numbers that are there.
	Least *float64 `json:"least,omitempty"`
	Mean  *float64 `json:"mean,omitempty"`
	Most  *float64 `json:"most,omitempty"`
	// Common are the most frequent texts, where these are few.
	Common []Count `json:"common,omitempty"`

	head                     frame.Column
	at                       int
	numbers, words, infinite int
	sum                      float64
	counts                   map[string]int // of the texts; nil where they are too many
	keep                     int            // how many are kept before they are too many
}

// The words of Column.Kind and of Column.Use.
const (
	numberKind, wordsKind, mixedKind = "number", "words", "mixed"
	indexKind, imageKind, emptyKind  = "index", "images", "empty"
	unreadKind                       = "not read"

	labelUse, valueUse, oneHotUse, noUse = "label", "value", "one-hot", "none"
)

// How many different texts of a column are counted: of words, of numbers, and of numbers that may be labels or where
// there are many columns.
const (
	keepWords, keepNumbers, keepLabels = 1000, 32, 4 * classes.Most
	columnsFew                         = 4096
)

// newColumns makes an empty account of each column. label is that of the label, where it is known; else −1.
func newColumns(heads []frame.Column, label int) []*Column {
	columns := make([]*Column, len(heads))
	for at, head := range heads {
		c := &Column{Name: cmp.Or(head.Name, strconv.Itoa(at+1)), Use: valueUse, head: head, at: at}
		switch {
		case at == label || label < 0 && (at == 0 || at == len(heads)-1 || mayBeLabel(head.Name)):
			c.keep = keepLabels
		case len(heads) <= columnsFew:
			c.keep = keepNumbers
		}
		if c.keep > 0 && head.Kind != frame.Image {
			c.counts = map[string]int{}
		}
		columns[at] = c
	}
	return columns
}

// count takes account of all rows of a table.
func count(r frame.Reader, columns []*Column) (rows int, err error) {
	var numbers, texts []int
	var ofNumbers, ofTexts []*Column
	for at, c := range columns {
		switch {
		case c.head.Kind == frame.Image || c.head.Kind == frame.Unread:
		case c.head.Kind == frame.Number && c.counts == nil:
			numbers, ofNumbers = append(numbers, at), append(ofNumbers, c)
		default:
			texts, ofTexts = append(texts, at), append(ofTexts, c)
		}
	}
	r.Select(numbers, texts)
	x, words := make([]float32, len(numbers)), make([]string, len(texts))
	for ; ; rows++ {
		switch err := r.Next(x, words); {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return rows, err
		}
		for i, c := range ofNumbers {
			c.number(float64(x[i]))
		}
		for i, c := range ofTexts {
			c.text(words[i])
		}
	}
}

// number takes a number, NaN where it is missing.
func (c *Column) number(v float64) {
	switch {
	case math.IsNaN(v):
		c.Missing++
		return
	case math.IsInf(float64(float32(v)), 0):
		c.infinite++
	case c.Least == nil:
		least, most := v, v
		c.Least, c.Most = &least, &most
	default:
		*c.Least, *c.Most = min(*c.Least, v), max(*c.Most, v)
	}
	c.numbers++
	c.sum += v
}

// text takes a text, which may be that of a number.
func (c *Column) text(word string) {
	if word == frame.None {
		c.Missing++
		return
	}
	if v, ok := numberOf(word); ok {
		c.number(v)
	} else {
		c.words++
		c.keep = max(c.keep, keepWords)
	}
	if c.counts == nil {
		return
	}
	n, known := c.counts[word]
	if !known {
		if len(c.counts) >= c.keep {
			c.counts = nil
			return
		}
		word = strings.Clone(word)
	}
	c.counts[word] = n + 1
}

// numberOf is the number that a text is; truth values are numbers too.
func numberOf(word string) (v float64, ok bool) {
	switch {
	case strings.EqualFold(word, "true"):
		return 1, true
	case strings.EqualFold(word, "false"):
		return 0, true
	}
	v, err := strconv.ParseFloat(word, 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// commonMost is how many of its most frequent texts a column tells.
const commonMost = 5

// settle says what the cells of a column are.
func (c *Column) settle() {
	switch {
	case c.head.Kind == frame.Image:
		c.Kind = imageKind
	case c.head.Kind == frame.Unread:
		c.Kind = unreadKind
	case c.numbers+c.words == 0:
		c.Kind = emptyKind
	case c.head.Index:
		c.Kind = indexKind
	case c.words == 0:
		c.Kind = numberKind
	case c.numbers == 0 || c.head.Kind == frame.Text:
		c.Kind = wordsKind
	default:
		c.Kind = mixedKind
	}
	if c.words == 0 && c.numbers > 0 {
		mean := c.sum / float64(c.numbers)
		c.Mean = &mean
	} else {
		c.Least, c.Most = nil, nil
	}
	c.Different = len(c.counts)
	if c.words > 0 {
		c.Common = counted(c.counts)
		c.Common = c.Common[:min(commonMost, len(c.Common))]
	}
}

// counted are texts, the most frequent first.
func counted(counts map[string]int) []Count {
	all := make([]Count, 0, len(counts))
	for name, n := range counts {
		all = append(all, Count{name, n})
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// constant tells whether a column has one value only.
func (c *Column) constant() bool {
	return c.Least != nil && *c.Least == *c.Most && c.words == 0 && c.infinite == 0 || c.words > 0 && c.Different == 1
}
