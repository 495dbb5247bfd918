// Package cmd holds the commands. Its test keeps the house's arrows.
package cmd

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"ssdgm/configs"
	"strconv"
	"strings"
	"testing"
)

// arrows says which of the project's packages each room may import beside those
// inside itself: cmd → train → model/trained → model → engine, and configs is a leaf. "/..." is a
// package and all below it; without it, that package alone. So the models and train
// see the engine's contract and its noise; of the devices, train and model/trained see their default.
var arrows = map[string][]string{
	"ssdgm/cmd": {"ssdgm/configs", "ssdgm/engine/...", "ssdgm/model/...", "ssdgm/train/..."},
	"ssdgm/train": {"ssdgm/configs", "ssdgm/engine", "ssdgm/engine/counting", "ssdgm/engine/cpu", "ssdgm/engine/noise",
		"ssdgm/model", "ssdgm/model/baseline", "ssdgm/model/trained/..."},
	"ssdgm/train/bench": {"ssdgm/engine", "ssdgm/train", "ssdgm/train/data", "ssdgm/train/report"},
	"ssdgm/train/ckpt": {"ssdgm/configs", "ssdgm/model/trained", "ssdgm/train", "ssdgm/train/data", "ssdgm/train/npz",
		"ssdgm/train/report", "ssdgm/train/run", "ssdgm/train/safetensors"},
	"ssdgm/train/data":        {"ssdgm/train/looks", "ssdgm/model/trained/transform"},
	"ssdgm/train/completion":  {"ssdgm/configs", "ssdgm/engine/devices", "ssdgm/engine/machine", "ssdgm/train/data"},
	"ssdgm/train/looks":       {},
	"ssdgm/train/run":         {"ssdgm/train/safetensors"},
	"ssdgm/train/message":     {},
	"ssdgm/train/npz":         {"ssdgm/train/safetensors"},
	"ssdgm/train/safetensors": {"ssdgm/train/looks"},
	"ssdgm/train/stop":        {},
	"ssdgm/train/progress":    {"ssdgm/train", "ssdgm/train/data/fetch", "ssdgm/train/experiment", "ssdgm/train/report"},
	"ssdgm/train/pictures":    {"ssdgm/engine", "ssdgm/model/trained", "ssdgm/train/data", "ssdgm/train/data/picture", "ssdgm/train/run"},
	"ssdgm/train/report":      {"ssdgm/configs", "ssdgm/engine/machine", "ssdgm/model/trained", "ssdgm/train", "ssdgm/train/data", "ssdgm/train/run"},
	"ssdgm/train/experiment": {"ssdgm/configs", "ssdgm/engine", "ssdgm/engine/watch", "ssdgm/model/trained", "ssdgm/train", "ssdgm/train/data",
		"ssdgm/train/pictures", "ssdgm/train/report", "ssdgm/train/run"},
	"ssdgm/train/gradcheck": {"ssdgm/configs", "ssdgm/engine", "ssdgm/model", "ssdgm/model/check", "ssdgm/model/trained/spec", "ssdgm/train", "ssdgm/train/data",
		"ssdgm/train/report", "ssdgm/train/run", "ssdgm/train/safetensors"},
	"ssdgm/train/reproduce": {"ssdgm/configs", "ssdgm/train", "ssdgm/train/data", "ssdgm/train/experiment", "ssdgm/train/report", "ssdgm/train/run"},
	"ssdgm/train/sweep": {"ssdgm/configs", "ssdgm/train", "ssdgm/train/data", "ssdgm/train/experiment",
		"ssdgm/train/report", "ssdgm/train/run"},
	"ssdgm/model": {"ssdgm/engine", "ssdgm/engine/noise"},
	"ssdgm/model/trained": {"ssdgm/configs", "ssdgm/engine", "ssdgm/engine/counting", "ssdgm/engine/cpu",
		"ssdgm/engine/machine", "ssdgm/engine/noise", "ssdgm/model", "ssdgm/model/baseline", "ssdgm/train/safetensors"},
	"ssdgm/model/trained/infer":     {"ssdgm/engine", "ssdgm/engine/noise", "ssdgm/model", "ssdgm/model/trained/transform"},
	"ssdgm/model/trained/onnx":      {},
	"ssdgm/model/trained/transform": {},
	"ssdgm/model/check":             {"ssdgm/engine", "ssdgm/engine/noise", "ssdgm/engine/ref", "ssdgm/model", "ssdgm/model/oracle"},
	"ssdgm/model/oracle":            {},
	"ssdgm/engine":                  {},
	"ssdgm/engine/cuda":             {"ssdgm/engine", "ssdgm/engine/enginetest/cases", "ssdgm/engine/ref", "ssdgm/kernels/..."},
	"ssdgm/kernels":                 {"ssdgm/engine"},
	"ssdgm/configs":                 {},
	"ssdgm/scripts":                 {},
	"ssdgm/scripts/answerspeed":     {"ssdgm/model/trained", "ssdgm/train", "ssdgm/train/answers/output"},
	"ssdgm/scripts/calibration":     {"ssdgm/model/trained", "ssdgm/scripts/measured", "ssdgm/train"},
	"ssdgm/scripts/comparebits":     {"ssdgm/engine/cpu/simd", "ssdgm/train/safetensors"},
	"ssdgm/scripts/impute":          {"ssdgm/model/trained", "ssdgm/scripts/measured", "ssdgm/train", "ssdgm/train/data"},
	"ssdgm/scripts/fitmodel":        {"ssdgm/kernels/predict"},
	"ssdgm/scripts/launches": {"ssdgm/engine", "ssdgm/engine/counting", "ssdgm/engine/cuda", "ssdgm/kernels",
		"ssdgm/kernels/predict", "ssdgm/train"},
	"ssdgm/scripts/measured":  {"ssdgm/engine/machine", "ssdgm/model/trained", "ssdgm/train", "ssdgm/train/data"},
	"ssdgm/scripts/onnxspeed": {"ssdgm/engine", "ssdgm/engine/cpu", "ssdgm/model/trained", "ssdgm/train"},
	"ssdgm/scripts/record":    {"ssdgm/train/report"},
	"ssdgm/scripts/usualness": {"ssdgm/configs", "ssdgm/model/trained", "ssdgm/model/trained/infer", "ssdgm/scripts/measured",
		"ssdgm/train", "ssdgm/train/data", "ssdgm/train/data/glyphs"},
	"ssdgm/scripts/results": {"ssdgm/engine/counting", "ssdgm/engine/cuda", "ssdgm/kernels", "ssdgm/kernels/predict",
		"ssdgm/train", "ssdgm/train/report", "ssdgm/train/reproduce"},
}

func TestArrowsRunOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}: {{join .Imports \" \"}}", "ssdgm/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		from, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		room := roomOf(from)
		if room == "" {
			t.Errorf("%s lies in no room of the house; add it to arrows with what it may import", from)
			continue
		}
		for _, to := range strings.Fields(imports) {
			if strings.HasPrefix(to, "ssdgm/") && !allowed(room, to) {
				t.Errorf("%s imports %s; %s may import only itself and %v", from, to, room, arrows[room])
			}
		}
	}
}

// roomOf is the longest room that a package lies in.
func roomOf(pkg string) string {
	best := ""
	for room := range arrows {
		if inside(pkg, room) && len(room) > len(best) {
			best = room
		}
	}
	return best
}

func inside(pkg, room string) bool { return pkg == room || strings.HasPrefix(pkg, room+"/") }

func allowed(room, to string) bool {
	// What a person is told is the same thing in every room but the engine's.
	if inside(to, room) || to == "ssdgm/train/message" && !inside(room, "ssdgm/engine") {
		return true
	}
	for _, target := range arrows[room] {
		tree, whole := strings.CutSuffix(target, "/...")
		if to == tree || whole && inside(to, tree) {
			return true
		}
	}
	return false
}

// commandLines is how many lines the command may have, its tests aside: flags, progress bars, exit codes and words
// for the user. What another program could use belongs below.
const commandLines = 3000

func TestTheCommandIsThin(t *testing.T) {
	names, err := filepath.Glob("ssdgm/*.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines += bytes.Count(text, []byte("\n"))
	}
	if lines == 0 || lines > commandLines {
		t.Errorf("want at most %d lines in cmd/ssdgm, found %d; move what is no word for the user below the command",
			commandLines, lines)
	}
}

// TestNoPhaseIsKnownByItsName holds that only a phase's own file, the registry and configs compare its name: what
// others want to know, they ask the phase or the configuration.
func TestNoPhaseIsKnownByItsName(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path = filepath.ToSlash(strings.TrimPrefix(path, "../"))
		if entry.IsDir() && (path == "configs" || path == "shared" || strings.HasPrefix(path, ".git")) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "train/phase") {
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, filepath.Join("..", path), nil, 0)
		if err != nil {
			return err
		}
		for _, name := range comparedNames(file) {
			text, err := strconv.Unquote(name.Value)
			if err == nil && slices.Contains(configs.PhaseNames(), text) {
				t.Errorf("%s compares the name of the phase %s; ask the phase (train/phase.go) or the configuration", files.Position(name.Pos()), text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// comparedNames are the strings that a file compares something with: by ==, in a switch, by slices.Contains.
func comparedNames(file *ast.File) (names []*ast.BasicLit) {
	add := func(all ...ast.Expr) {
		for _, e := range all {
			if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				names = append(names, lit)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				add(n.X, n.Y)
			}
		case *ast.CaseClause:
			add(n.List...)
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok {
				if pkg, ok := f.X.(*ast.Ident); ok && pkg.Name == "slices" {
					add(n.Args...)
				}
			}
		}
		return true
	})
	return names
}
