package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	if err := CheckDevice(o.Device, c, set.N, set.D(), set.Classes); err != nil {
		return err
	}
	o.Train = &handOver{set}
	if !begun && c.HasM1() {
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
	values, err := unfinishedM1(c, m)
	if err == nil && values == nil {
		values, err = fileM1(c, m)
	}
	if err != nil {
		return nil, fmt.Errorf("m1.from = %q: %w", c.M1.From, err)
	}
	return values, nil
}

// fileM1 reads the M1 of a file or of a finished run.
func fileM1(c *configs.Config, m *model.M1) ([]float32, error) {
	file, err := OpenModelFile(c.M1.From)
	if err != nil {
		return nil, err
	}
	// A file of another program's does not say what its parameters are used with.
	if text, ok := file.Metadata[metaConfig]; ok {
		theirs, _, err := configs.Parse(c.M1.From, []byte(text), nil)
		if err != nil {
			return nil, err
		}
		if err := sameM1(theirs, c); err != nil {
			return nil, err
		}
	}
	return importValues(&m.Layout, file)
}

// sameM1 refuses parameters that were trained with another activation or output: the
// tensors' shapes do not show that.
func sameM1(theirs, ours *configs.Config) error {
	for _, word := range []struct{ key, theirs, ours string }{
		{"m1.activation", theirs.M1.Activation, ours.M1.Activation},
		{"m1.output", theirs.M1.Output, ours.M1.Output},
	} {
		if word.theirs != word.ours {
			return data.InputErrorf("want an M1 trained with %s = %q, found %q; set it to that, or choose another M1", word.key, word.ours, word.theirs)
		}
	}
	return nil
}

// unfinishedM1 reads the M1 of a run folder that has no result yet, if the run has come to
// the end of M1's training; nil where it has not, and where there is no such folder.
func unfinishedM1(c *configs.Config, m *model.M1) ([]float32, error) {
	dir := c.M1.From
	if _, err := os.Stat(filepath.Join(dir, run.ModelName)); !errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	theirs, err := RunConfig(dir, nil)
	if err != nil || theirs == nil || !slices.Contains(theirs.Phases(), "m1") {
		return nil, err
	}
	folder, err := run.View(dir)
	if err != nil {
		return nil, err
	}
	newest, _, err := folder.Latest(theirs.Phases()...)
	if err != nil || newest == nil || newest.Phase == "m1" && !finished(newest) {
		return nil, err
	}
	if err := sameM1(theirs, c); err != nil {
		return nil, err
	}
	if newest.Phase != "m1" {
		return importValues(&m.Layout, &newest.File)
	}
	if theirs.Select == "validation" {
		best, err := folder.Best("m1")
		if err != nil {
			return nil, err
		}
		if best != nil {
			newest = best
		}
	}
	return resultOf(newest, &m.Layout)
}

// handOver is a part that has been read already. It lets go of the set when it gives
// it away: a device has a copy, and two would be one too many.
type handOver struct{ set *data.Set }

func (h *handOver) Load() (*data.Set, error) {
	set := h.set
	h.set = nil
	return set, nil
}
