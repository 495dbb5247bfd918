package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ssdgm/configs"
	"ssdgm/train"
	"ssdgm/train/report"
	"ssdgm/train/run"
)

// summary is summary.json: what a run has come to, and with what.
type summary struct {
	Model  string `json:"model"`
	Data   string `json:"data"`
	Labels int    `json:"labels"`
	Seed   uint64 `json:"seed"`

	// The result is that of Step, which SelectedBy says: "last", or "validation", which has
	// looked at so many labels.
	Step             int    `json:"step"`
	SelectedBy       string `json:"selected_by"`
	ValidationLabels int    `json:"validation_labels_used"`

	Test *train.Evaluation `json:"test"`
	// ByValidation is of the step that the validation labels would have chosen, beside that of the last.
	ByValidation *train.Evaluation `json:"test_by_validation,omitempty"`
	Yardstick    *train.Evaluation `json:"yardstick,omitempty"` // the supervised network with the same labels

	Pictures []string `json:"pictures,omitempty"` // paths in the run folder

	Device          string               `json:"device"`             // or devices, with the steps at which a run moved
	Threads         int                  `json:"threads,omitempty"`  // of the CPU's
	Seconds         map[string]run.Float `json:"seconds"`            // by phase, over all processes; steps that a crash lost do not count
	Replicas        map[string]int       `json:"replicas,omitempty"` // by phase, where several shared the device and its time
	PeakMemoryBytes int64                `json:"peak_memory_bytes"`
	M1Digest        string               `json:"m1_sha256,omitempty"` // of M1's parameters
	Build           build                `json:"build"`
}

func newSummary(f *finished, threads int) (*summary, error) {
	c := f.trained.Config
	s := &summary{
		Model: c.Model, Data: c.Data.Name, Labels: c.Data.Labels, Seed: c.Seed,
		Step: f.trained.Step, SelectedBy: c.Select, ValidationLabels: validationLabels(c),
		M1Digest: f.trained.M1Digest(), Device: f.trained.Devices, Threads: threads, Seconds: map[string]run.Float{}, Build: thisBuild(),
	}
	times, err := train.Times(&f.run.Folder)
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

// readSummary reads what a run came to before; nil where it was not evaluated, or that is damaged.
func readSummary(dir string) *summary {
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	s := &summary{}
	if err != nil || json.Unmarshal(text, s) != nil || s.Test == nil {
		return nil
	}
	return s
}

// validationLabels is how many labels beside the training ones the result depends on. M1
// is judged by its bound.
func validationLabels(c *configs.Config) int {
	if c.Select != "validation" || c.Model == "m1" {
		return 0
	}
	return c.Data.Validation
}

// print tells a person.
func (s *summary) print(w io.Writer, dir string) error {
	fmt.Fprintf(w, "%s with %s labels, seed %d: %s test images, parameters of step %s, %s\n\n",
		s.Data, thousands(s.Labels), s.Seed, thousands(s.Test.N), thousands(s.Step), s.selection())
	results := []result{{modelNames[s.Model], s.Test}}
	if s.Yardstick != nil {
		results = append(results, result{"supervised, same labels", s.Yardstick})
	}
	if err := writeTable(w, results...); err != nil {
		return err
	}
	with, memory := "", hostMemory
	if s.Threads > 0 {
		with, memory = " with "+report.Threads(s.Threads), "memory"
	}
	fmt.Fprintf(w, "\ntrained in %s on %s%s, %d MB of %s\n  run       %s\n  model     %s\n",
		s.took(), s.Device, with, s.PeakMemoryBytes>>20, memory, dir, filepath.Join(dir, run.ModelName))
	paths := make([]string, len(s.Pictures))
	for i, path := range s.Pictures {
		paths[i] = filepath.Join(dir, filepath.FromSlash(path))
	}
	return writeList(w, "  pictures", paths)
}

// hostMemory is what a peak counts where a card computes: the card's own is not in it.
const hostMemory = "the host's memory"

// writeList prints paths below each other, the first one behind the title.
func writeList(w io.Writer, title string, paths []string) error {
	for _, path := range paths {
		if _, err := fmt.Fprintf(w, "%-10s  %s\n", title, path); err != nil {
			return err
		}
		title = ""
	}
	return nil
}

func (s *summary) selection() string {
	if s.SelectedBy == "last" {
		return "the last"
	}
	return fmt.Sprintf("chosen by %s validation labels", thousands(s.ValidationLabels))
}

// took is the time of all phases and of each.
func (s *summary) took() string {
	var parts []string
	for _, phase := range trainedPhases {
		if seconds, ok := s.Seconds[phase]; ok {
			part := phase + " " + duration(time.Duration(float64(seconds)*float64(time.Second)))
			if n := s.Replicas[phase]; n > 1 {
				part += fmt.Sprintf(" as one of %d", n)
			}
			parts = append(parts, part)
		}
	}
	return fmt.Sprintf("%s (%s)", duration(s.trainingTime()), strings.Join(parts, ", "))
}

// trainedPhases are the keys of summary.Seconds that are training.
var trainedPhases = []string{"m1", "m2", "joint", "knn", "tsvm", "cnn", "supervised"}

func (s *summary) trainingTime() time.Duration {
	var total run.Float
	for _, phase := range trainedPhases {
		total += s.Seconds[phase]
	}
	return time.Duration(float64(total) * float64(time.Second))
}
