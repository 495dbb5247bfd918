package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

const heartbeatName = "heartbeat"

// heartbeatBytes is the length of every heartbeat, so that one write replaces another.
const heartbeatBytes = 256

// A Heartbeat says that a process trains here, and where it is.
type Heartbeat struct {
	Time    time.Time `json:"time"`
	Process int       `json:"process"`
	Phase   string    `json:"phase"`
	Step    int       `json:"step"`
	Steps   int       `json:"steps"`
}

// Beat replaces the heartbeat. It is not durable, and where it cannot be written none is
// found: neither is a reason to end a run.
func (r *Run) Beat(h Heartbeat) {
	if r.heartbeat == nil {
		file, err := r.fsys.OpenOrCreate(r.path(heartbeatName))
		if err != nil {
			return
		}
		r.heartbeat = file
	}
	text, err := json.Marshal(h)
	if err != nil {
		panic("run: a heartbeat has nothing that JSON lacks")
	}
	_, _ = r.heartbeat.WriteAt(fmt.Appendf(nil, "%-*s\n", heartbeatBytes-1, text), 0)
}

// Heartbeat is the run's last one; nil where there is none.
func (f *Folder) Heartbeat() (*Heartbeat, error) {
	name := f.path(heartbeatName)
	text, err := readBytes(f.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	h := &Heartbeat{}
	if err == nil {
		err = json.Unmarshal(text, h)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, bare(err))
	}
	return h, nil
}
