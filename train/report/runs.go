package report

import (
	"os"
	"path/filepath"

	"ssdgm/train"
	"ssdgm/train/run"
)

// Named is a run of a folder of several.
type Named struct{ Name, Path string }

// RunsIn are the runs of a folder of several: those of a grid, of a sweep or of a table that is reproduced. It has
// none where path is a run, a file or nothing.
func RunsIn(path string) ([]Named, error) {
	for _, name := range []string{"config.toml", run.ModelName} {
		if _, err := os.Stat(filepath.Join(path, name)); err == nil {
			return nil, nil
		}
	}
	for _, dir := range []string{path, filepath.Join(path, "runs")} {
		members, err := train.RunConfigs(dir, nil)
		if err != nil {
			return nil, err
		}
		var runs []Named
		for _, m := range members {
			runs = append(runs, Named{m.Name, filepath.Join(dir, m.Name)})
		}
		if len(runs) > 0 {
			return runs, nil
		}
	}
	return nil, nil
}
