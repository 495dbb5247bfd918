//go:build cuda

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"ssdgm/engine/cuda"
	"ssdgm/engine/devices"
)

const scripts = "testdata/cuda"

// commands are what scripts can run beside the plain build, which calls the other one by its own name.
func commands() map[string]func() { return map[string]func(){devices.CUDAProgram: main, "ssdgm": main} }

// prepare builds the program as a person has it beside this one, and gives scripts what
// finds the driver.
func prepare(t *testing.T) func(*testscript.Env) {
	folder := t.TempDir()
	// Tests do not know their commit, and the two must agree.
	build := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(folder, "ssdgm"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return func(env *testscript.Env) {
		env.Setenv("PATH", folder+string(filepath.ListSeparator)+env.Getenv("PATH"))
		for _, setting := range os.Environ() {
			name, value, _ := strings.Cut(setting, "=")
			if name == "LD_LIBRARY_PATH" || strings.HasPrefix(name, "STANDIN_") {
				env.Setenv(name, value)
			}
		}
	}
}

// standinDriver tells whether the driver is the one for tests.
func standinDriver() bool {
	cards, err := cuda.Devices()
	return err == nil && len(cards) > 0 && cards[0].Name == "stand-in"
}
