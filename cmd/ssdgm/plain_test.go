//go:build !cuda

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"ssdgm/engine/devices"
	"ssdgm/engine/machine"

	"github.com/rogpeppe/go-internal/testscript"
)

const scripts = "testdata/script"

// commands are what scripts can run: the program, and what their own ssdgm-cuda answers.
func commands() map[string]func() {
	return map[string]func(){
		"ssdgm": func() {
			if os.Getenv("IMPATIENT") != "" {
				devices.ProbeTime = 300 * time.Millisecond
			}
			// testscript puts a name of its own in the place of what was typed.
			os.Args[0] = cmp.Or(os.Getenv("TYPED"), os.Args[0])
			main()
		},
		"answer": answer,
	}
}

// prepare has nothing to add to what scripts find.
func prepare(*testing.T) func(*testscript.Env) { return func(*testscript.Env) {} }

func standinDriver() bool { return false }

// answer [other-build] [CARD...] prints what a build with CUDA says of these cards.
func answer() {
	p := devices.Probe{Build: machine.ThisBuild(), CUDA: "13.0"}
	for i, arg := range os.Args[1:] {
		if arg == "other-build" {
			p.Build.Commit = "0123456789"
			continue
		}
		c := devices.Card{Index: i, Name: strings.ReplaceAll(arg, "_", " "), Capability: "9.0", FreeBytes: 3 << 30, TotalBytes: 4 << 30}
		if c.Sound = !strings.Contains(arg, "broken"); c.Sound {
			c.Kernels = "sound"
		} else {
			c.Kernels = "gaussian_sample differs from the reference"
		}
		p.Cards = append(p.Cards, c)
	}
	p.CuBLAS = "/lib/libcublas.so.12"
	line, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
