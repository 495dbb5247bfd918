package train

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ssdgm/configs"
	"ssdgm/model"
	"ssdgm/train/data"
	"ssdgm/train/run"
)

// OpenRun makes the run folder, or opens the one that is there, as o.Run. Before that
// it finds out whether the configuration is the folder's own and whether all that it
// names is sound, so that a mistake leaves nothing behind. The training part is read
// here; Run takes it over.
func (o *Options) OpenRun(dir string) error {
	c := o.Config
	begun, err := sameRun(dir, c)
	if err != nil {
		return err
	}
	set, err := o.Train.Load()
	if err != nil {
		return err
	}
	if _, _, err := divide(c, set); err != nil {
		return err
	}
	o.Train = &handOver{set}
	if !begun && slices.Contains([]string{"m1", "m1m2"}, c.Model) {
		if _, err := adopted(c, model.NewM1(M1Spec(c, set.D()))); err != nil {
			return err
		}
	}
	o.Run, err = run.Open(dir, c.TOML(), run.Options{Phases: c.Phases(), Keep: c.Checkpoint.Keep})
	return err
}

// sameRun tells whether a folder holds a run already, and refuses one that was made
// with another configuration.
func sameRun(dir string, c *configs.Config) (bool, error) {
	theirs, err := RunConfig(dir, nil)
	if err != nil || theirs == nil {
		return false, err
	}
	if differing := configs.Diff(theirs, c); len(differing) > 0 {
		return false, data.InputErrorf("open %s: this run was made with another configuration: %s; choose another --out, or take these back to go on with it",
			dir, strings.Join(differing, "; "))
	}
	return true, nil
}

// RunConfig is the configuration that a run folder was made with, changed by overrides
// "key=value"; nil where dir is no run folder.
func RunConfig(dir string, sets []string) (*configs.Config, error) {
	folder, err := run.View(dir)
	if errors.Is(err, run.ErrUser) {
		// Whether the path can become a run folder is run.Open's to say.
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, _, err := configs.Parse(filepath.Join(dir, "config.toml"), folder.Config(), sets)
	return c, err
}

// adopted reads the trained M1 that the configuration names; nil where it names none.
func adopted(c *configs.Config, m *model.M1) ([]float32, error) {
	if c.M1.From == "" {
		return nil, nil
	}
	var values []float32
	file, err := OpenModelFile(c.M1.From)
	if err == nil {
		values, err = importValues(&m.Layout, file)
	}
	if err != nil {
		return nil, fmt.Errorf("m1.from = %q: %w", c.M1.From, err)
	}
	return values, nil
}

// handOver is a part that has been read already. It lets go of the set when it gives
// it away: a device has a copy, and two would be one too many.
type handOver struct{ set *data.Set }

func (h *handOver) Load() (*data.Set, error) {
	set := h.set
	h.set = nil
	return set, nil
}
