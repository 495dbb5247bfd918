package main

import (
	"bytes"
	"fmt"
	"go/format"
	"slices"
	"strings"
)

const generated = "// Code generated from the device code by go generate ./kernels. DO NOT EDIT.\n\npackage kernels\n\n"

// writer writes Go for what the device code declares.
type writer struct {
	device device
	enums  []*enum
	local  map[string]bool // the types that package kernels declares; others are engine's
	laid   []string        // the structs that arguments are made of
}

// kind is a parameter's type in Go, and the function that lays it out.
func (w *writer) kind(kind string) (goType, layer string, err error) {
	arrays := map[string]string{"float": "Floats", "double": "Doubles", "int32_t": "Ints", "uint8_t": "Bytes"}
	if element, ok := strings.CutPrefix(kind, "Array<"); ok {
		if a := arrays[strings.TrimPrefix(strings.TrimSuffix(element, ">"), "const ")]; a != "" {
			return a, "array", nil
		}
	}
	switch {
	case kind == "int64_t":
		return "int", "integer", nil
	case kind == "uint64_t":
		return "uint32", "integer", nil
	case kind == "double":
		return "float64", "number", nil
	case kind == "Flag":
		return "bool", "flag", nil
	case slices.ContainsFunc(w.enums, func(e *enum) bool { return e.name == kind && !e.prefix }):
		return "engine." + kind, "integer", nil
	case len(w.device.structs[kind]) > 0:
		if !slices.Contains(w.laid, kind) {
			w.laid = append(w.laid, kind)
		}
		if w.local[kind] {
			return kind, "lay" + kind, nil
		}
		return "engine." + kind, "lay" + kind, nil
	}
	return "", "", fmt.Errorf("%s: want an Array, int64_t, double, Flag, an enum, or a struct of those", kind)
}

// arguments is arguments.go.
func (w *writer) arguments() ([]byte, error) {
	b := bytes.NewBufferString(generated + "import \"ssdgm/engine\"\n")
	for _, k := range w.device.kernels {
		if err := w.kernel(b, k); err != nil {
			return nil, fmt.Errorf("%s.cu: %w", k.name, err)
		}
	}
	for i := 0; i < len(w.laid); i++ { // a struct may bring others
		if err := w.structure(b, w.laid[i]); err != nil {
			return nil, fmt.Errorf("struct %s: %w", w.laid[i], err)
		}
	}
	return format.Source(b.Bytes())
}

// kernel writes the struct of a kernel's arguments and its methods.
func (w *writer) kernel(b *bytes.Buffer, k kernel) error {
	name := goName(k.name, false) + "Arguments"
	var declared, lines strings.Builder
	for _, p := range k.parameters {
		goType, layer, err := w.kind(p.kind)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(&declared, "\t%s %s\n", goName(p.name, false), goType)
		fmt.Fprintf(&lines, "\t%s(l.parameter(), a.%s)\n", layer, goName(p.name, false))
	}
	kernels, tile := fmt.Sprintf("%q", k.name), ""
	if k.tiled {
		kernels, tile = fmt.Sprintf("%q + a.tile.name", k.name+"_"), "\ttile tileShape // of which kernel\n"
	}
	fmt.Fprintf(b, "\n// %s are those of %s.cu.\ntype %s struct {\n%s%s}\n", name, k.name, name, tile, &declared)
	fmt.Fprintf(b, "\nfunc (a %s) kernel() string { return %s }\n", name, kernels)
	fmt.Fprintf(b, "\nfunc (a %s) lay(l *layout) {\n%s}\n", name, &lines)
	return nil
}

// structure writes the function that lays a struct of the device code out.
func (w *writer) structure(b *bytes.Buffer, name string) error {
	goType, _, _ := w.kind(name)
	fmt.Fprintf(b, "\nfunc lay%s(l *layout, v %s) {\n", name, goType)
	for _, f := range w.device.structs[name] {
		_, layer, err := w.kind(f.kind)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "\t%s(l, v.%s)\n", layer, goName(f.name, true))
	}
	b.WriteString("}\n")
	return nil
}

// tiles is tiles.go.
func (w *writer) tiles() ([]byte, error) {
	b := bytes.NewBufferString(generated)
	b.WriteString("// tileShapes are the tiles of matmul_tile.cuh.\nvar tileShapes = [...][tileCount]tileShape{\n")
	for _, precision := range []string{"FP32", "TF32"} {
		fmt.Fprintf(b, "\t%s: {\n", precision)
		for _, t := range w.device.tiles {
			if t.tf32 == (precision == "TF32") {
				fmt.Fprintf(b, "\t\t{name: %q, side: %d, depth: %d, stages: %d, threads: %d, folds: %t},\n",
					t.name, t.side, t.depth, t.stages, t.threads, t.folds)
			}
		}
		b.WriteString("\t},\n")
	}
	b.WriteString("}\n")
	return format.Source(b.Bytes())
}

// goName is a name of the device code as Go writes it: kl_weight is klWeight, or
// KLWeight where it is exported.
func goName(name string, exported bool) string {
	var b strings.Builder
	for i, word := range strings.Split(name, "_") {
		switch {
		case i == 0 && !exported:
		case slices.Contains([]string{"nll", "kl"}, word):
			word = strings.ToUpper(word)
		default:
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		b.WriteString(word)
	}
	return b.String()
}
