package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// State is where a task or a run stands.
type State string

// The states. Those of a record are the first four.
const (
	Done    State = "done"
	Running State = "running"
	Stopped State = "stopped" // on request, with a checkpoint to go on from
	Failed  State = "failed"
	Silent  State = "silent"  // a worker began, and has not been heard of since
	Waiting State = "waiting" // nobody has begun
)

// Record is what tasks/TASK.json says.
type Record struct {
	Task     string            `json:"task"`
	Members  []string          `json:"members"`
	State    State             `json:"state"`
	Attempts int               `json:"attempts"`
	Reasons  map[string]string `json:"reasons,omitempty"` // why members failed
	Host     string            `json:"host"`
	Process  int               `json:"process"`
	Began    time.Time         `json:"began"`
	// Beat is when the worker was last alive, by its own clock.
	Beat time.Time `json:"beat"`
}

// ErrHeld says that another worker has the task.
var ErrHeld = errors.New("another worker has it")

// beatInterval is how often a worker shows that it is alive, and silence when nobody believes it any more:
// a network file system may keep what it was told back for a while.
const (
	beatInterval = 10 * time.Second
	silence      = 90 * time.Second
)

// Claim is a task in this process's hands.
type Claim struct {
	path string
	lock *flock.Flock
	stop chan struct{}
	done sync.WaitGroup

	mutex  sync.Mutex
	record Record
}

// Claim takes a task, says so in its record and keeps saying so until End. The error is ErrHeld where another
// worker has the task.
func (s *Sweep) Claim(t Task) (*Claim, error) {
	c, err := s.claim(t)
	if err != nil {
		return nil, err
	}
	c.begin(t)
	if err := c.write(Running, nil); err != nil {
		return nil, errors.Join(err, c.lock.Close())
	}
	c.done.Go(c.beat)
	return c, nil
}

// claim takes a task's lock.
func (s *Sweep) claim(t Task) (*Claim, error) {
	dir := filepath.Join(s.Dir, tasksName)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	c := &Claim{path: filepath.Join(dir, t.Name+".json"), lock: flock.New(filepath.Join(dir, t.Name+".lock")), stop: make(chan struct{})}
	held, err := c.lock.TryLock()
	if err == nil && !held {
		err = ErrHeld
		if r, unread := readRecord(c.path); unread == nil {
			err = fmt.Errorf("%w, process %d on %s; ask again when that one has ended", ErrHeld, r.Process, r.Host)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("take %s: %w", t.Name, err)
	}
	return c, nil
}

// begin makes the record of a new attempt. A process that has become another program goes on with its own.
func (c *Claim) begin(t Task) {
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	now := time.Now().UTC()
	c.record = Record{Task: t.Name, State: Running, Attempts: 1, Host: host, Process: os.Getpid(), Began: now}
	for _, m := range t.Members {
		c.record.Members = append(c.record.Members, m.Name)
	}
	// A record that cannot be read is replaced: it is no more than what people are told.
	if before, err := readRecord(c.path); err == nil {
		c.record.Attempts = before.Attempts + 1
		if before.State == Running && before.Host == host && before.Process == c.record.Process {
			c.record.Attempts, c.record.Began = before.Attempts, before.Began
		}
	}
}

func (c *Claim) beat() {
	ticker := time.NewTicker(beatInterval)
	defer ticker.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-ticker.C:
			// A disk that is full now may have room when the next checkpoint is due, which tells if not.
			c.mutex.Lock()
			state := c.record.State
			c.mutex.Unlock()
			_ = c.write(state, nil)
		}
	}
}

// write replaces the record, so that a reader finds the old one or the new one.
func (c *Claim) write(state State, reasons map[string]string) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.record.State, c.record.Reasons, c.record.Beat = state, reasons, time.Now().UTC()
	text, err := json.MarshalIndent(&c.record, "", "  ")
	if err != nil {
		return err
	}
	temporary := c.path + ".tmp"
	if err := os.WriteFile(temporary, append(text, '\n'), 0o666); err != nil {
		return err
	}
	return os.Rename(temporary, c.path)
}

// Stopping says that the worker has been asked to stop: it may end without another word.
func (c *Claim) Stopping() error { return c.write(Stopped, nil) }

// Attempts is how often the task has been taken up, this time included.
func (c *Claim) Attempts() int { return c.record.Attempts }

// End says what the task has come to, why members failed, and lets go of it.
func (c *Claim) End(state State, reasons map[string]string) error {
	close(c.stop)
	c.done.Wait()
	return errors.Join(c.write(state, reasons), c.lock.Close())
}

func readRecord(path string) (*Record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &Record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

// Fail says in the record of a task why its worker is gone, if nobody has taken the task since.
func (s *Sweep) Fail(t Task, reason string) error {
	c, err := s.claim(t)
	if errors.Is(err, ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	before, err := readRecord(c.path)
	if err == nil {
		c.record = *before
		reasons := map[string]string{}
		for _, m := range t.Members {
			reasons[m.Name] = reason
		}
		err = c.write(Failed, reasons)
	}
	return errors.Join(err, c.lock.Close())
}
