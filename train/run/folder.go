package run

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"

	"ssdgm/train/message"
)

// The names in a run folder.
const (
	configName      = "config.toml"
	metricsName     = "metrics.jsonl"
	timingName      = "timing.jsonl"
	summaryName     = "summary.json"
	checkpointsName = "checkpoints"
	picturesName    = "pictures"
	lockName        = "lock"
	ownerName       = "lock.owner"
	rowsName        = "examples.rows" // see package spool
)

// A Folder is a run folder as a reader sees it. It needs no lock: the run may be under way.
type Folder struct {
	fsys   FS
	dir    string
	config []byte
}

// noRun says what is where a run is wanted, and how to get one where that goes.
func noRun(fsys FS, dir string) error {
	names, err := fsys.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return userErrorf("open %s: want a run folder, found nothing; train one with %s", dir, message.Command("train", "--out", dir))
	case err != nil:
		return userErrorf("open %s: want a run folder, found a file", dir)
	case len(names) == 0:
		return userErrorf("open %s: want a run folder, found an empty one; train one with %s", dir, message.Command("train", "--out", dir))
	}
	return userErrorf("open %s: want a run folder, found no %s in it%s", dir, configName, message.OneOf(dir, configName))
}

// View opens a run folder to read from it.
func View(dir string) (*Folder, error) { return view(disk{}, dir) }

func view(fsys FS, dir string) (*Folder, error) {
	config, err := readBytes(fsys, filepath.Join(dir, configName))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, noRun(fsys, dir)
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, &userError{fmt.Sprintf("read %s: %v", filepath.Join(dir, configName), bare(err)), err}
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(dir, configName), bare(err))
	}
	return &Folder{fsys: fsys, dir: dir, config: config}, nil
}

// Dir returns the folder's path as it was given.
func (f *Folder) Dir() string { return f.dir }

// Config returns the bytes of config.toml as they were when the run began.
func (f *Folder) Config() []byte { return f.config }

// path returns the path of a file in the folder.
func (f *Folder) path(elem ...string) string {
	return filepath.Join(append([]string{f.dir}, elem...)...)
}

// Latest returns the newest checkpoint that is sound, or nil where there is none at all.
// phases are the run's phases in the order in which they are trained. Each warning is a line
// that names a newer checkpoint that could not be used, the reason, and the checkpoint that is
// used in its stead.
func (f *Folder) Latest(phases ...string) (c *Checkpoint, warnings []string, err error) {
	c, skipped, err := f.latest(phases)
	return c, warningsOf(skipped, c), err
}

// skip is a checkpoint that could not be used.
type skip struct {
	position
	reason error
}

// warningsOf tells of the checkpoints that were skipped before used was found.
func warningsOf(skipped []skip, used *Checkpoint) []string {
	var warnings []string
	for _, s := range skipped {
		warnings = append(warnings, fmt.Sprintf("%v; going on from %v", s.reason, used.position()))
	}
	return warnings
}

// latest is Latest; where it returns no checkpoint it returns no skipped ones either.
func (f *Folder) latest(phases []string) (*Checkpoint, []skip, error) {
	positions, err := f.positions(phases)
	if err != nil {
		return nil, nil, err
	}
	var skipped []skip
	for _, p := range slices.Backward(positions) {
		c, err := f.read(p)
		if errors.Is(err, ErrUser) {
			return nil, nil, err
		}
		if err == nil {
			return c, skipped, nil
		}
		skipped = append(skipped, skip{position: p, reason: err})
	}
	if len(skipped) > 0 {
		return nil, nil, fmt.Errorf("%w; none of %d checkpoints can be used: restore one, or train into another folder", skipped[0].reason, len(skipped))
	}
	return nil, nil, nil
}

// read reads and verifies the checkpoint of a position.
func (f *Folder) read(p position) (*Checkpoint, error) {
	name := f.path(checkpointsName, p.String())
	c, err := readCheckpoint(f.fsys, name)
	if err == nil && c.position() != p {
		return nil, fmt.Errorf("read %s: want what its name says, found %v", name, c.position())
	}
	return c, err
}

// positions lists the checkpoints of these phases, oldest first.
func (f *Folder) positions(phases []string) ([]position, error) {
	names, err := f.fsys.ReadDir(f.path(checkpointsName))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path(checkpointsName), bare(err))
	}
	var positions []position
	for _, name := range names {
		if p, ok := parsePosition(name); ok && slices.Contains(phases, p.phase) {
			positions = append(positions, p)
		}
	}
	slices.SortFunc(positions, func(a, b position) int { return compare(phases, a, b) })
	return positions, nil
}

// compare orders positions as a run with these phases reaches them.
func compare(phases []string, a, b position) int {
	return cmp.Or(
		cmp.Compare(slices.Index(phases, a.phase), slices.Index(phases, b.phase)),
		cmp.Compare(a.step, b.step))
}

// Best returns the checkpoint that was the best of its phase when it was saved, or nil where
// none was.
func (f *Folder) Best(phase string) (*Checkpoint, error) {
	c, err := readCheckpoint(f.fsys, f.path(checkpointsName, bestOf(phase)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return c, err
}

// Timing returns timing.jsonl, or nothing where there is none yet.
func (f *Folder) Timing() ([]byte, error) { return f.journal(timingName) }

// MetricsLines returns metrics.jsonl, or nothing where there is none yet.
func (f *Folder) MetricsLines() ([]byte, error) { return f.journal(metricsName) }

func (f *Folder) journal(name string) ([]byte, error) {
	b, err := readBytes(f.fsys, f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path(name), bare(err))
	}
	return b, nil
}

// Picture writes pictures/NAME.png, whole or not at all, and returns its path.
func (f *Folder) Picture(name string, encode func(io.Writer) error) (path string, err error) {
	path = f.path(picturesName, name+".png")
	return path, writeAtomic(f.fsys, path, encode)
}
