package formats

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/frametest"
)

// fixture is what a file that another program wrote holds, as testdata/make.py has it.
type fixture struct {
	File    string
	Options frame.Options
	Names   []string
	Shape   [3]int
	Rows    int
	Texts   [][]string // of the first rows
	Columns []int      // those read as numbers
	Numbers [][]*float32
	Index   bool // the first column numbers the rows
	Bytes   bool
	Sparse  bool
}

const testdata = "../testdata"

// TestFilesOfOtherProgramsAreRead holds every format against an independent writer: pandas, NumPy, SciPy, idx2numpy.
func TestFilesOfOtherProgramsAreRead(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(testdata, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var fixtures []fixture
	if err := json.Unmarshal(content, &fixtures); err != nil {
		t.Fatal(err)
	}
	for _, want := range fixtures {
		t.Run(want.File+want.Options.Variable, func(t *testing.T) {
			open := func() frame.Reader {
				r, err := Open(filepath.Join(testdata, want.File), want.Options)
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			r := open()
			height, width, channels := r.Shape()
			found := fixture{
				File: want.File, Options: want.Options, Names: frametest.Names(r), Columns: want.Columns,
				Shape: [3]int{height, width, channels}, Bytes: r.Bytes(), Sparse: r.Sparse(), Index: r.Columns()[0].Index,
				Texts: frametest.Texts(t, r), Numbers: frametest.Numbers(t, open(), want.Columns),
			}
			found.Rows = len(found.Texts)
			found.Texts, found.Numbers = found.Texts[:len(want.Texts)], found.Numbers[:len(want.Texts)]
			if diff := cmp.Diff(want, found); diff != "" {
				t.Error(diff)
			}
			columns := r.Columns()
			if last := columns[len(columns)-1]; last.Label != (len(columns) > height*width*channels) {
				t.Errorf("%d columns of %d×%d×%d values, the last one %+v", len(columns), height, width, channels, last)
			}
		})
	}
}
