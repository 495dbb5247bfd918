// Package report reads run folders and the records that were made of them, chooses those that
// answer a cell of a published table, and writes tables and curves of what they measured.
//
// Which runs count is decided without their test figures: Entry, which choosing works on, has none.
// Figures reads them once the choice is made.
package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"ssdgm/configs"
	"ssdgm/train"
)

// The files of a run folder that a record keeps.
const (
	configName  = "config.toml"
	metricsName = "metrics.jsonl"
	timingName  = "timing.jsonl"
	summaryName = "summary.json"
)

// Entry is a run folder or a record, without what it measured on the test set. A record is a zip of a run's files,
// ROW/seedN.zip; a folder that holds the files themselves is read as well.
type Entry struct {
	Root, Name string // its folder, or its zip, is Root/Name
	Config     *configs.Config
	Finished   bool
	Extended   bool // made longer after an evaluation
	// What a finished one tells of its making.
	Device   string
	Threads  int                // of the CPU's; 0 on a card
	Seconds  map[string]float64 // by phase, and "evaluation"; of the device that replicas shared, an equal share
	Memory   int64              // largest resident size in bytes
	M1Digest string             // of the parameters of its M1, where it is recorded
}

// Path is the entry's folder or its zip.
func (e *Entry) Path() string { return filepath.Join(e.Root, e.Name) }

// seedFolder is the name of a run that differs in nothing but its seed from those beside it.
var seedFolder = regexp.MustCompile(`^seed\d+$`)

// Row is what entries that differ in their seed alone share: a run folder's name without its seed, or the name of the
// folder that a zip, or a run folder seedN, lies in.
func (e *Entry) Row() string {
	path := e.Path()
	if isZip(path) || seedFolder.MatchString(filepath.Base(path)) {
		if folder, err := filepath.Abs(filepath.Dir(path)); err == nil {
			return filepath.Base(folder)
		}
	}
	name, _, _ := strings.Cut(filepath.Base(path), "-seed")
	return name
}

// readEntry reads the folder or zip root/name; nil where it is neither a run nor a record.
func readEntry(root, name string) (*Entry, error) {
	e := &Entry{Root: root, Name: name}
	text, err := e.read(configName)
	if errors.Is(err, fs.ErrNotExist) {
		if _, wrong := e.read(summaryName); errors.Is(wrong, fs.ErrNotExist) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if e.Config, _, err = configs.Parse(filepath.Join(e.Path(), configName), text, nil); err != nil {
		return nil, err
	}
	// Its test figures are known to be there, and go no further.
	m, err := e.summary()
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	if err != nil {
		return nil, err
	}
	e.Seconds = map[string]float64{}
	for phase, s := range m.Seconds {
		e.Seconds[phase] = float64(s) / float64(max(1, m.Replicas[phase]))
	}
	e.Finished, e.Device, e.Threads, e.Memory, e.M1Digest = true, m.Device, m.Threads, m.PeakMemoryBytes, m.M1Digest
	e.Extended = len(m.Extended) > 0
	if _, err := train.MadeWith(e.Path()); err != nil {
		return nil, err
	}
	return e, e.check(m)
}

// read reads one of its files.
func (e *Entry) read(name string) ([]byte, error) { return readFile(e.Path(), name) }

func (e *Entry) summary() (*Summary, error) { return ReadSummary(e.Path()) }

// check holds that an entry's files belong together and that its log is whole.
func (e *Entry) check(m *Summary) error {
	c := e.Config
	if m.Model != c.Model || m.Labels != int(c.Data.Labels) || m.Seed != c.Seed {
		return fmt.Errorf("read %s: want the summary of model %s with %d labels and seed %d, which %s says, found that of %s, %d and %d",
			e.Path(), c.Model, c.Data.Labels, c.Seed, configName, m.Model, m.Labels, m.Seed)
	}
	if m.Test == nil && m.Validation == nil {
		return fmt.Errorf("read %s: want figures of a test part or of validation examples, found none; "+
			"give data.test_fraction or data.validation_fraction, and another --out", filepath.Join(e.Path(), summaryName))
	}
	log, err := readLines[train.Metrics](e, metricsName)
	if err != nil {
		return err
	}
	last := 0
	for _, line := range log {
		if line.Phase == c.ResultPhase() {
			last = line.Step
		}
	}
	if last > 0 && (last < m.Step || last > m.Step && m.SelectedBy == "last") {
		return fmt.Errorf("read %s: want the log of step %d, which %s says, found it to end at step %d", e.Path(), m.Step, summaryName, last)
	}
	return nil
}

// readLines reads a file of one JSON object a line.
func readLines[T any](e *Entry, name string) ([]T, error) {
	text, err := e.read(name)
	if err != nil {
		return nil, err
	}
	var all []T
	for line := range bytes.Lines(text) {
		var t T
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, fmt.Errorf("read %s: line %d: %w", filepath.Join(e.Path(), name), len(all)+1, err)
		}
		all = append(all, t)
	}
	return all, nil
}
