package npy

import (
	"strconv"
	"strings"

	"ssdgm/train/data/strict"
)

// header is what the dictionary says.
type header struct {
	descr   string
	fortran bool
	shape   []int
}

// parser takes a dictionary apart. The first fault stays; nothing is taken after it.
type parser struct {
	text   string
	at     int
	before int // bytes of the file before the text
	err    error
}

// parse reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } with the keys in any
// order, and nothing else: Python's expressions are many, and NumPy writes this one.
func parse(text []byte, before int) (header, error) {
	p := &parser{text: string(text), before: before}
	var h header
	seen := map[string]bool{}
	p.take("{")
	for p.err == nil && !p.next("}") {
		key := p.quoted()
		p.take(":")
		switch {
		case p.err != nil:
		case seen[key]:
			p.fail("a key that has not been yet")
		case key == "descr" && p.next("["):
			p.err = strict.Errorf("wanted elements of one type, found records of several; save a table of their fields")
		case key == "descr":
			h.descr = p.quoted()
		case key == "fortran_order":
			h.fortran = p.have("True")
			if !h.fortran {
				p.take("False")
			}
		case key == "shape":
			h.shape = p.tuple()
		default:
			p.fail("a key descr, fortran_order or shape before this")
		}
		seen[key] = true
		if !p.have(",") && !p.next("}") {
			p.fail("a comma or }")
		}
	}
	p.take("}")
	if p.err == nil && p.rest() != "" {
		p.fail("the end of the header")
	}
	if p.err == nil && len(seen) != 3 {
		p.err = strict.Errorf("wanted the keys descr, fortran_order and shape in the header, found %d of them", len(seen))
	}
	return h, p.err
}

// rest skips space and returns what is left.
func (p *parser) rest() string {
	for p.at < len(p.text) && strings.IndexByte(" \n\t\r", p.text[p.at]) >= 0 {
		p.at++
	}
	return p.text[p.at:]
}

// fail keeps the first fault: what was wanted at this place.
func (p *parser) fail(wanted string) {
	if p.err == nil {
		rest := p.rest()
		p.err = strict.Errorf("byte %d of the header: wanted %s, found %.20q", p.before+p.at, wanted, rest)
	}
}

// next tells whether a word comes next.
func (p *parser) next(word string) bool { return strings.HasPrefix(p.rest(), word) }

// have takes a word if it comes next.
func (p *parser) have(word string) bool {
	found := p.err == nil && p.next(word)
	if found {
		p.at += len(word)
	}
	return found
}

// take takes a word that must come next.
func (p *parser) take(word string) {
	if !p.have(word) {
		p.fail(word)
	}
}

// quoted takes a string without escapes, in either kind of quotes.
func (p *parser) quoted() string {
	rest := p.rest()
	if rest == "" || rest[0] != '\'' && rest[0] != '"' {
		p.fail("a string in quotes")
		return ""
	}
	word, _, closed := strings.Cut(rest[1:], rest[:1])
	if !closed {
		p.fail("a string in quotes that ends")
		return ""
	}
	p.at += len(word) + 2
	return word
}

// tuple takes whole numbers in parentheses.
func (p *parser) tuple() []int {
	var shape []int
	p.take("(")
	for p.err == nil && !p.next(")") {
		digits := p.rest()
		if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
			digits = digits[:end]
		}
		n, err := strconv.Atoi(digits)
		if err != nil {
			p.fail("a whole number that fits into 63 bits")
			return nil
		}
		p.at += len(digits)
		p.have("L") // as Python 2 wrote it
		shape = append(shape, n)
		if !p.have(",") {
			break
		}
	}
	p.take(")")
	return shape
}
