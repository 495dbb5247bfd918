package experiment

import (
	"cmp"
	"fmt"
	"sync/atomic"
	"time"

	"ssdgm/engine"
	"ssdgm/engine/watch"
	"ssdgm/train"
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
