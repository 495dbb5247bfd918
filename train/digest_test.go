//go:build amd64 && !amd64.v3

package train

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/cpu/simd"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

var updateDigests = flag.Bool("update", false, "write the digests of the levels that this processor has")

// digested are changes of the small configuration that between them have every likelihood, prior of the classes,
// optimiser and way to binarise, and several replicas.
var digested = map[string][]string{
	"joint":      append(slices.Clone(jointSets), "data.binarise=resample", "m2.class_prior=learned", "joint.clip_norm=20"),
	"m1":         {"model=m1", "yardstick=false", "m1.output=gaussian", "m1.activation=relu", "m1.samples=2", "m1.train.optimiser.name=rmsprop", "m1.train.kl_warmup_steps=9"},
	"m2":         {"model=m2", "m2.class_prior=given", "m2.class_probabilities=[0.05,0.15,0.1,0.1,0.1,0.1,0.1,0.1,0.05,0.15]", "data.binarise=fixed", "m2.train.optimiser.name=adagrad", "m2.activation=tanh"},
	"supervised": {"model=supervised", "yardstick=false", "supervised.train.optimiser.name=sgd", "supervised.train.optimiser.schedule=cosine"},
	"seeds":      {"seeds=[3, 4]", "m1.keep_above=0.2", "select=validation"},
	"m1tsvm":     {"model=m1tsvm", "yardstick=false", "tsvm.features=64", "tsvm.stages=2"},
	"cnn":        {"model=cnn", "yardstick=false", "cnn.filters=[3, 4]", "cnn.hidden=9", "cnn.train.steps=6", "cnn.train.batch_size=10"},
}

// TestDigests holds every number of some short runs to the committed ones, at each level, with one thread and with two.
// Every level leaves something to float64 in Go, and the portable one consists of Go. Its bits depend on the
// architecture: arm64, and amd64 from v3 on, fuse a product with a sum, and math.Exp does so where the processor can.
// So the digests are held where there is one answer: on amd64 below v3, by the build tag, with FMA.
func TestDigests(t *testing.T) {
	if simd.Best() < simd.AVX2 {
		t.Skip("the processor has no FMA, which math.Exp uses where it is there: its last bit may be another")
	}
	path := filepath.Join("testdata", "digests.json")
	want := map[string]map[string]string{}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil && !*updateDigests {
		t.Fatal(err)
	}
	for level := simd.Portable; level <= simd.AVX512; level++ {
		if level > simd.Best() {
			t.Logf("%v: not compared, the processor does not have it", level)
			continue
		}
		found := digestsAt(t, level.String())
		if *updateDigests {
			want[level.String()] = found
		}
		requireDigests(t, level.String(), found, want[level.String()])
	}
	if *updateDigests {
		writeDigests(t, path, want)
	}
}

func requireDigests(t *testing.T, level string, found, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if found[name] != want[name] {
			t.Errorf("%s, %s: want the digest %q, found %q; scripts/compare-bits tells which number is another; where that is meant,\n"+
				"\tgo test ./train -run TestDigests -update", level, name, want[name], found[name])
		}
	}
}

// writeDigests keeps those of the levels that this processor does not have.
func writeDigests(t *testing.T, path string, digests map[string]map[string]string) {
	t.Helper()
	text, err := json.MarshalIndent(digests, "", "  ")
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// digestsAt trains all configurations at a level, with one thread and with two.
func digestsAt(t *testing.T, level string) map[string]string {
	t.Helper()
	digests := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(digested)) {
		digests[name] = digestOf(t, level, 1, digested[name])
		if two := digestOf(t, level, 2, digested[name]); two != digests[name] {
			t.Errorf("%s, %s: another digest with two threads than with one", level, name)
		}
	}
	return digests
}

// digestOf is over all tensors and metrics of what a configuration comes to.
func digestOf(t *testing.T, level string, threads int, sets []string) string {
	t.Helper()
	open := func(replicas int) (engine.Device, error) {
		return cpu.New(cpu.Options{Replicas: replicas, Threads: threads, Level: level})
	}
	results, _ := trainGrid(t, open, t.TempDir(), append([]string{"checkpoint.every_steps=100"}, sets...)...)
	sum := sha256.New()
	for _, r := range results {
		if r.Fault != nil {
			t.Fatal(r.Fault)
		}
		file, err := safetensors.ReadFile(filepath.Join(r.Run.Dir(), run.ModelName))
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(file.Tensors, func(a, b safetensors.Tensor) int { return cmp.Compare(a.Name, b.Name) })
		for _, tensor := range file.Tensors {
			fmt.Fprintln(sum, tensor.Name, tensor.DType(), tensor.Shape)
			if err := tensor.WriteData(sum); err != nil {
				t.Fatal(err)
			}
		}
		metrics, err := os.ReadFile(filepath.Join(r.Run.Dir(), "metrics.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(metrics)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
