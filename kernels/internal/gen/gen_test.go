package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const kernelsFolder = "../.."

var engineFolder = filepath.Join(kernelsFolder, "..", "engine")

func TestGeneratedFilesAreWhatTheGeneratorWrites(t *testing.T) {
	files, err := generate(kernelsFolder, engineFolder)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(kernelsFolder, name))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s is not what its sources give (%v); run 'go generate ./kernels'", name, err)
		}
	}
}

func TestEveryKernelHasOneStruct(t *testing.T) {
	files, err := generate(kernelsFolder, engineFolder)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob(filepath.Join(kernelsFolder, "*.cu"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("found no kernels: %v", err)
	}
	written := string(files["arguments.go"])
	for _, source := range sources {
		name := strings.TrimSuffix(filepath.Base(source), ".cu")
		if n := strings.Count(written, "\ntype "+goName(name, false)+"Arguments struct {"); n != 1 {
			t.Errorf("%s: %d structs, want 1", name, n)
		}
	}
	if n := strings.Count(written, "Arguments struct {"); n != len(sources) {
		t.Errorf("%d structs for %d kernels", n, len(sources))
	}
}

func TestNames(t *testing.T) {
	for _, c := range [][3]string{
		{"ReLU", "Activation", "RELU"}, {"SiLU", "Activation", "SILU"}, {"RMSprop", "Rule", "RMSPROP"},
		{"DecayNone", "Decay", "DECAY_NONE"}, {"ScalarKLWeight", "Scalar", "SCALAR_KL_WEIGHT"},
		{"ScalarStepSize", "Scalar", "SCALAR_STEP_SIZE"}, {"SiteRows", "Site", "SITE_ROWS"},
	} {
		if got := deviceName(c[0], c[1]); got != c[2] {
			t.Errorf("%s is %s, want %s", c[0], got, c[2])
		}
	}
	if got := [2]string{goName("kl_weight", false), goName("gaussian_nll", false)}; got != [2]string{"klWeight", "gaussianNLL"} {
		t.Errorf("names in Go are %v", got)
	}
}

// TestSignaturesAreRead plants what the generator must read, and what it must refuse.
func TestSignaturesAreRead(t *testing.T) {
	const plain = `extern "C" __global__ void __launch_bounds__(N(4), 2)
    k(Array<float> y, Array<const float> x,
      Pairs pairs, double rate) {}`
	want := []field{{"Array<float>", "y"}, {"Array<const float>", "x"}, {"Pairs", "pairs"}, {"double", "rate"}}
	k, err := readKernel("k", plain)
	if err != nil || k.tiled || !slices.Equal(k.parameters, want) {
		t.Errorf("read %+v (%v), want %v", k, err, want)
	}
	tiled := strings.Replace(strings.Replace(plain, "__launch_bounds__(N(4), 2)", "BOUNDS(T)", 1), "k(", "k_##tile(", 1)
	if k, err := readKernel("k", tiled); err != nil || !k.tiled || !slices.Equal(k.parameters, want) {
		t.Errorf("read %+v (%v), want the same for every tile", k, err)
	}
	for file, text := range map[string]string{"other": plain, "k": plain + "\n" + plain} {
		if _, err := readKernel(file, text); err == nil {
			t.Errorf("%s.cu passes with %q", file, text)
		}
	}
	d := device{structs: map[string][]field{}}
	d.readStructs("\nstruct Pair {\n  int64_t a, b;\n\n  int f() { return 1; }\n};\n")
	d.readStructs("\nstruct Pointer {\n  int64_t a;\n  const float *p;\n};\n")
	w := writer{device: d, enums: []*enum{{name: "Rule"}, {name: "Site", prefix: true}}}
	if got := d.structs["Pair"]; !slices.Equal(got, []field{{"int64_t", "a"}, {"int64_t", "b"}}) {
		t.Errorf("fields %v", got)
	}
	for kind, right := range map[string]bool{
		"Array<const uint8_t>": true, "Rule": true, "Pair": true, "Flag": true,
		"Array<char>": false, "Site": false, "float": false, "int": false, "float *": false, "Unknown": false, "Pointer": false,
	} {
		if _, _, err := w.kind(kind); (err == nil) != right {
			t.Errorf("a parameter of type %s: %v", kind, err)
		}
	}
}
