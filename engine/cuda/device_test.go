//go:build cuda

package cuda

import (
	"errors"
	"maps"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cuda/internal/standin"
	"ssdgm/engine/enginetest"
	"ssdgm/engine/enginetest/cases"
	"ssdgm/kernels"
)

// opened is a device for a test. Every array has a chunk of its own, so that the
// stand-in's guard pages, or compute-sanitizer, see whoever leaves his array.
func opened(t testing.TB, o Options) *device {
	t.Helper()
	d, err := open(o)
	if err != nil {
		t.Fatal(err)
	}
	d.guarded = true
	return d
}

func TestConformance(t *testing.T) {
	enginetest.Run(t, "cuda", func(replicas int) engine.Device { return opened(t, Options{Replicas: replicas}) })
}

// BenchmarkSteps launches every step by itself, as evaluation does; training replays
// graphs, for which see 'ssdgm bench'.
func BenchmarkSteps(b *testing.B) {
	enginetest.Bench(b, func(replicas int) engine.Device { return packed(b, replicas) })
}

func TestSelfTestRunsEveryKernel(t *testing.T) {
	needsStandIn(t)
	ptx, err := kernels.PTX(9, 0)
	if err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	for _, precision := range []string{FP32, TF32} {
		d := opened(t, Options{Replicas: 1, Precision: precision})
		maps.Copy(ran, standin.Calls(func() {
			if err := d.selfTest(); err != nil {
				t.Error(err)
			}
		}))
		closed(t, d)
	}
	for _, entry := range regexp.MustCompile(`\.entry (\w+)`).FindAllStringSubmatch(ptx, -1) {
		if ran[entry[1]] == 0 {
			t.Errorf("the self-test leaves out %s", entry[1])
		}
	}
}

// closed ends a device that nothing has gone wrong on.
func closed(t testing.TB, d *device) {
	t.Helper()
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		t.Error(err)
	}
}

func TestSelfTestSeesAWrongResult(t *testing.T) {
	d := &device{}
	tensor := func(v ...float64) []cases.Tensor { return []cases.Tensor{{Name: "y", Values: [][]float64{v}}} }
	for _, wrong := range [][]float64{{1, 2, 3.01}, {1, 2, math.NaN()}, {3, 2, 1}} {
		if d.differ("Dense", tensor(wrong...), tensor(1, 2, 3)) == nil {
			t.Errorf("%v passes for 1, 2, 3", wrong)
		}
	}
	if err := d.differ("Dense", tensor(1, 2, 3.00001), tensor(1, 2, 3)); err != nil {
		t.Error(err)
	}
}

func TestNameSaysWhatResultsDependOn(t *testing.T) {
	d := opened(t, Options{Replicas: 1, Precision: TF32})
	defer closed(t, d)
	for _, want := range []string{"cuda ", d.card.info.Name, " sm_", " tf32 own driver "} {
		if !strings.Contains(d.Name(), want) {
			t.Errorf("Name() = %q, want %q in it", d.Name(), want)
		}
	}
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	for want, o := range map[string]Options{
		"at least 1":      {},
		"want fp32 or":    {Replicas: 1, Precision: "fp16"},
		"want own or":     {Replicas: 1, MatMul: "mkl"},
		"cards":           {Replicas: 1, Device: 99},
		"CUBLAS_PATH to ": {Replicas: 1, MatMul: CuBLAS},
	} {
		if o.MatMul == CuBLAS {
			t.Setenv(libraryVariable, "/nowhere/libcublas.so")
		}
		d, err := New(o)
		if err == nil {
			t.Errorf("%+v opens", o)
			closed(t, d.(*device))
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %q, want %q in it", o, err, want)
		}
	}
}

func TestDevicesDescribesTheCards(t *testing.T) {
	all, err := Devices()
	if err != nil {
		t.Fatal(err)
	}
	for i, info := range all {
		if info.Index != i || info.Name == "" || info.Major < 7 || info.TotalBytes <= 0 ||
			!strings.Contains(info.Driver, ".") || !strings.HasPrefix(info.UUID, "GPU-") {
			t.Errorf("card %d is %+v", i, info)
		}
	}
}

func TestDevicesOpensNoCard(t *testing.T) {
	needsStandIn(t)
	for name := range standin.Calls(func() {
		if _, err := Devices(); err != nil {
			t.Error(err)
		}
	}) {
		if strings.HasPrefix(name, "cuCtx") || strings.HasPrefix(name, "cuDevicePrimaryCtx") || strings.HasPrefix(name, "cuMem") {
			t.Errorf("Devices calls %s", name)
		}
	}
}

func TestTheDeviceGoesFromGoroutineToGoroutine(t *testing.T) {
	d := opened(t, Options{Replicas: 1})
	defer closed(t, d)
	a := d.NewFloats(3)
	for i := range 20 {
		done := make(chan float32)
		go func() {
			d.WriteFloats(a, 0, []float32{float32(i), 0, 0})
			host := make([]float32, 3)
			d.ReadFloats(host, a, 0)
			done <- host[0]
		}()
		if got := <-done; got != float32(i) {
			t.Fatalf("read %v, wrote %d", got, i)
		}
	}
}

// needsStandIn skips what only the stand-in driver can show.
func needsStandIn(t *testing.T) {
	t.Helper()
	if !standin.Present() {
		t.Skip("needs the stand-in driver: scripts/cuda-test")
	}
}

// inProcess runs the test in a process of its own, since some failures of a card
// end its context for good. It tells whether this is that process.
func inProcess(t *testing.T, environment ...string) bool {
	t.Helper()
	const variable = "SSDGM_TEST_CHILD"
	if os.Getenv(variable) == t.Name() {
		return true
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(append(os.Environ(), variable+"="+t.Name()), environment...)
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}
