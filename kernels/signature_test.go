package kernels

import (
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ssdgm/engine"
)

var (
	entry          = regexp.MustCompile(`\.visible \.entry (\w+)\(([^)]*)\)`)
	entryParameter = regexp.MustCompile(`\.param (?:\.align \d+ )?\.[a-z](\d+) \w+(?:\[(\d+)\])?`)
)

// entries are the bytes of every kernel's parameters in some PTX, by the kernel's name. A
// struct is an array of bytes there.
func entries(ptx string) map[string][]int {
	all := map[string][]int{}
	for _, e := range entry.FindAllStringSubmatch(ptx, -1) {
		bytes := []int{}
		for _, p := range entryParameter.FindAllStringSubmatch(e[2], -1) {
			bits, _ := strconv.Atoi(p[1])
			if length, err := strconv.Atoi(p[2]); err == nil {
				bits *= length
			}
			bytes = append(bytes, bits/8)
		}
		all[e[1]] = bytes
	}
	return all
}

// bytesOf are the bytes of a launch's parameters.
func bytesOf(l Launch) []int {
	bytes := []int{}
	for i, first := range l.Params {
		end := len(l.Args)
		if i+1 < len(l.Params) {
			end = int(l.Params[i+1])
		}
		bytes = append(bytes, 8*(end-int(first)))
	}
	return bytes
}

// everyLaunch is at least one launch of every kernel.
func everyLaunch() []Launch {
	f, d, i, o := someFloats, someDoubles, someInts, engine.OptimiserOptions{Rule: engine.Adam, ClipNorm: 1}
	all := stepLaunches(2, somePairs, 50)
	p := engine.Parameters{Values: f.Slice(0, 100), Grads: f, States: [2]engine.Floats{f, f}}
	for _, s := range []engine.Step{
		engine.BeginStep{Clock: i, Scalars: d, BaseRate: d, Options: o},
		engine.CheckFinite{Fault: i, Values: f.Slice(0, 100), Clock: i, Site: 1},
		engine.GradientNorm{Norm: d, Fault: i, Grads: f.Slice(0, 100), Clock: i},
		engine.AddSum{Sum: d, X: f.Slice(0, 100), Weight: f},
		engine.Update{Params: p, Scalars: d, Norm: d, Fault: i, Options: o},
		Books{Sums: [MostSums]engine.AddSum{{Sum: d, X: f.Slice(0, 100), Weight: f}}},
		Delta{DY: f, From: f, N: 100, Activation: engine.Softplus}, NextClock{Next: i, Clock: i},
	} {
		all = append(all, launchOf(2, s))
	}
	cut := Cut{Chunk: chunkStep}
	for _, precision := range []Precision{FP32, TF32} {
		for tile := range tileCount {
			forward := DensePlan{Precision: precision, Tile: tile, Output: cut}
			backward := DenseGradPlan{Precision: precision, Tile: tile, Weight: cut, Input: cut}
			dense, grads := someLayer(3, 5, 7)
			all = append(all, builder(2).planned(dense, LabelTable{}, forward, Floats{}),
				builder(2).plannedGrad(grads.Weights, grads.Input, 3, dense.Layer, backward, Floats{}))
		}
	}
	return all
}

// someLayer is a layer forward and back.
func someLayer(rows, in, out int) (engine.Dense, Products) {
	f := someFloats
	l := engine.Layer{Weight: f, Bias: f, In: in, Out: out, Activation: engine.Softplus}
	return engine.Dense{Y: f, Pre: f, X: f, Rows: rows, Layer: l}, Products{
		Weights: WeightGrad{Grad: engine.LayerGrad{Weight: f, Bias: f}, DY: f, X: f, Rows: rows, Layer: l},
		Input:   InputGrad{DX: f, DY: f, Below: f, Activation: engine.Softplus, Rows: rows, Layer: l},
	}
}

func TestLaunchesAreWhatThePTXTakes(t *testing.T) {
	for _, major := range []int{7, 8, 9} {
		ptx, err := PTX(major, 0)
		if err != nil {
			t.Fatal(err)
		}
		takes, missing := entries(ptx), entries(ptx)
		for _, l := range everyLaunch() {
			if got, want := bytesOf(l), takes[l.Kernel]; !slices.Equal(got, want) {
				t.Errorf("%s on %d.0: the PTX takes parameters of %d bytes, the launch has %d; run scripts/build-kernels",
					l.Kernel, major, want, got)
			}
			delete(missing, l.Kernel)
		}
		for name := range missing {
			t.Errorf("%s on %d.0: no launch of it; add its step to stepLaunches, or to everyLaunch if it has neither pairs nor a width, or run scripts/build-kernels", name, major)
		}
	}
}

// TestDriftIsSeen plants what the test above looks for.
func TestDriftIsSeen(t *testing.T) {
	const ptx = ".visible .entry k(\n\t.param .align 8 .b8 k_param_0[16],\n" +
		"\t.param .u64 k_param_1,\n\t.param .u32 k_param_2\n)\n{"
	if got, want := entries(ptx)["k"], []int{16, 8, 4}; !slices.Equal(got, want) {
		t.Errorf("parameters of %d bytes, want %d", got, want)
	}
	l := Launch{Args: make([]uint64, 4), Params: []uint8{0, 2, 3}}
	if got, want := bytesOf(l), []int{16, 8, 8}; !slices.Equal(got, want) {
		t.Errorf("a launch with parameters of %d bytes, want %d", got, want)
	}
}

// TestBuildersFillEveryArgument: a struct's field that a builder forgets would be an absent
// array or 0, and compile.
func TestBuildersFillEveryArgument(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set, fields, filled := token.NewFileSet(), map[string]int{}, map[string][]*ast.CompositeLit{}
	for _, name := range names {
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok && strings.HasSuffix(n.Name.Name, "Arguments") {
					fields[n.Name.Name] = s.Fields.NumFields()
				}
			case *ast.CompositeLit:
				if name, ok := n.Type.(*ast.Ident); ok {
					filled[name.Name] = append(filled[name.Name], n)
				}
			}
			return true
		})
	}
	if len(fields) == 0 {
		t.Error("found no structs of arguments")
	}
	for name, want := range fields {
		for _, literal := range filled[name] {
			if got := len(literal.Elts); got != want {
				t.Errorf("%v: %d fields of %s are filled, want all %d", set.Position(literal.Pos()), got, name, want)
			}
		}
	}
}

// digestOf is what `sha256sum *.cu *.cuh | sha256sum` says.
func digestOf(t *testing.T) string {
	t.Helper()
	all := sha256.New()
	for _, pattern := range []string{"*.cu", "*.cuh"} {
		sources, err := filepath.Glob(pattern)
		if err != nil || len(sources) == 0 {
			t.Fatalf("found no %s: %v", pattern, err)
		}
		for _, source := range sources {
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(all, "%x  %s\n", sha256.Sum256(text), source)
		}
	}
	return fmt.Sprintf("%x", all.Sum(nil))
}

func TestPTXIsMadeOfTheseSources(t *testing.T) {
	want := "// sources: " + digestOf(t) + "\n"
	for _, major := range []int{7, 8} {
		ptx, err := PTX(major, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(ptx, want) {
			t.Fatal("kernels: kernels/ptx is older than the sources; run scripts/build-kernels")
		}
	}
}

func TestPTXWantsACardOfToday(t *testing.T) {
	if _, err := PTX(6, 1); err == nil {
		t.Error("there is PTX for compute capability 6.1, want an error")
	}
}
