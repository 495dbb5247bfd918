package server

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/model/trained"
)

// TestTritonclientIsAnswered has a client that is not ours ask for everything: SSDGM_TRITONCLIENT names a Python that has
// tritonclient[http]. TestTritonclientsRequestsAreAnswered sends what it once sent.
func TestTritonclientIsAnswered(t *testing.T) {
	t.Parallel()
	python := os.Getenv("SSDGM_TRITONCLIENT")
	if python == "" {
		t.Skip("SSDGM_TRITONCLIENT names no Python with tritonclient[http]")
	}
	m := tiny(t)
	_, h := started(t, Defaults(), m)
	command := exec.CommandContext(t.Context(), python, "testdata/tritonclient_check.py", strings.TrimPrefix(h.URL, "http://"))
	var said strings.Builder
	command.Stderr = &said
	printed, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	var found struct {
		Live            bool
		Server          string
		Outputs, Class  []string
		Probabilities   []float32
		Text            []float32 `json:"probabilities in JSON"`
		Latents, Pixels []int
		Answered        int
		NoModel         string `json:"no model"`
		WrongScale      string `json:"wrong scale"`
		WrongShape      string `json:"wrong shape"`
	}
	must(t, json.Unmarshal(printed, &found))
	rows := make([]float32, 2*side*side)
	for i := range rows {
		rows[i] = float32(i) / 31
	}
	want, err := apply(t, m, 1)[0].(*trained.Applied).Classify(t.Context(), rows)
	must(t, err)
	if off(found.Probabilities, want) > 1e-6 || off(found.Text, want) > 1e-6 {
		t.Errorf("want the probabilities %v, found %v, in JSON %v", want, found.Probabilities, found.Text)
	}
	for i, name := range found.Class {
		if name != m.ClassNames[argmax(want[i*classes:][:classes])] {
			t.Errorf("row %d is said to be %s by %v", i, name, want)
		}
	}
	found.Probabilities, found.Text, found.Class = nil, nil, nil
	about := []any{found.Live, found.Server, found.Outputs, found.Latents, found.Pixels, found.Answered,
		found.NoModel, found.WrongScale, found.WrongShape}
	if diff := cmp.Diff([]any{true, "ssdgm", []string{"class", "label", "probabilities", "usual", "usual_in_class"},
		[]int{2, 3}, []int{2, 4, 4}, 100, "404", "400", "400"}, about); diff != "" {
		t.Error(diff)
	}
}
