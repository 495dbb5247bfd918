package pictures

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/run"
)

// Picture is a sheet and the name of its file, without .png.
type Picture struct {
	Name string
	*Sheet
}

// All draws what a model's configuration asks for: samples; where z has two
// dimensions, the grids; analogies; and M1's reconstructions. The images of the last
// two are of the given set. A model that generates nothing gives no picture.
func All(dev engine.Device, t *trained.Model, set *data.Set) ([]Picture, error) {
	if t.M1 == nil && t.M2 == nil {
		return nil, nil
	}
	c, all := t.Config.Pictures, []Picture(nil)
	if c.SamplesPerClass > 0 {
		s, err := Generate(dev, t, Options{PerClass: c.SamplesPerClass, Seed: t.Config.Seed})
		if err != nil {
			return nil, err
		}
		all = append(all, Picture{"samples", s})
	}
	if t.M2 != nil && t.M2.Latents == 2 {
		grids, contact, err := Grids(dev, t, c.Grid)
		if err != nil {
			return nil, err
		}
		all = append(all, Picture{"grids", contact})
		for class, s := range grids {
			all = append(all, Picture{fmt.Sprintf("grid-%d", class), s})
		}
	}
	count := min(c.Analogies, set.N)
	if count > 0 && t.M2 != nil {
		s, err := Analogies(dev, t, set, count)
		if err != nil {
			return nil, err
		}
		all = append(all, Picture{"analogies", s})
	}
	if count > 0 && t.M1 != nil {
		s, err := Reconstructions(dev, t, set, count)
		if err != nil {
			return nil, err
		}
		all = append(all, Picture{"reconstructions", s})
	}
	return all, nil
}

// Save writes a sheet to a PNG file of any name, whole or not at all.
func (s *Sheet) Save(path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return data.InputErrorf("write %s: %w", path, bare(err))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, bare(err))
	}
	err = cmp.Or(s.WritePNG(file), file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // The error before it is the one that tells.
		return fmt.Errorf("write %s: %w", path, bare(err))
	}
	return nil
}

// bare is the reason inside an error of package os. The temporary file's name, which
// comes with it, would only puzzle.
func bare(err error) error {
	if reason := errors.Unwrap(err); reason != nil {
		return reason
	}
	return err
}

// Imagined draws what All does without any images.
//
// A model without a decoder generates nothing. The error names the command that evaluates it, at path.
func Imagined(dev engine.Device, t *trained.Model, path string) ([]Picture, error) {
	if t.M1 == nil && t.M2 == nil {
		return nil, data.InputErrorf("generate: want a model with a decoder (m1, m2 or m1m2), found model = %q, which classifies alone; %s evaluates it",
			t.Config.Model, message.Command("eval", path))
	}
	c := *t.Config
	c.Pictures.Analogies = 0
	without := *t
	without.Config = &c
	return All(dev, &without, &data.Set{})
}

// SaveAll writes pictures as DIR/NAME.png, and tells of each path. It writes over no picture of a run's own.
func SaveAll(dir string, all []Picture, tell func(path string) error) error {
	for _, p := range all {
		path := filepath.Join(dir, p.Name+".png")
		if owner, own := run.Owner(path); own {
			return data.InputErrorf("--out %s: want a folder for pictures, found one of the run in %s; choose another --out", dir, owner)
		}
		if err := p.Save(path); err != nil {
			return run.Unwritable(err)
		}
		if err := tell(path); err != nil {
			return err
		}
	}
	return nil
}
