package run

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var writeGolden = flag.Bool("golden", false, "write the golden checkpoint of this version, where there is none yet")

// golden is the file of a format version. It is written once, by the first ssdgm of that
// version, with 'go test ./train/run -run Golden -golden', and never again: it stands for the
// files that people have.
func golden(version int) string {
	return filepath.Join("testdata", fmt.Sprintf("format-%d.safetensors", version))
}

func TestGoldenCheckpointsOfEveryVersionAreRead(t *testing.T) {
	want := state("m2", 7)
	want.metricsBytes, want.timingBytes = 1234, 567
	if *writeGolden {
		write, err := want.writeTo()
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(golden(formatVersion), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := write(f); err != nil {
			t.Fatal(err)
		}
	}
	for version := 1; version <= formatVersion; version++ {
		found, err := readCheckpoint(disk{}, golden(version))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, found, cmp.AllowUnexported(Checkpoint{})); diff != "" {
			t.Errorf("version %d: %s", version, diff)
		}
	}
}
