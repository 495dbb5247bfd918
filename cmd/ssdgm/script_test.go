package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/machine"
	"ssdgm/model/trained/format"
	"ssdgm/train/safetensors"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, commands())
}

// tests are those of this package. Most of them wait for processes, so more of them run side by side than there are
// processors, unless -parallel says how many.
type tests struct{ *testing.M }

const sideBySide = 6

func (t tests) Run() int {
	flag.Parse()
	told := false
	flag.Visit(func(f *flag.Flag) { told = told || f.Name == "test.parallel" })
	if !told {
		if err := flag.Set("test.parallel", fmt.Sprint(max(sideBySide, runtime.GOMAXPROCS(0)))); err != nil {
			panic(err)
		}
	}
	return t.M.Run()
}

// TestScripts runs the command lines that are this build's documentation.
func TestScripts(t *testing.T) {
	t.Parallel()
	setUp := prepare(t)
	own, err := filepath.Abs("testdata/own")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: scripts,
		Setup: func(env *testscript.Env) error {
			tiny, err := os.ReadFile("testdata/tiny.toml")
			if err != nil {
				return err
			}
			setUp(env)
			env.Setenv("MNIST", os.Getenv("SSDGM_DATA"))
			env.Setenv("OWN", own)
			return os.WriteFile(filepath.Join(env.WorkDir, "tiny.toml"), tiny, 0o666)
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "mnist":
				return os.Getenv("SSDGM_DATA") != "", nil
			case "simd":
				return simd.Best() > simd.Portable, nil
			case "standin":
				return standinDriver(), nil
			case "driver":
				return machine.Driver() != "", nil
			}
			return false, errors.New("the only conditions of ours are mnist, simd, driver and standin")
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "idx": writeIDX, "flip": flip, "cut": cut, "stripped": stripped, "same": same, "sameresult": sameResult, "sameerror": sameError, "unfitted": unfitted,
			"pngs": writePNGs, "coloured": coloured,
		},
	})
}

// code N COMMAND... holds that a command ends with exit code N.
func code(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	found := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		found = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if found != want {
		ts.Fatalf("want exit code %d, found %d", want, found)
	}
}

// idx FILE MAGIC DIMENSION... BYTE writes a gzipped IDX file whose bytes are all the same.
func writeIDX(ts *testscript.TestScript, _ bool, args []string) {
	numbers := make([]uint32, len(args)-1)
	total := 1
	for i, arg := range args[1:] {
		n, err := strconv.ParseUint(arg, 0, 32)
		ts.Check(err)
		numbers[i] = uint32(n)
		if i > 0 && i < len(numbers)-1 {
			total *= int(n)
		}
	}
	var header bytes.Buffer
	ts.Check(binary.Write(&header, binary.BigEndian, numbers[:len(numbers)-1]))
	content := append(header.Bytes(), bytes.Repeat([]byte{byte(numbers[len(numbers)-1])}, total)...)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write(content)
	ts.Check(errors.Join(err, w.Close()))
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o777))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), zipped.Bytes(), 0o666))
}

// flip FILE changes a bit in the middle of a file.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	content := []byte(ts.ReadFile(args[0]))
	content[len(content)/2] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o666))
}

// cut PATTERN takes the second half of every such file away.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	names, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(names) == 0 {
		ts.Fatalf("want a file %s, found none", args[0])
	}
	for _, name := range names {
		ts.Check(os.Truncate(name, int64(len(ts.ReadFile(name)))/2))
	}
}

// [!] same FILE FILE holds that two files are equal. Unlike cmp it does not print them.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if equal := ts.ReadFile(args[0]) == ts.ReadFile(args[1]); equal == neg {
		ts.Fatalf("%s and %s: equal is %v", args[0], args[1], equal)
	}
}

// stripped FROM TO copies the tensors of a safetensors file, as another program would
// have written them.
func stripped(ts *testscript.TestScript, _ bool, args []string) {
	file, err := safetensors.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	var out bytes.Buffer
	ts.Check(safetensors.Write(&out, file.Tensors, nil))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o666))
}

// sameresult SUMMARY EVALUATION holds that a summary's test figures are those that
// eval --json printed.
func sameResult(ts *testscript.TestScript, _ bool, args []string) {
	var s struct{ Test map[string]any }
	var e map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &s))
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &e))
	for _, key := range []string{"error_percent", "bound_nats", "nll_nats", "step", "seed", "n_test", "model", "dataset", "split"} {
		if s.Test[key] == nil || s.Test[key] != e[key] {
			ts.Fatalf("%s: the summary has %v, eval found %v", key, s.Test[key], e[key])
		}
	}
}

// sameerror EVALUATION SAID holds that classify said the error that eval --json printed, over as many examples.
func sameError(ts *testscript.TestScript, _ bool, args []string) {
	var e struct {
		Error float64 `json:"error_percent"`
		N     int     `json:"n_test"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &e))
	said := ts.ReadFile(args[1])
	for _, want := range []string{fmt.Sprintf("error %.2f %%: ", e.Error), fmt.Sprintf(" of %d labelled rows", e.N)} {
		if !strings.Contains(said, want) {
			ts.Fatalf("want %q, found %s", want, said)
		}
	}
}

// unfitted FROM TO copies a model without what is fitted once training is over, as an earlier version wrote it.
func unfitted(ts *testscript.TestScript, _ bool, args []string) {
	file, err := safetensors.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	file.Tensors = slices.DeleteFunc(file.Tensors, func(t safetensors.Tensor) bool { return t.Name == format.UsualBounds })
	delete(file.Metadata, format.Usual)
	delete(file.Metadata, format.Temperature)
	var out bytes.Buffer
	ts.Check(safetensors.Write(&out, file.Tensors, safetensors.Summed(file.Tensors, file.Metadata)))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o666))
}
