package configs

import (
	"cmp"
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Explanation tells what a key means.
type Explanation struct {
	Key     string // dotted
	Type    string // such as "an integer"
	Range   string // the bounds of a number or of every number of a list, or the words that are possible; empty: any
	Default string // as TOML has it
	Text    string // sentences: what it is, in which unit, and what the paper has
}

// Values are words to choose from: those that are possible, or else the default.
func (e Explanation) Values() []string {
	switch {
	case e.Type == "a string" && e.Range != "":
		return strings.Split(e.Range, ", ")
	case e.Type == "true or false":
		return []string{"true", "false"}
	}
	return []string{strings.Trim(e.Default, `"`)}
}

// Explain explains keys and the keys of tables, in the order of a configuration; all of them if none is named.
func Explain(names ...string) ([]Explanation, error) {
	l := &loader{fields: fieldsOf(Default())}
	fields := l.fields
	var all []Explanation
	for _, name := range names {
		switch {
		case name == seedsKey:
			all = append(all, Explanation{seedsKey, "a list of integers", "each ≥ 0", "none", severalSeeds})
		case name == gridTable, strings.HasPrefix(name, gridPrefix) && l.isTable(name), isGrid(name) && slices.Contains(l.keys(), strings.TrimPrefix(name, gridPrefix)):
			all = append(all, Explanation{gridPrefix + "KEY", "a list of values of any KEY", "", "none", severalValues})
		case !slices.ContainsFunc(fields, func(f field) bool { return f.within(name) }):
			return nil, &Error{Problems: []string{fmt.Sprintf("unknown key %s%s", name, cmp.Or(instead(name), suggest(name, l.names())))}}
		}
	}
	for _, f := range fields {
		if len(names) == 0 || slices.ContainsFunc(names, f.within) {
			all = append(all, f.explain())
		}
	}
	return all, nil
}

// What several runs are asked for with.
const (
	severalSeeds  = "one run for each seed, in a file before all tables. It is short for seed in the table grid."
	severalValues = "one run for each value and, of several keys, for each combination: [grid] with data.labels = [100, 600], " +
		"or --set grid.data.labels=[100,600]. See seeds."
)

// within tells whether a name is that of a field or of a table above it.
func (f field) within(name string) bool { return f.key == name || strings.HasPrefix(f.key, name+".") }

func (f field) explain() Explanation {
	e := Explanation{Key: f.key, Type: f.wanted(), Default: format(f.value), Text: comments()[f.of]}
	switch {
	case f.choices != nil:
		e.Range = strings.Join(f.choices, ", ")
	case f.rule != "" && f.value.Kind() == reflect.Slice:
		e.Range = "each " + f.rule
	case f.rule != "":
		e.Range = f.rule
	}
	return e
}

// sources are the files that declare the keys, whose comments explain them.
//
//go:embed config.go data.go baseline.go joint.go
var sources embed.FS

// comments are the first paragraphs of the comments of all fields, with TOML's names, by the struct and the field.
var comments = sync.OnceValue(func() map[string]string {
	texts := map[string]string{}
	names, _ := sources.ReadDir(".") // Of what is built in.
	for _, name := range names {
		text, _ := sources.ReadFile(name.Name())
		file, err := parser.ParseFile(token.NewFileSet(), name.Name(), text, parser.ParseComments)
		if err != nil {
			panic("configs: " + err.Error()) // The compiler has read it too.
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if declared, ok := spec.Type.(*ast.StructType); ok {
				for _, member := range declared.Fields.List {
					for _, of := range member.Names {
						paragraph, _, _ := strings.Cut(member.Doc.Text(), "\n\n")
						texts[spec.Name.Name+"."+of.Name] = tomlNames(strings.Join(strings.Fields(paragraph), " "))
					}
				}
			}
			return false
		})
	}
	return texts
})

var goWord = regexp.MustCompile(`\b[A-Z][A-Za-z0-9]*`)

// tomlNames puts the keys' names in the place of their fields'.
func tomlNames(text string) string {
	names := map[string]string{}
	for _, f := range fieldsOf(&Config{}) {
		_, name, _ := strings.Cut(f.of, ".")
		names[name] = f.name
	}
	return goWord.ReplaceAllStringFunc(text, func(word string) string { return cmp.Or(names[word], word) })
}
