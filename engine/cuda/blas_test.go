//go:build cuda

package cuda

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withLibrary lets devices find a cuBLAS made for the stand-in driver.
func withLibrary(t *testing.T) {
	t.Helper()
	needsStandIn(t)
	path := filepath.Join(t.TempDir(), "libcublas.so")
	compiler := exec.Command("cc", "-O1", "-shared", "-fPIC", "-Wno-parentheses", "-o", path, "testdata/cublas.c")
	compiler.Args = append(compiler.Args, strings.Fields(os.Getenv("CGO_CFLAGS"))...)
	if out, err := compiler.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Setenv(libraryVariable, path)
}

func TestProductsOfTheLibraryAreThoseOfTheReference(t *testing.T) {
	withLibrary(t)
	for _, precision := range []string{FP32, TF32} {
		d := opened(t, Options{Replicas: 2, MatMul: CuBLAS, Precision: precision})
		if !strings.Contains(d.Name(), precision+" cublas-999 ") {
			t.Errorf("Name() = %q, want the library's version in it", d.Name())
		}
		if err := d.selfTest(); err != nil {
			t.Error(err)
		}
		closed(t, d)
	}
}

func TestProductsOfTheLibraryAreCapturedAndReplayed(t *testing.T) {
	withLibrary(t)
	library := func() *training {
		return newTraining(opened(t, Options{Replicas: 2, MatMul: CuBLAS}))
	}
	direct, recorded := library(), library()
	for range 60 {
		direct.step()
	}
	recorded.Compile(recorded.steps()).Run(60)
	if !slices.Equal(recorded.values(1), direct.values(1)) {
		t.Error("a replayed program differs from direct launches")
	}
	closed(t, direct.device)
	closed(t, recorded.device)
}
