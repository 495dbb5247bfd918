// Package measured is what those scripts have in common that measure finished runs and leave a record.
package measured

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ssdgm/engine/machine"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/data"
)

// About is how every record begins.
type About struct {
	Date    string `json:"date"`
	Commit  string `json:"commit"`
	Device  string `json:"device"`
	Command string `json:"command"`
}

// Now is of a record that is begun by a command with these arguments, whose paths become names.
func Now(command string, arguments []string) About {
	words := []string{command}
	for _, a := range arguments {
		words = append(words, filepath.Base(a))
	}
	return About{
		Date: time.Now().UTC().Format(time.DateOnly), Commit: machine.ThisBuild().Commit, Command: strings.Join(words, " "),
	}
}

// Open opens a run, whose data are in the folder of SSDGM_DATA where that is set.
func Open(path string, settings ...string) (*trained.Model, error) {
	if dir := os.Getenv("SSDGM_DATA"); dir != "" {
		settings = append([]string{fmt.Sprintf("data.dir=%q", dir)}, settings...)
	}
	return trained.Open(path, trained.Settings(settings...))
}

// Test reads the test part of a run's data.
func Test(m *trained.Model) (*data.Set, error) {
	_, test, err := train.Parts(m.Config)
	if err != nil {
		return nil, err
	}
	if test == nil {
		return nil, errors.New("want data with a test part")
	}
	return test.Load()
}

// JSON writes a record to a file, in a folder that is made where it is not there.
func JSON(path string, record any) error {
	text, err := json.MarshalIndent(record, "", " ")
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, append(text, '\n'), 0o666))
}

// Page writes a record's page, README.md, beside its figures.
func Page(folder, text string) error {
	return os.WriteFile(filepath.Join(folder, "README.md"), []byte(text), 0o666)
}
