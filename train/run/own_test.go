package run

import (
	"os"
	"path/filepath"
	"testing"
)

// TestARunKnowsItsOwnFiles holds that no spelling of a path hides that a file is a run's.
func TestARunKnowsItsOwnFiles(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "run")
	r, err := Open(dir, []byte("model = \"m1\"\n"), Options{Phases: []string{"m1"}, Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(root, "mine")
	for _, err := range []error{
		os.Mkdir(mine, 0o777),
		os.WriteFile(filepath.Join(mine, configName), nil, 0o666),
		os.Symlink(dir, filepath.Join(root, "link")),
		os.Symlink(filepath.Join(dir, configName), filepath.Join(mine, "config")),
		os.Symlink(filepath.Join(dir, checkpointsName), filepath.Join(mine, "points")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for path, own := range map[string]bool{
		"config.toml": true, "./model.safetensors": true, "../run/summary.json": true, "MODEL.safetensors": true,
		"checkpoints/new.onnx": true, "pictures/new/classifier.onnx": true, "heartbeat": true, "data.folder": true, "extended.json": true,
		"../link/model.safetensors": true, "../mine/config": true, "../mine/points/x": true,
		"export.npz": false, "networks/classifier.onnx": false, "../mine/model.safetensors": false, "../none/model.safetensors": false,
	} {
		if found, is := Owner(path); is != own || own && found != dir {
			t.Errorf("%s: want %v of %s, found %v of %s", path, own, dir, is, found)
		}
	}
}
