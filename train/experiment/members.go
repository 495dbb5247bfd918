package experiment

import (
	"fmt"
	"os"
	"path/filepath"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/run"
)

// Members are what to train: those of the configuration at path or, where path is empty, of the run or the runs in dir,
// or else of the default one, with the settings sets, as in m1.latents=50. notes are lines for the user.
//
// Where nothing is in dir, but a run in a folder around it, or beside it with nearly its name, nothing is trained:
// whoever meant to go on there would train something else.
func Members(path, dir string, sets []string) (members []configs.Member, notes []string, err error) {
	if _, err := run.View(path); path != "" && err == nil {
		return nil, nil, data.InputErrorf("open %s: want a TOML file, found a run; to go on with it: %s", path,
			message.Command("train", "--out", path))
	}
	if path == "" && dir != "" {
		c, err := train.RunConfig(dir, sets)
		if c != nil || err != nil {
			return []configs.Member{{Config: c}}, nil, err
		}
		several, err := train.RunConfigs(dir, sets)
		if len(several) > 0 || err != nil {
			return several, nil, err
		}
		if below := filepath.Join(dir, "runs"); holdsRun(below) {
			return nil, nil, data.InputErrorf("open %s: want a run to go on with, found those of a sweep or a table, in %s; give that: %s", dir,
				below, message.Command("train", "--out", below))
		}
		if around := aroundRun(dir); around != "" {
			return nil, nil, data.InputErrorf("open %s: want a run to go on with, found none, but one around it, in %s; give that: %s", dir,
				around, message.Command("train", "--out", around))
		}
		if near := nearRun(dir); near != "" {
			return nil, nil, data.InputErrorf("open %s: want a run to go on with, found none, but one in %s; give that, or for a new run "+
				"its configuration too: %s", dir, near, message.Command("train", configs.DefaultName, "--out", dir))
		}
		notes = append(notes, fmt.Sprintf("no run is in %s yet: starting that of %s", dir, configs.DefaultName))
	}
	grid, origins, err := configs.LoadGrid(path, sets)
	if err != nil {
		return nil, nil, err
	}
	return grid.Members, append(notes, origins.Idle...), nil
}

// nearRun is the folder beside dir that holds a run, or several, and has nearly its name; empty if there is none.
func nearRun(dir string) string {
	parent, name := filepath.Split(filepath.Clean(dir))
	entries, err := os.ReadDir(filepath.Clean(parent + "."))
	if err != nil {
		return "" // Whether a folder can be made there is run.Open's to say.
	}
	var names []string
	for _, entry := range entries {
		if configs.Nearest(name, []string{entry.Name()}) != "" && holdsRun(filepath.Join(parent, entry.Name())) {
			names = append(names, entry.Name())
		}
	}
	if near := configs.Nearest(name, names); near != "" {
		return filepath.Join(parent, near)
	}
	return ""
}

// aroundRun is the run folder that dir lies in, or a file of it; empty if it lies in none.
func aroundRun(dir string) string {
	for at := filepath.Dir(filepath.Clean(dir)); ; at = filepath.Dir(at) {
		if run.IsRun(at) {
			return at
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}

// holdsRun tells whether a folder is a run's, or has one in it.
func holdsRun(dir string) bool {
	if _, err := run.View(dir); err == nil {
		return true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, entry := range entries {
		if _, err := run.View(filepath.Join(dir, entry.Name())); err == nil {
			return true
		}
	}
	return false
}

// DataSets are the members' data sets.
func DataSets(members []configs.Member) []configs.Data {
	all := make([]configs.Data, len(members))
	for i, m := range members {
		all[i] = m.Config.Data
	}
	return all
}

// Extend has the finished runs of members, each in its folder below dir, extended by STEPS or FROM+STEPS, see
// train.Extend. notes are lines for the user.
func Extend(dir string, members []configs.Member, by string) (notes []string, err error) {
	longer, err := train.ParseLonger(by)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		line, err := train.Extend(filepath.Join(dir, m.Name), longer)
		if err != nil {
			return nil, err
		}
		notes = append(notes, line)
	}
	return notes, nil
}
