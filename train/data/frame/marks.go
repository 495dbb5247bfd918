package frame

import (
	"math"
	"strconv"
	"strings"

	"ssdgm/train/data/classes"
)

// Marks tell which cells are missing, and what the others say.
type Marks struct {
	words   map[string]bool // in small letters
	numbers []float64       // those of them that are numbers
}

// Marks are those of some options.
func (o Options) Marks() *Marks {
	missing := o.Missing
	if missing == nil {
		missing = MissingMarks
	}
	m := &Marks{words: map[string]bool{"": true}}
	for _, mark := range missing {
		mark = strings.ToLower(strings.TrimSpace(mark))
		m.words[mark] = true
		if value, err := strconv.ParseFloat(mark, 64); err == nil && !math.IsNaN(value) {
			m.numbers = append(m.numbers, value)
		}
	}
	return m
}

// Missing tells whether a text, without space around it, is a mark.
func (m *Marks) Missing(text string) bool {
	if text == "" {
		return true
	}
	const longest = 32 // No longer word is made small in vain.
	if len(text) <= longest && m.words[strings.ToLower(text)] || m.words[text] {
		return true
	}
	if len(m.numbers) == 0 {
		return false
	}
	value, ok := number(text)
	return ok && m.marked(value)
}

// marked tells whether a number is a mark, however it is written.
func (m *Marks) marked(value float64) bool {
	for _, mark := range m.numbers {
		if value == mark {
			return true
		}
	}
	return false
}

// HasNumbers tells whether some number is a mark.
func (m *Marks) HasNumbers() bool { return len(m.numbers) > 0 }

// Text is what a cell of text says: the words without the space around them, the shortest form of a number, or None.
func (m *Marks) Text(text string) string {
	text = strings.TrimSpace(text)
	if m.Missing(text) {
		return None
	}
	// A number beyond 2⁵³ may be a name that differs from another in the last of its digits.
	if value, ok := number(text); ok && math.Abs(value) < 1<<53 {
		return classes.Shortest(value, 64)
	}
	return text
}

// number is the number that a text is in digits; infinity and its like are words.
func number(text string) (value float64, ok bool) {
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false
	}
	value, err := strconv.ParseFloat(text, 64)
	return value, err == nil
}

// TextNumber is what a cell of text says as a number; not ok where it is a word.
func (m *Marks) TextNumber(text string) (value float32, ok bool) {
	text = strings.TrimSpace(text)
	if m.Missing(text) {
		return float32(math.NaN()), true
	}
	wide, err := strconv.ParseFloat(text, 64)
	return m.Number(wide), err == nil
}

// Number is what a cell of a number says: NaN where it is missing.
func (m *Marks) Number(value float64) float32 {
	if len(m.numbers) > 0 && m.marked(value) {
		return float32(math.NaN())
	}
	return float32(value)
}

// NumberText is the text of a cell of a number, of so many bits as a fraction: its shortest form, or None.
func (m *Marks) NumberText(value float64, bits int) string {
	if math.IsNaN(value) || m.marked(value) {
		return None
	}
	return classes.Shortest(value, bits)
}

// Places tells of each of n texts whether it is among some, see Reader.Verbatim.
func Places(places []int, n int) []bool {
	among := make([]bool, n)
	for _, at := range places {
		among[at] = true
	}
	return among
}

// Verbatim is the text of a number as it is, of so many bits as a fraction; of one that is none, None.
func Verbatim(value float64, bits int) string {
	if math.IsNaN(value) {
		return None
	}
	return classes.Shortest(value, bits)
}
