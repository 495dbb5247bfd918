package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

const heartbeatName = "heartbeat"

// heartbeatBytes is the length of every heartbeat, so that one write replaces another.
const heartbeatBytes = 512

// A Heartbeat says that a process trains here, and where it is.
type Heartbeat struct {
	Time    time.Time `json:"time"`
	Process int       `json:"process"`
	Phase   string    `json:"phase"`
	Step    int       `json:"step"`
	Steps   int       `json:"steps"`
	// Host and Boot say where the process runs: see Gone. Beat fills them in.
	Host string `json:"host,omitempty"`
	Boot string `json:"boot,omitempty"`
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
	h.Host, h.Boot = r.host, r.boot
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

// Gone says why it is certain that the process of a heartbeat trains here no more; nothing where it may. On the
// machine that the process runs on, also in another container there, the lock tells: a process that ends lets go of
// it however it ends. From another machine a lock may look free that is not, as many network file systems keep locks
// to themselves, so there the age of the heartbeat is all that tells.
func (f *Folder) Gone(h *Heartbeat) (reason string) {
	host, boot := hostName(), bootID()
	here := h.Boot != "" && h.Boot == boot || h.Boot == boot && h.Host == host
	restarted := h.Host == host && h.Boot != "" && boot != "" && h.Boot != boot
	if h.Host == "" || !here && !restarted {
		return ""
	}
	switch held, err := f.fsys.Locked(f.path(lockName)); {
	case held || err != nil && !errors.Is(err, fs.ErrNotExist):
		return ""
	case restarted:
		return "this machine was started anew since"
	}
	return "it has ended"
}

// hostName is this machine's.
func hostName() string {
	host, err := os.Hostname()
	if err != nil {
		return "an unnamed host"
	}
	return host
}
