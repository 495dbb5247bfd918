// Package run keeps a run folder: the configuration, the journals, the checkpoints, the
// pictures and the summary of one training run. It knows nothing of models or devices; a
// checkpoint is named tensors and strings.
//
//	config.toml                            the resolved configuration, written once
//	metrics.jsonl, timing.jsonl            journals, one JSON object a line
//	checkpoints/m2-000012345.safetensors   phase and step; the last few of them
//	checkpoints/m2-best.safetensors        each phase's best, by the caller's own judgement
//	pictures/*.png, summary.json           results
//	lock, lock.owner                       held while a process trains here, and by whom
//	extended.json                          by how much the finished run was made longer
//	data.folder                            where its data were on this machine
//	examples.rows                          its examples while it is trained, where memory has no room for them: the caller's
//	heartbeat                              when that process was last seen to get on, and where
//
// A crash, a kill or a power failure at any moment leaves a folder from which a run goes on:
// files other than journals are replaced whole, and a journal is cut to the length that the
// checkpoint knows. A Run is not safe for concurrent use.
package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Options say how a run is kept.
type Options struct {
	Phases []string // in the order in which they are trained
	Keep   int      // how many checkpoints to keep beside each phase's best, at least 1
	// Result is the phase whose last checkpoint is kept beside them, so that it can be trained for longer; empty: none.
	Result string
	// Every is the number of steps between regular checkpoints; 0 or 1: all are regular. Others,
	// but for the last of their phase, are kept only until there is a newer one.
	Every int
	FS    FS // nil: the machine's own
}

// A Run is a run folder that this process writes to.
type Run struct {
	Folder
	phases  []string
	keep    int
	result  string
	every   int64
	unlock  io.Closer
	metrics *journal
	timing  *journal
	last    string // the newest sound checkpoint's name, "" before the first
	skipped []skip // newer than last and unusable

	heartbeat  File   // nil before the first
	host, boot string // for it
}

// Open makes the run folder dir with that configuration, or opens the one that is there, and
// holds it until Close. The configuration of an existing folder stays as it is: Config
// returns it, and the caller compares. Before anything is written to the run, Resume must
// have been called.
func Open(dir string, config []byte, opts Options) (*Run, error) {
	if len(opts.Phases) == 0 || opts.Keep < 1 {
		panic("run: want at least one phase and one checkpoint to keep")
	}
	fsys := opts.FS
	if fsys == nil {
		fsys = disk{}
	}
	r := &Run{Folder: Folder{fsys: fsys, dir: dir, config: config}, phases: opts.Phases, keep: opts.Keep, result: opts.Result, every: int64(max(1, opts.Every)), host: hostName(), boot: bootID()}
	if err := r.claim(); err != nil {
		return nil, r.unwritable(err)
	}
	if err := r.prepare(); err != nil {
		_ = r.Close() // The error before it is the one that tells.
		return nil, r.unwritable(err)
	}
	return r, nil
}

// claim makes the folders and takes the lock.
func (r *Run) claim() error {
	err := mkdirAll(r.fsys, r.dir)
	if errors.Is(err, syscall.ENOTDIR) {
		return userErrorf("open %s: want a folder, found a file; choose another one with --out", r.dir)
	}
	if err != nil {
		return writeError(r.dir, err)
	}
	if err := r.refuseStrangers(); err != nil {
		return err
	}
	for _, name := range []string{checkpointsName, picturesName} {
		if err := mkdirAll(r.fsys, r.path(name)); err != nil {
			return writeError(r.path(name), err)
		}
	}
	r.unlock, err = r.fsys.Lock(r.path(lockName))
	if errors.Is(err, ErrLocked) {
		owner, err := readBytes(r.fsys, r.path(ownerName))
		if err != nil || len(owner) == 0 {
			owner = []byte("another process") // It has the lock but has not said so yet.
		}
		return &userError{fmt.Sprintf("open %s: %s trains in it", r.dir, owner), ErrLocked}
	}
	return err
}

