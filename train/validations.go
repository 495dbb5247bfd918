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

// LastMetrics is the last whole line of metrics.jsonl; nil where there is none that can be read.
func LastMetrics(f *run.Folder) (*Metrics, error) {
	text, err := f.MetricsLines()
	if err != nil {
		return nil, err
	}
	// The last line may be under way.
	end := bytes.LastIndexByte(text, '\n')
	if end < 0 {
		return nil, nil
	}
	m := &Metrics{}
	if json.Unmarshal(text[bytes.LastIndexByte(text[:end], '\n')+1:end], m) != nil {
		return nil, nil
	}
	return m, nil
}
