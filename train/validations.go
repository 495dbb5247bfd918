package train

import (
	"bytes"
	"encoding/json"
	"fmt"

	"ssdgm/train/run"
)

// A Moment is a step of a phase.
type Moment struct {
	Phase string
	Step  int
}

// Validations reads from metrics.jsonl what the looks at validation data found. A line that a
// crash cut off does not count.
func Validations(f *run.Folder) (map[Moment]Validation, error) {
	text, err := f.MetricsLines()
	if err != nil {
		return nil, err
	}
	found := map[Moment]Validation{}
	for line := range bytes.Lines(text) {
		var m Metrics
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, fmt.Errorf("read metrics.jsonl in %s: want a JSON object a line: %w", f.Dir(), err)
		}
		if m.Validation != nil && m.judges() {
			found[Moment{m.Phase, m.Step}] = *m.Validation
		}
	}
	return found, nil
}
