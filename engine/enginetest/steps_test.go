package enginetest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest/cases"
	"ssdgm/engine/ref"
)

// stepTypes are the types of package engine that have a method Args: a step that a device lacks
// does not fail to compile, so they are listed from the source.
func stepTypes(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no source of package engine: %v", err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "Args" {
				continue
			}
			if receiver, ok := f.Recv.List[0].Type.(*ast.Ident); ok {
				names = append(names, receiver.Name)
			}
		}
	}
	return names
}

// Each device runs the suite, so that a step in it is one that every device has.
func TestEveryStepOfTheContractIsInTheSuite(t *testing.T) {
	known := stepTypes(t)
	if len(known) < 20 {
		t.Fatalf("found the steps %v alone", known)
	}
	tested := map[string]bool{}
	for _, s := range cases.Steps() {
		dev := ref.New[float32](1)
		for _, all := range [][]cases.Case{s.Ragged(), s.Quick()} {
			if len(all) == 0 {
				t.Errorf("%s has no ragged or no quick case", s.Name)
				continue
			}
			if got := engine.Name(all[0].Set(cases.New(dev, cases.Seeds(1), cases.Layout{}))); got != s.Name {
				t.Errorf("the cases of %s are of %s", s.Name, got)
			}
		}
		tested[s.Name] = true
	}
	for _, name := range known {
		if !tested[name] {
			t.Errorf("%s has no cases; add them to package cases", name)
		}
		delete(tested, name)
	}
	for name := range tested {
		t.Errorf("the suite has cases of %s, which is no step", name)
	}
}

func TestEveryRuleIsInTheSuite(t *testing.T) {
	for i, rule := range engine.Rules() {
		if i >= len(cases.Rules) || cases.Rules[i].Options.Rule != rule {
			t.Errorf("cases.Rules lacks %v at place %d, its number", rule, i)
		}
	}
}

// The work of a product is told twice: by its cases, for the benchmarks' figures, and by the step.
func TestCasesCountTheWorkOfTheirStep(t *testing.T) {
	for _, s := range cases.Steps() {
		for _, c := range s.Quick() {
			step := c.Set(cases.New(ref.New[float32](1), cases.Seeds(1), cases.Layout{}))
			if got, want := step.Cost(1).FLOP, float64(c.FLOP); got != want {
				t.Errorf("%s %s: the step says %g FLOP, the case %g", s.Name, c.Name, got, want)
			}
		}
	}
}
