package text

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"ssdgm/train/data/classes"
)

// look is what the first rows tell of a column.
type look struct {
	word, number bool // what its first cell is; neither where that is missing
	numeric      bool // the cells below are numbers, as far as they are there
	fractions    bool // some of them are no whole ones
	again        bool // the first cell stands below too
}

// looks tells what a column looks like.
func (t *table) look(column int) look {
	first := strings.TrimSpace(t.ahead[0].fields[column])
	_, isNumber := t.value(first)
	l := look{number: isNumber, word: !isNumber && !t.marks.Missing(first)}
	words := false
	for _, below := range t.ahead[1:] {
		cell := strings.TrimSpace(below.fields[column])
		l.again = l.again || cell == first
		if t.marks.Missing(cell) {
			continue
		}
		value, isNumber := t.value(cell)
		words = words || !isNumber
		l.numeric = l.numeric || isNumber
		l.fractions = l.fractions || value != math.Trunc(value)
	}
	l.numeric = l.numeric && !words
	return l
}

// headed tells whether the first line is a heading. One has a word where numbers stand below it, more often than a
// number; or the name of the label's column; or only words, of which none stands below it; or the columns' numbers.
func (t *table) headed() bool {
	first := t.ahead[0].fields
	var words, numbers, above, beside, again int
	fractions := true
	for i, name := range first {
		l := t.look(i)
		switch {
		case l.word:
			words++
			above += one(l.numeric)
			known := func(n string) bool { return strings.EqualFold(n, strings.TrimSpace(name)) }
			if !l.again && slices.ContainsFunc(classes.Headings, known) {
				return true
			}
		case l.number:
			numbers++
			beside += one(l.numeric)
			fractions = fractions && l.fractions
		}
		again += one(l.word && l.again)
	}
	switch {
	case above > beside:
		return true
	case words > 0 && numbers == 0 && above == 0:
		return again == 0 && (len(first) > 1 || t.recur())
	case t.counts(0):
		return t.numbered(first[1:], 1)
	case words > 0:
		return t.numbered(first[1:], leastNumbered)
	case fractions:
		return t.numbered(first, leastOfFractions)
	}
	return t.numbered(first, leastAlone)
}

// So many numbers in order are headings: beside a word; alone; and above fractions.
const leastNumbered, leastAlone, leastOfFractions = 4, 8, 3

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// recur tells whether the texts of a table of one column are few: those of classes.
func (t *table) recur() bool {
	different := map[string]bool{}
	for _, below := range t.ahead[1:] {
		different[below.fields[0]] = true
	}
	return 2*len(different) <= len(t.ahead)-1
}

// numbered tells whether fields of a heading are at least so many numbers, each one more than that before it, and the
// fields of the line below are not.
func (t *table) numbered(fields []string, least int) bool {
	ascending := func(fields []string) bool {
		before := 0
		for i, field := range fields {
			n, err := strconv.Atoi(strings.TrimSpace(field))
			if err != nil || i > 0 && n != before+1 {
				return false
			}
			before = n
		}
		return true
	}
	if len(fields) < least || len(t.ahead) < 2 || !ascending(fields) {
		return false
	}
	below := t.ahead[1].fields
	return !ascending(below[len(below)-len(fields):]) || len(fields) == 1
}

// counts tells whether a column without a heading counts the rows, from 0 as pandas does it.
func (t *table) counts(column int) bool {
	if len(t.columns) < 2 || len(t.ahead) < 2 || strings.TrimSpace(t.ahead[0].fields[column]) != "" {
		return false
	}
	for i, below := range t.ahead[1:] {
		if strings.TrimSpace(below.fields[column]) != strconv.Itoa(i) {
			return false
		}
	}
	return true
}

// numbersRows tells whether the cells of a column are whole numbers, each another one.
func (t *table) numbersRows(column int) bool {
	seen := map[string]bool{}
	for _, below := range t.ahead {
		cell := strings.TrimSpace(below.fields[column])
		if _, err := strconv.Atoi(cell); err != nil || seen[cell] {
			return false
		}
		seen[cell] = true
	}
	return true
}
