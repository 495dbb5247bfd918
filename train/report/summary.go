package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ssdgm/configs"
	"ssdgm/engine/machine"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/run"
)

// Summary is summary.json: what a run has come to, and with what.
type Summary struct {
	Model string `json:"model"`
	Data  string `json:"data"`
	// DataDigest is the SHA-256 of the training examples and labels as they were read; empty of an earlier version.
	DataDigest string `json:"data_sha256,omitempty"`
	Labels     int    `json:"labels"`
	Seed       uint64 `json:"seed"`

	// The result is that of Step, which Figures.SelectedBy says.
	Step int `json:"step"`
	Figures
	Yardstick *trained.Evaluation `json:"yardstick,omitempty"` // the supervised network with the same labels
	// Temperature is the model's, and how many validation labels it was fitted on. No figure of the result depends on it
	// but those that say so.
	Temperature *Temperature `json:"temperature,omitempty"`

	Pictures []string `json:"pictures,omitempty"` // paths in the run folder

	// Examples is what was trained and evaluated with, in numbers; nil of an earlier version.
	Examples *train.Composition `json:"examples,omitempty"`

	Device  string `json:"device"`            // or devices, with the steps at which a run moved
	Threads int    `json:"threads,omitempty"` // of the CPU's; 0 on a card
	// Seconds are those of each phase, over all processes; steps that a crash lost do not count.
	Seconds  map[string]run.Float `json:"seconds"`
	Replicas map[string]int       `json:"replicas,omitempty"` // by phase, where several shared the device and its time
	// PeakMemoryBytes is the largest resident size.
	PeakMemoryBytes int64 `json:"peak_memory_bytes"`
	// Extended are the extensions by which the run came to its length, each after an evaluation.
	Extended []run.Extension `json:"extended,omitempty"`
	M1Digest string          `json:"m1_sha256,omitempty"` // of M1's parameters, where they are known
	Build    machine.Build   `json:"build"`
}

// Temperature is that of a run's model, see trained.Temperature.
type Temperature struct {
	Value            float64 `json:"value"`
	ValidationLabels int     `json:"validation_labels_used"`
}

// Figures are what a run measured on the test set after its last step.
type Figures struct {
	// SelectedBy is "last", or "validation", which has looked at so many labels.
	SelectedBy       string              `json:"selected_by"`
	ValidationLabels int                 `json:"validation_labels_used"`
	Test             *trained.Evaluation `json:"test"` // nil: there is no test part
	// Validation is the evaluation on the validation examples where there is no test part.
	Validation *trained.Evaluation `json:"validation,omitempty"`
	// ByValidation is the evaluation of the step that the validation data chose, where Test is that of the last
	// step and the other was evaluated too.
	ByValidation *trained.Evaluation `json:"test_by_validation,omitempty"`
}

// Judged is the evaluation that a run is judged by: on the test part, or where there is none on the validation examples.
// Where there are neither, it is one without figures.
func (f *Figures) Judged() *trained.Evaluation {
	switch {
	case f.Test != nil:
		return f.Test
	case f.Validation != nil:
		return f.Validation
	}
	return &trained.Evaluation{}
}

// NewSummary is that of a run which has been trained and not evaluated yet: it has no figures and no pictures.
func NewSummary(t *trained.Model, folder *run.Folder, threads int) (*Summary, error) {
	c := t.Config
	s := &Summary{
		Model: c.Model, Data: c.Data.Name, DataDigest: t.Data, Labels: int(c.Data.Labels), Seed: c.Seed,
		Step: t.Step, Figures: Figures{SelectedBy: c.Select, ValidationLabels: validationLabels(c)},
		M1Digest: train.M1Digest(t), Device: t.Devices, Threads: threads, Seconds: map[string]run.Float{}, Build: machine.ThisBuild(),
	}
	if t.Temperature != nil {
		s.Temperature = &Temperature{t.Temperature.Value, t.Temperature.Examples}
	}
	var err error
	if s.Extended, err = folder.Extensions(); err != nil {
		return nil, err
	}
	times, err := train.Times(folder)
	if err != nil {
		return nil, err
	}
	for phase, t := range times {
		s.Seconds[phase] = run.Float(t.Duration.Seconds())
		s.PeakMemoryBytes = max(s.PeakMemoryBytes, t.MemoryBytes)
		if t.Replicas > 1 {
			if s.Replicas == nil {
				s.Replicas = map[string]int{}
			}
			s.Replicas[phase] = t.Replicas
		}
	}
	return s, nil
}