// refuseStrangers holds that a folder with files in it is a run, not somebody's home.
func (r *Run) refuseStrangers() error {
	names, err := r.fsys.ReadDir(r.dir)
	if errors.Is(err, fs.ErrNotExist) { // It was made a moment ago.
		return userErrorf("open %s: want a folder, found a link that leads nowhere; choose another one with --out", r.dir)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", r.dir, bare(err))
	}
	if slices.Contains(names, configName) {
		return nil
	}
	// A crash can come before the configuration is written: these may be there already.
	early := []string{checkpointsName, picturesName, lockName, ownerName, ownerName + tmpSuffix, configName + tmpSuffix}
	for _, name := range names {
		// What a process that was killed while it read the examples has left is no stranger either.
		if !slices.Contains(early, name) && !strings.HasPrefix(name, rowsName) {
			return userErrorf("open %s: want a run folder or an empty one, found %s and no %s; choose another one with --out", r.dir, name, configName)
		}
	}
	return nil
}

// prepare brings a folder whose lock is held into order.
func (r *Run) prepare() error {
	for _, dir := range []string{r.dir, r.path(checkpointsName), r.path(picturesName)} {
		if err := removeLeftovers(r.fsys, dir); err != nil {
			return writeError(dir, err)
		}
	}
	owner := fmt.Sprintf("process %d on %s (since %s)", os.Getpid(), r.host, time.Now().Format(time.DateTime))
	if err := writeBytes(r.fsys, r.path(ownerName), []byte(owner)); err != nil {
		return err
	}
	names, err := r.fsys.ReadDir(r.dir)
	if errors.Is(err, fs.ErrNotExist) { // It was made a moment ago.
		return userErrorf("open %s: want a folder, found a link that leads nowhere; choose another one with --out", r.dir)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", r.dir, bare(err))
	}
	if !slices.Contains(names, configName) {
		return r.begin()
	}
	r.config, err = readBytes(r.fsys, r.path(configName))
	if err != nil {
		return fmt.Errorf("read %s: %w", r.path(configName), bare(err))
	}
	return nil
}

// begin writes the configuration into a new folder.
func (r *Run) begin() error {
	positions, err := r.positions(r.phases)
	if err != nil {
		return err
	}
	if len(positions) > 0 {
		return userErrorf("open %s: found %d checkpoints and no %s; restore it, or choose another folder with --out", r.dir, len(positions), configName)
	}
	syncAbove(r.fsys, r.dir)
	return writeBytes(r.fsys, r.path(configName), r.config)
}

// Resume returns the checkpoint to go on from, or nil at the beginning of a run, with the
// warnings of Latest. It cuts both journals to what stood in them at that checkpoint.
func (r *Run) Resume() (*Checkpoint, []string, error) {
	c, skipped, err := r.latest(r.phases)
	if err != nil {
		return nil, nil, err
	}
	var metricsBytes, timingBytes int64
	if c != nil {
		metricsBytes, timingBytes = c.metricsBytes, c.timingBytes
		r.last = c.position().String()
	}
	r.skipped = skipped
	if r.metrics, err = openJournal(r.fsys, r.path(metricsName), metricsBytes, r.last); err != nil {
		return nil, nil, err
	}
	if r.timing, err = openJournal(r.fsys, r.path(timingName), timingBytes, r.last); err != nil {
		return nil, nil, err
	}
	// The process that wrote the checkpoint may have died before its name was durable.
	for _, dir := range []string{r.dir, r.path(checkpointsName)} {
		if err := r.fsys.SyncDir(dir); err != nil {
			return nil, nil, writeError(dir, err)
		}
	}
	return c, warningsOf(skipped, c), nil
}

// Metrics appends v, a struct or a map, as one line to metrics.jsonl. Only what repeats to the
// bit belongs there. Numbers that may not be finite must be of type Float.
func (r *Run) Metrics(v any) error {
	r.mustBeResumed()
	return r.metrics.append(v)
}

