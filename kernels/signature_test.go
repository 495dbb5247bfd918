package kernels

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssdgm/engine"
)

// parameter is one argument of a kernel as its source declares it.
type parameter struct{ kind, name string }

var (
	launchBounds = regexp.MustCompile(`__launch_bounds__\((?:[^()]|\([^()]*\))*\)`)
	declaration  = regexp.MustCompile(`extern "C" __global__ void\s+(\w+)\(([^)]*)\)`)
	blank        = regexp.MustCompile(`\s+`)
	entry        = regexp.MustCompile(`\.visible \.entry (\w+)\(([^)]*)\)`)
	entryKind    = regexp.MustCompile(`\.param \.(\w+) \w+`)
)

// sources are the files that the PTX is made of, in scripts/build-kernels' order.
func sources(t *testing.T) []string {
	t.Helper()
	kernels, err := filepath.Glob("*.cu")
	if err != nil || len(kernels) == 0 {
		t.Fatalf("found no kernels: %v", err)
	}
	headers, err := filepath.Glob("*.cuh")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(kernels, headers)
}

// declared reads the one kernel that a source file declares.
func declared(source, text string) (string, []parameter, error) {
	found := declaration.FindAllStringSubmatch(launchBounds.ReplaceAllString(text, ""), -1)
	if len(found) != 1 {
		return "", nil, fmt.Errorf("%s: want one kernel, found %d", source, len(found))
	}
	var all []parameter
	for _, p := range strings.Split(found[0][2], ",") {
		p = strings.TrimSpace(blank.ReplaceAllString(p, " "))
		at := strings.LastIndexAny(p, " *") + 1
		all = append(all, parameter{strings.TrimSpace(p[:at]), p[at:]})
	}
	return found[0][1], all, nil
}

