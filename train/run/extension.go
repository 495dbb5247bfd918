package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// extensionsName is the file that records by how much a finished run was made longer. It counts from the moment that
// it is written: what follows from it is done by who opens the run next.
const extensionsName = "extended.json"

// Extension is one by which a phase of a finished run was made longer.
type Extension struct {
	Phase string `json:"phase"`
	// Epochs and Steps are the phase's length until then, as the configuration said it.
	Epochs int `json:"epochs,omitempty"`
	Steps  int `json:"steps,omitempty"`
	From   int `json:"from_step"`
	To     int `json:"to_step"`
	// Date, in UTC, is when it was asked for: 2026-11-27.
	Date string `json:"date"`
	// TestOpened says that the run had been evaluated: what it comes to is not blind.
	TestOpened bool `json:"test_labels_had_been_opened"`
}

// Extensions are the run's, oldest first.
func (f *Folder) Extensions() ([]Extension, error) {
	text, err := readBytes(f.fsys, f.path(extensionsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []Extension
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path(extensionsName), bare(err))
	}
	return all, nil
}

// Extend records one more extension, durably. The checkpoint at the end of its phase must be there.
func (r *Run) Extend(e Extension) error {
	all, err := r.Extensions()
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(append(all, e), "", "  ")
	if err != nil {
		panic("run: an extension has nothing that JSON lacks")
	}
	return writeBytes(r.fsys, r.path(extensionsName), append(text, '\n'))
}

// Reopen takes a finished run back to the end of a phase, with another configuration: its summary and the checkpoints
// after that place go. It comes before Resume, and may come again.
func (r *Run) Reopen(at Place, config []byte) error {
	if err := writeBytes(r.fsys, r.path(configName), config); err != nil {
		return err
	}
	r.config = config
	if err := r.fsys.Remove(r.path(summaryName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return writeError(r.path(summaryName), err)
	}
	return r.Forget(at)
}

// Summarised tells whether the run has a summary: it is the last file that a run writes.
func (f *Folder) Summarised() bool {
	_, err := readBytes(f.fsys, f.path(summaryName))
	return err == nil
}

// End is the last checkpoint of a phase, or nil where there is none. It is read and verified.
func (f *Folder) End(phase string) (*Checkpoint, error) {
	positions, err := f.positions([]string{phase})
	if err != nil || len(positions) == 0 {
		return nil, err
	}
	return f.read(positions[len(positions)-1])
}