// validationLabels is how many labels beside the training ones the result depends on. M1
// is judged by its bound.
func validationLabels(c *configs.Config) int {
	if c.Select != "validation" || !c.Classifies() {
		return 0
	}
	return c.Data.Validation
}

// ReadSummary reads the summary in a run folder or a record.
func ReadSummary(path string) (*Summary, error) {
	text, err := readFile(path, summaryName)
	if err != nil {
		return nil, err
	}
	s := &Summary{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(path, summaryName), err)
	}
	return s, nil
}

// Summarised tells whether a run folder has a summary: it is the last file that a run writes.
func Summarised(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, summaryName))
	return err == nil
}

// HostMemory is what a peak counts where a card computes: the card's own is not in it.
const HostMemory = "the host's memory"

// Print tells a person of a run in the folder dir.
func (s *Summary) Print(w io.Writer, dir string) error {
	fmt.Fprintf(w, "%s with %s labels, seed %d: %s, parameters of step %s, %s\n",
		s.Data, Thousands(s.Labels), s.Seed, Examples(s.Judged()), Thousands(s.Step), s.selection())
	results := []Evaluated{{ModelName(s.Model), s.Judged()}}
	if s.Yardstick != nil {
		results = append(results, Evaluated{"supervised, same labels", s.Yardstick})
	}
	if s.Judged().N > 0 {
		fmt.Fprintln(w)
		if err := Evaluations(w, results...); err != nil {
			return err
		}
	}
	with, memory := "", HostMemory
	if s.Threads > 0 {
		with, memory = " with "+Threads(s.Threads), "memory"
	}
	fmt.Fprintf(w, "\ntrained in %s on %s%s, %d MB of %s\n  run       %s\n  model     %s\n",
		s.took(), s.Device, with, s.PeakMemoryBytes>>20, memory, dir, filepath.Join(dir, run.ModelName))
	for _, e := range s.Extended {
		fmt.Fprintf(w, "  extended  %s from step %s to %s on %s, after its test labels had been opened\n", e.Phase, Thousands(e.From), Thousands(e.To), e.Date)
	}
	paths := make([]string, len(s.Pictures))
	for i, path := range s.Pictures {
		paths[i] = filepath.Join(dir, filepath.FromSlash(path))
	}
	return List(w, "  pictures", paths)
}

func (s *Summary) selection() string {
	if s.SelectedBy == "last" {
		return "the last"
	}
	return fmt.Sprintf("chosen by %s validation labels", Thousands(s.ValidationLabels))
}

// took is the time of all phases and of each.
func (s *Summary) took() string {
	var parts []string
	for _, phase := range configs.PhaseNames() {
		if seconds, ok := s.Seconds[phase]; ok {
			part := phase + " " + Duration(time.Duration(float64(seconds)*float64(time.Second)))
			if n := s.Replicas[phase]; n > 1 {
				part += fmt.Sprintf(" as one of %d", n)
			}
			parts = append(parts, part)
		}
	}
	return fmt.Sprintf("%s (%s)", Duration(s.TrainingTime()), strings.Join(parts, ", "))
}

// TrainingTime is that of all phases.
func (s *Summary) TrainingTime() time.Duration {
	var total run.Float
	for _, phase := range configs.PhaseNames() {
		total += s.Seconds[phase]
	}
	return time.Duration(float64(total) * float64(time.Second))
}
