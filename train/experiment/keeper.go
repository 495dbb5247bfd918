package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"ssdgm/engine"
	"ssdgm/engine/watch"
	"ssdgm/train"
	"ssdgm/train/message"
)

// DefaultWatchdog is how long a device may take to answer. It is asked at least once a second
// of work, or after one step where that takes longer.
const DefaultWatchdog = 10 * time.Minute

// keeper watches the devices of a session: it has the session's heartbeats written whenever
// one of them gets on, and ends the process where one hangs.
type keeper struct {
	*watch.Watch
	session atomic.Pointer[train.Session] // nil until it is open
	device  string
	again   string // the command that goes on
}

func newKeeper(l *Lab, dev engine.Device, again string) *keeper {
	k := &keeper{device: dev.Name(), again: again}
	limit := cmp.Or(l.Watchdog, DefaultWatchdog)
	k.Watch = watch.New(limit, k.beat, func(wait string) { l.Hung(k.hung(limit, wait)) })
	return k
}

func (k *keeper) beat() {
	if s := k.session.Load(); s != nil {
		s.Beat()
	}
}

// hung is what to say of a device that has not answered.
func (k *keeper) hung(limit time.Duration, wait string) error {
	where := "before the start"
	if s := k.session.Load(); s != nil {
		where = s.Where()
	}
	return fmt.Errorf("%s has not answered for %v, in %s: %s; it or its node may be at fault: "+
		"go on, on another node too, with %s", k.device, limit, wait, where, k.again)
}

// over has the devices that open opens watched.
func (k *keeper) over(open func(replicas int) (engine.Device, error)) func(replicas int) (engine.Device, error) {
	return func(replicas int) (engine.Device, error) {
		dev, err := open(replicas)
		if err != nil {
			return nil, err
		}
		return k.Over(dev), nil
	}
}

// unheard is how long a request to stop may be without an answer before one is given in words.
const unheard = time.Second

// answer says, when training is asked to stop and is not over soon after, what it waits for and for how long.
func (k *keeper) answer(training context.Context, note func(line string)) (release func()) {
	over := make(chan struct{})
	withdraw := context.AfterFunc(training, func() {
		select {
		case <-over:
			return
		case <-time.After(unheard):
		}
		line := "asked to stop"
		if cause := context.Cause(training); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
			line = cause.Error()
		}
		line += ": training ends after the step under way"
		if left := k.session.Load().Left(); left > 0 {
			line += ", in about " + message.Duration(left)
		}
		note(line)
	})
	return func() { withdraw(); close(over) }
}
