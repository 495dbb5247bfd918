package report

import (
	"strings"
	"testing"

	"ssdgm/model/trained"
)

// TestTheClassesTableNamesThem holds the table of few classes, and which are left out of many.
func TestTheClassesTableNamesThem(t *testing.T) {
	var text strings.Builder
	e := &trained.Evaluation{Classes: []trained.ClassFigures{
		{Name: "cat", N: 2000, Wrong: 500, TakenFor: "\x1b[31mdog", Mistakes: 300}, {Name: "\x1b[31mdog", N: 10},
	}}
	if err := Classes(&text, e); err != nil {
		t.Fatal(err)
	}
	const want = `
  class           test images   wrong             most of them taken for
  cat                   2,000     500   25.00 %      "\x1b[31mdog" (300)
  "\x1b[31mdog"            10       0    0.00 %
`
	if text.String() != want {
		t.Errorf("found\n%swant\n%s", text.String(), want)
	}
	e.Classes = nil
	for i := range 30 {
		e.Classes = append(e.Classes, trained.ClassFigures{Name: strings.Repeat("x", i+1), N: 10, Wrong: i % 10, TakenFor: "y", Mistakes: 1})
	}
	text.Reset()
	if err := Classes(&text, e); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if len(lines) != 22 || !strings.Contains(lines[1], "90.00 %") || lines[21] != "  and 10 classes with no more mistakes than these; --json has all" {
		t.Errorf("found %d lines:\n%s", len(lines), text.String())
	}
	text.Reset()
	if err := Classes(&text, &trained.Evaluation{}); err != nil || text.Len() > 0 {
		t.Errorf("without classes: %q, %v", text.String(), err)
	}
}
