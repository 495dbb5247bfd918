package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strings"
)

// The constants that device code knows: those of some types, and those whose names begin alike.
var (
	enumTypes    = []string{"Activation", "Binarise", "Decay", "Rule"}
	enumPrefixes = []string{"Fault", "Scalar", "Site"}
)

// enum is constants of package engine that device code has under names of its own.
type enum struct {
	name   string
	prefix bool // of the constants' names, not a type
	values []enumValue
}

type enumValue struct {
	name  string // in device code
	value int64
}

// enumsOf reads the constants of the Go package in a folder.
func enumsOf(folder string) ([]*enum, error) {
	set := token.NewFileSet()
	files, err := parseFolder(set, folder)
	if err != nil {
		return nil, err
	}
	// Constants need no imports, so what those would bring may be missing.
	config := types.Config{Importer: noImports{}, Error: func(error) {}}
	info := types.Info{Defs: map[*ast.Ident]types.Object{}}
	config.Check("engine", set, files, &info)

	var all []*enum
	for _, name := range enumTypes {
		all = append(all, &enum{name: name})
	}
	for _, name := range enumPrefixes {
		all = append(all, &enum{name: name, prefix: true})
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for _, name := range spec.Names {
				if c, ok := info.Defs[name].(*types.Const); ok && c.Parent() == c.Pkg().Scope() {
					addTo(all, c)
				}
			}
			return false
		})
	}
	for _, e := range all {
		if len(e.values) == 0 {
			return nil, fmt.Errorf("%s: no constants of %s", folder, e.name)
		}
	}
	return all, nil
}

// addTo adds a constant to the enum it belongs to, if any.
func addTo(all []*enum, c *types.Const) {
	named, _ := c.Type().(*types.Named)
	for _, e := range all {
		member := named != nil && named.Obj().Name() == e.name
		if e.prefix {
			member = named == nil && strings.HasPrefix(c.Name(), e.name)
		}
		if value, exact := constant.Int64Val(c.Val()); member && exact {
			e.values = append(e.values, enumValue{deviceName(c.Name(), e.name), value})
		}
	}
}

var wordEnd = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

// deviceName is what device code calls a constant: ReLU is RELU; where the name
// begins with its enum's, its words are told apart: DecayNone is DECAY_NONE.
func deviceName(name, enum string) string {
	if rest, ok := strings.CutPrefix(name, enum); ok {
		name = enum + "_" + wordEnd.ReplaceAllString(rest, "${1}${3}_${2}${4}")
	}
	return strings.ToUpper(name)
}

// enumsFile is enums.cuh.
func enumsFile(all []*enum) []byte {
	var b bytes.Buffer
	b.WriteString("// Code generated from package engine by go generate ./kernels. DO NOT EDIT.\n#pragma once\n#include <stdint.h>\n")
	for _, e := range all {
		b.WriteString("\nenum " + e.name + " : int64_t {\n")
		next := int64(0)
		for _, v := range e.values {
			b.WriteString("  " + v.name)
			if v.value != next {
				fmt.Fprintf(&b, " = %d", v.value)
			}
			b.WriteString(",\n")
			next = v.value + 1
		}
		b.WriteString("};\n")
	}
	return b.Bytes()
}

// typesOf are the names of the types that the Go package in a folder declares.
func typesOf(folder string) (map[string]bool, error) {
	files, err := parseFolder(token.NewFileSet(), folder)
	all := map[string]bool{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if t, ok := n.(*ast.TypeSpec); ok {
				all[t.Name.Name] = true
			}
			return true
		})
	}
	return all, err
}

// parseFolder parses the Go files of a folder, tests and generated ones aside.
func parseFolder(set *token.FileSet, folder string) ([]*ast.File, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		if !ast.IsGenerated(f) {
			files = append(files, f)
		}
	}
	return files, nil
}

type noImports struct{}

func (noImports) Import(path string) (*types.Package, error) { return nil, errors.New(path) }
