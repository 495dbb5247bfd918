// Package ckpt lists, verifies, prunes, compares and exports checkpoints and models.
package ckpt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/report"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// openRun opens a run folder to read from it.
func openRun(dir string) (*run.Folder, *configs.Config, error) {
	folder, err := run.View(dir)
	if err != nil {
		return nil, nil, err
	}
	c, err := train.RunConfig(dir, nil)
	return folder, c, err
}

// List is a table of a run's checkpoints, its titles first, and whether they are sound.
func List(dir string) ([][]string, error) {
	folder, c, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	files, err := folder.Files(c.Phases()...)
	if err != nil {
		return nil, err
	}
	looks, err := train.Validations(folder)
	if err != nil {
		return nil, err
	}
	rows := [][]string{{"checkpoint", "phase", "step", "bytes", "validation", "state"}}
	for _, name := range files {
		row, err := describe(name, looks)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// describe is a checkpoint's row in the list. What a damaged one says of itself is not told.
func describe(path string, looks map[train.Moment]train.Validation) (row []string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	name, bytes := strings.TrimSuffix(filepath.Base(path), ".safetensors"), report.Thousands(int(info.Size()))
	row = []string{name, "–", "–", bytes, "–", "sound"}
	c, err := run.ReadCheckpoint(path)
	switch {
	case errors.Is(err, run.ErrUser):
		row[5] = "of a newer ssdgm"
		return row, nil
	case err != nil:
		row[5] = "damaged"
		return row, nil
	}
	row[1], row[2] = c.Phase, report.Thousands(int(c.Step))
	if look, ok := looks[train.Moment{Phase: c.Phase, Step: int(c.Step)}]; ok {
		row[4] = judgement(look)
	}
	return row, nil
}

// judgement is what a look at validation data is judged by.
func judgement(v train.Validation) string {
	if v.ValidationError != nil {
		return fmt.Sprintf("error %.2f %%", float64(*v.ValidationError))
	}
	return fmt.Sprintf("bound %.2f nats", float64(*v.ValidationBound))
}

// Append appends the list of a run to that of those before it, with its name in front; without one it is the only run.
func Append(table [][]string, name string, rows [][]string) [][]string {
	if name == "" {
		return rows
	}
	for i, row := range rows {
		switch {
		case i > 0:
			table = append(table, append([]string{name}, row...))
		case table == nil:
			table = append(table, append([]string{"run"}, row...))
		}
	}
	return table
}

// Verify tells of each of a run's checkpoints, or of one file, that it is sound; the error says which are not, and
// where they are damaged.
func Verify(w io.Writer, path string) error {
	files, result := []string{path}, ""
	info, err := os.Stat(path)
	if err != nil {
		return data.InputErrorf("open %s: want a run folder or a .safetensors file, found nothing", path)
	}
	if info.IsDir() {
		folder, c, err := openRun(path)
		if err != nil {
			return err
		}
		if files, err = folder.Files(c.Phases()...); err != nil {
			return err
		}
		if model := filepath.Join(path, run.ModelName); exists(model) {
			files, result = append(files, model), model
		}
	}
	var faults []error
	for _, name := range files {
		err := verify(w, name)
		if err == nil && name == result {
			_, err = trained.ReadResult(path) // It may be sound, and another run's.
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// verify tells that a file is sound, or returns what is wrong with it. What reads as a model, but carries no checksum,
// was not written by this version's training.
func verify(w io.Writer, path string) error {
	file, err := safetensors.ReadFile(path)
	if err != nil {
		return err
	}
	sound := fmt.Sprintf("sound in its structure, %d tensors; it carries no checksum", len(file.Tensors))
	if run.IsCheckpoint(file) || strings.Contains(filepath.ToSlash(path), "checkpoints/") {
		c, err := run.ReadCheckpoint(path)
		if err != nil {
			return err
		}
		sound = fmt.Sprintf("sound, %s step %s, %d tensors", c.Phase, report.Thousands(int(c.Step)), len(c.Tensors))
	} else if _, ok := file.Metadata[safetensors.SumKey]; ok {
		sound = fmt.Sprintf("sound, %d tensors", len(file.Tensors))
	}
	if err := finite(path, file); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s: %s\n", path, sound)
	return err
}

// finite refuses parameters that are no numbers; one line names each tensor that has some. What a checkpoint has
// beside them may be infinite: the best loss before there was one.
func finite(path string, file *safetensors.File) error {
	var faults []error
	for _, t := range train.Parameters(file) {
		if count, first := t.NotFinite(); count > 0 {
			faults = append(faults, fmt.Errorf("read %s: tensor %.100q: want finite numbers, "+
				"found %d that are not, the first at place %d", path, t.Name, count, first))
		}
	}
	return errors.Join(faults...)
}

// Prune removes all but the last keep sound checkpoints of a run, and each phase's best, and tells which; 0 is the
// configuration's number. With dry it only tells. It holds the run meanwhile, so that no trainer goes on.
func Prune(dir string, keep int, dry bool) (removed []string, err error) {
	folder, c, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	if keep == 0 {
		keep = c.Checkpoint.Keep
	}
	if dry {
		return folder.Surplus(keep, c.ResultPhase(), c.Phases()...)
	}
	r, err := run.Open(dir, nil, run.Options{Phases: c.Phases(), Keep: keep, Result: c.ResultPhase()})
	switch {
	case errors.Is(err, run.ErrLocked):
		return nil, data.InputErrorf("%w; prune it when that has ended", err)
	case err != nil:
		return nil, err
	}
	removed, err = r.Prune()
	return removed, errors.Join(err, r.Close())
}
