package reproduce

import (
	"path/filepath"
	"testing"

	"ssdgm/train/report"
)

// TestTheProjectsRecordsCount holds that the records answer every cell of the table but those that were not measured.
func TestTheProjectsRecordsCount(t *testing.T) {
	r := &Request{
		Table: &report.Table1, Labels: report.Table1.Labels, Seeds: []uint64{0, 1, 2},
		Runs: filepath.Join(t.TempDir(), "runs"), Records: filepath.Join("..", "records"),
	}
	lines, err := r.Lines()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		want := len(r.Seeds)
		if !line.Ours || line.Key == "m2" && line.Labels > 100 {
			want = 0
		}
		if len(line.Results) != want {
			t.Errorf("%s with %d labels: want %d records taken, found %d", line.Key, line.Labels, want, len(line.Results))
		}
		for _, result := range line.Results {
			if !result.Whole {
				t.Errorf("%s: want the time of its M1 known", result.Path())
			}
		}
	}
}
