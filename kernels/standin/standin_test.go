//go:build cuda

package standin

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programme is testdata/cases.cpp with a driver that runs testdata/fixtures.cu.
var programme string

func TestMain(m *testing.M) { os.Exit(built(m)) }

// built runs the tests once the programme is there.
func built(m *testing.M) int {
	folder, err := os.MkdirTemp("", "standin")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	programme = filepath.Join(folder, "cases")
	compile := "g++ -std=c++20 -O1 $CGO_CFLAGS -o " + programme + " testdata/cases.cpp -L" + folder + " -lcuda -Wl,-rpath," + folder
	for _, command := range []string{"./build " + folder + " testdata/fixtures.cu", compile} {
		if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			panic(command + ": " + err.Error() + "; run scripts/cuda-test\n" + string(out))
		}
	}
	return m.Run()
}

// outcome is what a case prints in some environment.
func outcome(t *testing.T, name string, environment ...string) string {
	t.Helper()
	c := exec.Command(programme, name)
	c.Env = append([]string{"LD_LIBRARY_PATH=" + filepath.Dir(programme)}, environment...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return string(out)
}

var modes = map[string]string{"forward": "STANDIN_ORDER=forward", "reverse": "STANDIN_ORDER=reverse", "ahead": "STANDIN_ORDER=ahead", "lazy": "STANDIN_LAZY=1"}

// TestFaultsAreFound plants one fault a case; what it says must show in every mode.
func TestFaultsAreFound(t *testing.T) {
	faults := map[string][]string{
		"two_barriers":            {"threads wait at different barriers: lines ", "sync: CUDA_ERROR_LAUNCH_FAILED"},
		"deadlock":                {"deadlock: ", "nobody comes", "sync: CUDA_ERROR_LAUNCH_TIMEOUT"},
		"split_warp":              {"the lanes of a warp have diverged", "sync: CUDA_ERROR_LAUNCH_FAILED"},
		"write_past_the_end":      {"thread (7,0,0): address", "0 bytes past the end of an allocation of 4096", "sync: CUDA_ERROR_ILLEGAL_ADDRESS"},
		"write_just_past_the_end": {"something wrote just past the end of an allocation of 20 bytes", "sync: CUDA_ERROR_ILLEGAL_ADDRESS"},
		"write_before_the_start":  {"something wrote just before an allocation of 20 bytes", "sync: CUDA_ERROR_ILLEGAL_ADDRESS"},
		"read_past_the_end":       {"bytes past the end of an allocation of 4096", "sync: CUDA_ERROR_ILLEGAL_ADDRESS"},
		"read_null":               {"read_at: ", "sync: CUDA_ERROR_ILLEGAL_ADDRESS"},
		"misaligned":              {"fixtures.cu:", "misaligned access at", "no multiple of 16", "sync: CUDA_ERROR_MISALIGNED_ADDRESS"},
		"static_shared":           {"fixtures.cu:", "index 64 is outside of the array", "sync: CUDA_ERROR_ILLEGAL_ADDRESS"},
		"dynamic_shared":          {"dynamic_at: ", "sync: CUDA_ERROR_ILLEGAL_ADDRESS"},
		"division":                {"integer division by zero", "sync: CUDA_ERROR_LAUNCH_FAILED"},
		"unwritten":               {"numbers: 0\n"},
		"no_context":              {"alloc: CUDA_ERROR_INVALID_CONTEXT"},
		"allocation_in_capture":   {"begin: CUDA_SUCCESS", "alloc: CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "end: CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"},
		"wait_in_capture":         {"wait: CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "end: CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"},
		"branch_not_joined":       {"a branch of the capture has not been joined", "end: CUDA_ERROR_STREAM_CAPTURE_UNJOINED"},
		"oversized_copy":          {"copy: CUDA_ERROR_INVALID_VALUE", "fill: CUDA_ERROR_INVALID_VALUE", "free: CUDA_ERROR_INVALID_VALUE"},
		"drift": {
			"add: the PTX takes other arguments than the source; run scripts/build-kernels\nfunction: CUDA_ERROR_INVALID_IMAGE\n" +
				"stand-in driver: add: the PTX takes other arguments", "nothing: in the PTX, not in the host build\nfunction: CUDA_ERROR_NOT_FOUND",
		},
		"limits": {
			"1025 threads: CUDA_ERROR_INVALID_VALUE", "no threads: CUDA_ERROR_INVALID_VALUE",
			"beyond launch bounds: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "49 KB: CUDA_ERROR_INVALID_VALUE",
			"allow: CUDA_SUCCESS\n49 KB: CUDA_SUCCESS", "228 KB: CUDA_ERROR_INVALID_VALUE",
			"65536 rows: CUDA_ERROR_INVALID_VALUE", "no stream: CUDA_ERROR_INVALID_HANDLE",
		},
		"broken_context": {
			"trap: block (0,0,0), thread (0,0,0): trap", "sync: CUDA_ERROR_LAUNCH_FAILED", "later: CUDA_ERROR_LAUNCH_FAILED",
			"stale: CUDA_ERROR_CONTEXT_IS_DESTROYED", "3 3",
		},
	}
	for mode, environment := range modes {
		for name, want := range faults {
			out := outcome(t, name, environment)
			for _, w := range want {
				if !strings.Contains(out, w) {
					t.Errorf("%s, %s: want %q in\n%s", name, mode, w, out)
				}
			}
		}
	}
}

// TestMissingBarrierShowsInOneOrder: which one depends on who reads what whom wrote.
func TestMissingBarrierShowsInOneOrder(t *testing.T) {
	for name, order := range map[string]string{"barrier_before_reading": "reverse", "barrier_before_writing": "ahead"} {
		if out := outcome(t, name, modes["forward"]); !strings.Contains(out, "wrong: none") {
			t.Errorf("%s, forward: %s", name, out)
		}
		if out := outcome(t, name, modes[order]); !strings.Contains(out, "wrong: some") {
			t.Errorf("%s, %s: %s", name, order, out)
		}
	}
}

// TestWorkIsDoneAsOnACard holds what the driver computes in every mode.
func TestWorkIsDoneAsOnACard(t *testing.T) {
	right := map[string][]string{
		"graph":             {"6 6 6 6", "cuGraphLaunch 3\nadd 6", "nodes 2"},
		"events":            {"3 3 3 3"},
		"ordered_failures":  {"first: CUDA_SUCCESS", "second: CUDA_ERROR_LAUNCH_FAILED", "third: CUDA_SUCCESS", "alloc: CUDA_ERROR_OUT_OF_MEMORY"},
		"copies_waited_for": {"3 3 0"},
		"copies_read_early": {"3 -1"},
		"product":           {"wrong: 0\n"},
		"collectives":       {"3 14 30 28 26 31 11 496 31 5 1 0 10"},
	}
	for mode, environment := range modes {
		for name, want := range right {
			out := outcome(t, name, environment)
			for _, w := range want {
				if !strings.Contains(out, w) {
					t.Errorf("%s, %s: want %q in\n%s", name, mode, w, out)
				}
			}
		}
	}
}

// TestLazyWorkIsLate: what is read without waiting is old, and page-locked memory
// is read when the copy is done.
func TestLazyWorkIsLate(t *testing.T) {
	for environment, want := range map[string]string{
		modes["forward"]: "before waiting: 1\nafter: 1\npast the stream: 2\n",
		modes["lazy"]:    "before waiting: 7\nafter: 1\npast the stream: 1\n",
	} {
		if out := outcome(t, "late", environment); !strings.Contains(out, want) {
			t.Errorf("%s: want %q in\n%s", environment, want, out)
		}
	}
	if out := outcome(t, "late", modes["lazy"]); !strings.Contains(out, "as copied: 6") {
		t.Errorf("want the copy to see what was written after its call, found\n%s", out)
	}
	if out := outcome(t, "events", modes["lazy"]); !strings.Contains(out, "at the event: 1\n") {
		t.Errorf("want a stream to wait for the event alone, found\n%s", out)
	}
}

// TestBranchesRunWhenTheyMay: in lazy mode where they are joined, otherwise at once.
func TestBranchesRunWhenTheyMay(t *testing.T) {
	for mode, want := range map[string]string{"forward": "12 12 12 12", "lazy": "2 2 2 2"} {
		out := outcome(t, "branch", modes[mode])
		for _, w := range []string{"end: CUDA_SUCCESS", "112 112 112 112", "\n" + want + " \n"} {
			if !strings.Contains(out, w) {
				t.Errorf("%s: want %q in\n%s", mode, w, out)
			}
		}
	}
}

func TestMachineWithoutACard(t *testing.T) {
	if out := outcome(t, "graph", "STANDIN_DEVICES=0"); out != "init: CUDA_ERROR_NO_DEVICE\n" {
		t.Errorf("found %q", out)
	}
}

func TestMemoryRunsOut(t *testing.T) {
	const want = "1000 of 1000\ntoo much: CUDA_ERROR_OUT_OF_MEMORY\nall: CUDA_SUCCESS\nmore: CUDA_ERROR_OUT_OF_MEMORY\nfree: CUDA_SUCCESS\n1000 of 1000\n"
	if out := outcome(t, "memory_is_limited", "STANDIN_MEMORY=1000"); out != want {
		t.Errorf("found %q, want %q", out, want)
	}
}

func TestOldCardRefusesNewPTX(t *testing.T) {
	if out := outcome(t, "graph", "STANDIN_COMPUTE=61"); !strings.Contains(out, "load: CUDA_ERROR_NO_BINARY_FOR_GPU") {
		t.Errorf("found %q", out)
	}
}