// Timing appends v to timing.jsonl: speeds, times, memory.
func (r *Run) Timing(v any) error {
	r.mustBeResumed()
	return r.timing.append(v)
}

func (r *Run) mustBeResumed() {
	if r.timing == nil {
		panic("run: Resume must come before anything is written")
	}
}

// Save makes the journals durable, then c, and if best, c as its phase's best before that;
// then it removes all but the last few checkpoints. c is not kept. After an error the
// checkpoints from before are all there.
func (r *Run) Save(c *Checkpoint, best bool) error {
	r.mustBeResumed()
	if !slices.Contains(r.phases, c.Phase) || c.Step < 0 {
		panic(fmt.Sprintf("run: save %s step %d: want a phase of %v and a step from 0", c.Phase, c.Step, r.phases))
	}
	if err := r.save(c, best); err != nil {
		if r.last != "" {
			return fmt.Errorf("%w (%s is intact)", err, r.last)
		}
		return err
	}
	r.last = c.position().String()
	r.skipped = slices.DeleteFunc(r.skipped, func(s skip) bool { return s.position == c.position() })
	r.prune(c.position())
	return nil
}

// save writes. A checkpoint must never be on the disk before what it presumes: the lines of
// the journals up to it, and a best that its own state already knows of. After a crash
// between best and c the run goes on from the checkpoint before, and comes to the same best.
func (r *Run) save(c *Checkpoint, best bool) error {
	for _, j := range []*journal{r.metrics, r.timing} {
		if err := j.sync(); err != nil {
			return err
		}
	}
	stamped := *c
	stamped.metricsBytes, stamped.timingBytes = r.metrics.size, r.timing.size
	write, err := stamped.writeTo()
	if err != nil {
		return err
	}
	if best {
		if err := writeAtomic(r.fsys, r.path(checkpointsName, bestOf(c.Phase)), write); err != nil {
			return err
		}
	}
	return writeAtomic(r.fsys, r.path(checkpointsName, c.position().String()), write)
}

// prune removes the checkpoints up to the one just saved, except the last few. Unusable ones
// do not count among the few, and go as soon as a later checkpoint is there. What cannot be
// removed now (another program may have it open) is no reason to end a run: the next prune
// finds it again.
func (r *Run) prune(saved position) {
	positions, err := r.positions(r.phases)
	if err != nil {
		return
	}
	unusable := func(p position) bool {
		return slices.ContainsFunc(r.skipped, func(s skip) bool { return s.position == p })
	}
	kept, phase := 0, ""
	for _, p := range slices.Backward(positions) {
		if compare(r.phases, p, saved) > 0 {
			continue
		}
		last := p.phase != phase
		regular := p.step%r.every == 0 || last
		phase = p.phase
		switch {
		case unusable(p):
		case regular && kept < r.keep:
			kept++
			continue
		case last && p.phase == r.result:
			continue
		}
		_ = r.fsys.Remove(r.path(checkpointsName, p.String()))
	}
}

// WriteSummary writes v as summary.json, whole or not at all.
func (r *Run) WriteSummary(v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", r.path(summaryName), err)
	}
	return writeBytes(r.fsys, r.path(summaryName), append(b, '\n'))
}

// Close makes the journals durable, closes them and lets go of the folder.
func (r *Run) Close() error {
	var errs []error
	for _, j := range []*journal{r.metrics, r.timing} {
		if j != nil {
			errs = append(errs, j.close())
		}
	}
	if r.heartbeat != nil {
		_ = r.heartbeat.Close() // Nobody relies on it: see Beat.
	}
	// The name of the owner goes before the lock, or it could be the next owner's.
	_ = r.fsys.Remove(r.path(ownerName))
	errs = append(errs, r.unlock.Close())
	// The first fault is enough for one line.
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return fmt.Errorf("close %s: %w", r.dir, bare(errs[i]))
	}
	return nil
}
