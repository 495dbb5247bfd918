package train

import (
	"path/filepath"
	"strings"

	"ssdgm/configs"
	"ssdgm/model/trained/format"
	"ssdgm/train/data"
	"ssdgm/train/run"
)

// MadeWith is the configuration that a run folder's newest sound checkpoint was made with: it decides, whatever has
// become of config.toml. It refuses a config.toml that says otherwise in what decides numbers; nil where dir is no run
// folder. Where there is no checkpoint, or one of an earlier version that has no configuration in it, the file is
// believed.
func MadeWith(dir string) (*configs.Config, error) {
	file, err := RunConfig(dir, nil)
	if err != nil || file == nil {
		return nil, err
	}
	folder, err := run.View(dir)
	if err != nil {
		return nil, err
	}
	// All phases, as those of an edited configuration may be others. What is wrong with checkpoints is Resume's to say.
	newest, _, err := folder.Latest(configs.PhaseNames()...)
	if err != nil || newest == nil {
		return file, nil
	}
	made := madeWith(newest)
	if made == nil {
		return file, nil
	}
	if made, err = extended(folder, made); err != nil {
		return nil, err
	}
	if edited := configs.Diff(made, file); len(edited) > 0 {
		name := filepath.Join(dir, "config.toml")
		return nil, data.InputErrorf("open %s: want what this run was trained with, found it edited: %s; "+
			"take these back to go on, or give %s and another --out to train what it says now", name, strings.Join(edited, "; "), name)
	}
	return made, nil
}

// madeWith is the configuration in a checkpoint; nil where an earlier version wrote none, or none that is understood.
func madeWith(c *run.Checkpoint) *configs.Config {
	text, ok := c.Metadata[format.Config]
	if !ok {
		return nil
	}
	made, _, err := configs.Parse("checkpoint", []byte(text), nil)
	if err != nil {
		return nil
	}
	return made
}