// declaredKernels are the parameters of every kernel, by name.
func declaredKernels(t *testing.T) map[string][]parameter {
	t.Helper()
	all := map[string][]parameter{}
	for _, source := range sources(t) {
		if filepath.Ext(source) != ".cu" {
			continue
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		name, parameters, err := declared(source, string(text))
		if err != nil {
			t.Error(err)
			continue
		}
		if name+".cu" != source {
			t.Errorf("%s declares %s, want a kernel of the file's name", source, name)
		}
		all[name] = parameters
	}
	return all
}

// wrong says what is amiss with a parameter, if anything: the driver takes 8 bytes
// for each, and an array is followed by its stride.
func wrong(all []parameter, i int) string {
	p := all[i]
	switch {
	case strings.HasSuffix(p.kind, "*"):
		if i+1 == len(all) || all[i+1] != (parameter{"int64_t", p.name + "_stride"}) {
			return "want int64_t " + p.name + "_stride behind it"
		}
	case !slices.Contains([]string{"int64_t", "uint64_t", "double"}, p.kind):
		return "want a pointer, int64_t, uint64_t or double"
	}
	return ""
}

func TestParametersTakeEightBytes(t *testing.T) {
	for name, all := range declaredKernels(t) {
		for i, p := range all {
			if what := wrong(all, i); what != "" {
				t.Errorf("%s: %s %s: %s", name, p.kind, p.name, what)
			}
		}
	}
}

// entries are the kinds of parameters of every kernel of some PTX, by name.
func entries(ptx string) map[string][]string {
	all := map[string][]string{}
	for _, e := range entry.FindAllStringSubmatch(ptx, -1) {
		kinds := []string{}
		for _, p := range entryKind.FindAllStringSubmatch(e[2], -1) {
			kinds = append(kinds, p[1])
		}
		all[e[1]] = kinds
	}
	return all
}

// asEntry is how PTX writes a kernel's parameters.
func asEntry(all []parameter) []string {
	kinds := []string{}
	for _, p := range all {
		if p.kind == "double" {
			kinds = append(kinds, "f64")
		} else {
			kinds = append(kinds, "u64")
		}
	}
	return kinds
}

func TestPTXHasTheKernelsOfTheSources(t *testing.T) {
	want := map[string][]string{}
	for name, parameters := range declaredKernels(t) {
		want[name] = asEntry(parameters)
	}
	for _, major := range []int{7, 8, 9} {
		ptx, err := PTX(major, 0)
		if err != nil {
			t.Fatal(err)
		}
		got := entries(ptx)
		for name := range want {
			if !slices.Equal(got[name], want[name]) {
				t.Errorf("PTX for compute capability %d.0: %s takes %v, want %v; run scripts/build-kernels", major, name, got[name], want[name])
			}
		}
		for name := range got {
			if want[name] == nil {
				t.Errorf("PTX for compute capability %d.0: %s has no source; run scripts/build-kernels", major, name)
			}
		}
	}
}

// digestOf is what `sha256sum *.cu *.cuh | sha256sum` says.
func digestOf(t *testing.T) string {
	t.Helper()
	all := sha256.New()
	for _, source := range sources(t) {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(all, "%x  %s\n", sha256.Sum256(text), source)
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

// everyLaunch is at least one launch of every kernel.
func everyLaunch() []Launch {
	a, o := someArray, engine.OptimiserOptions{Rule: engine.Adam, ClipNorm: 1}
	all := append(stepLaunches(2, somePairs, 50),
		BeginStep(2, a, a, a, o), CheckFinite(2, a, a, a, 1, 100, a), GradientNorm(2, a, a, a, a, 100, a),
		AddSum(2, a, a, a, 100, a), Update(2, Parameters{Values: a, Grads: a}, a, a, a, o, 100),
		ActivationGrad(2, a, a, 100, engine.Softplus), NextClock(a, a))
	layer := Layer{Weight: a, Bias: a, In: 5, Out: 7}
	cut := Cut{Chunk: chunkStep}
	for _, precision := range []Precision{FP32, TF32} {
		for tile := range tileCount {
			forward := DensePlan{Precision: precision, Tile: tile, Output: cut}
			backward := DenseGradPlan{Precision: precision, Tile: tile, Weight: cut, Input: cut}
			all = append(all, Dense(2, a, a, 3, layer, forward, a),
				DenseGrad(2, a, LayerGrad{a, a}, a, a, 3, layer, engine.Identity, backward, a))
		}
	}
	return all
}

func TestBuildersPassWhatTheKernelsTake(t *testing.T) {
	missing := declaredKernels(t)
	want := maps.Clone(missing)
	for _, l := range everyLaunch() {
		if len(l.Args) != len(want[l.Kernel]) {
			t.Errorf("%s: the launch has %d arguments, the kernel %d", l.Kernel, len(l.Args), len(want[l.Kernel]))
		}
		delete(missing, l.Kernel)
	}
	for name := range missing {
		t.Errorf("%s: no launch of it; add its builder to everyLaunch", name)
	}
}

// TestDriftIsSeen plants what the tests above look for.
func TestDriftIsSeen(t *testing.T) {
	const good = `extern "C" __global__ void __launch_bounds__(N(4), 2) k(float *y, int64_t y_stride, double rate) {}`
	name, all, err := declared("k.cu", good)
	if err != nil || name != "k" || len(all) != 3 || wrong(all, 0)+wrong(all, 1)+wrong(all, 2) != "" {
		t.Fatalf("%s declares %s %v (%v), want the kernel k, with nothing wrong", good, name, all, err)
	}
	for _, bad := range []string{"float *y", "float *y, int64_t x_stride", "float rate", "int n"} {
		_, all, err := declared("k.cu", strings.Replace(good, "float *y, int64_t y_stride, double rate", bad, 1))
		if err != nil || wrong(all, 0) == "" {
			t.Errorf("a kernel that takes %s passes", bad)
		}
	}
	ptx := ".visible .entry k(\n\t.param .u64 k_param_0,\n\t.param .u64 k_param_1,\n\t.param .u32 k_param_2\n)\n{"
	if slices.Equal(entries(ptx)["k"], asEntry(all)) {
		t.Error("PTX whose last parameter has 4 bytes passes for a double")
	}
	if _, _, err := declared("k.cu", good+"\n"+good); err == nil {
		t.Error("a file of two kernels passes")
	}
}
