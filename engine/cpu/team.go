package cpu

import (
	"errors"
	"sync"

	"ssdgm/engine"
	"ssdgm/engine/cpu/pool"
	"ssdgm/engine/ref"
)

// team is the device for several replicas: a device for each of them. A thread
// takes a replica through all steps of a recorded program before it meets the
// others, so that replicas run side by side as if each were alone, and give
// what each gives alone because each is.
//
// All of them allocate the same arrays in the same order, so that an array is
// one name for all. Shared floats and bytes, which may be a whole data set, are
// one memory. Shared ints are a copy for each: the clock is one of them, and a
// replica that runs ahead moves its own.
type team struct {
	members []*member
	pool    *pool.Pool
	turns   int // a replica's steps of a run are cut into so many turns

	recording *recording // where steps go; nil: they are taken at once
	single    [1]step    // a step that is taken at once
	job       turn
}

// member is the device of one replica.
type member struct {
	engine.Device
	memory *ref.Device[float32]

	turn  sync.Mutex // held by the thread that takes the replica's steps
	taken int        // steps of the job under way
}

// step is a step of the contract with its arguments.
type step func(engine.Device)

// newTeam makes a team of devices with a share of the threads each. Where the
// replicas cannot be shared out evenly, their turns can: three replicas in two
// turns each keep two threads busy to the end.
func newTeam(replicas, threads int, open func(threads int) *member) *team {
	t := &team{pool: pool.New(min(threads, replicas))}
	for range replicas {
		t.members = append(t.members, open(max(1, threads/replicas)))
	}
	t.turns = t.pool.Threads() / gcd(replicas, t.pool.Threads())
	return t
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// turn is the job of the pool: the next steps of every replica.
type turn struct {
	members []*member
	steps   []step
	total   int // steps of a replica, of all runs
	each    int // steps in a turn
}

// Run implements pool.Job. Which of a replica's turns this is does not matter:
// it takes the steps that are next.
func (j *turn) Run(part int) {
	m := j.members[part%len(j.members)]
	m.turn.Lock()
	defer m.turn.Unlock()
	end := min(j.total, m.taken+j.each)
	for i := m.taken; i < end; i++ {
		j.steps[i%len(j.steps)](m.Device)
	}
	m.taken = end
}

// run takes every replica through the steps so many times.
func (t *team) run(steps []step, times int) {
	total := times * len(steps)
	if total == 0 {
		return
	}
	for _, m := range t.members {
		m.taken = 0
	}
	t.job = turn{members: t.members, steps: steps, total: total, each: (total + t.turns - 1) / t.turns}
	t.pool.Do(t.turns*len(t.members), &t.job)
}

// take records a step, or takes it.
func (t *team) take(s step) {
	if t.recording != nil {
		t.recording.steps = append(t.recording.steps, s)
		return
	}
	t.single[0] = s
	t.run(t.single[:], 1)
}

// recording is the program of a team.
type recording struct {
	team  *team
	steps []step
}

// Record implements engine.Control: fn is called once.
func (t *team) Record(fn func()) engine.Program {
	r := &recording{team: t}
	t.recording = r
	defer func() { t.recording = nil }()
	fn()
	return r
}

// runAhead is so many runs that the threads' waiting for each other at the end is
// of no account, and so few that the caller soon has a say again.
const runAhead = 8

// Ahead implements engine.Program.
func (*recording) Ahead() int { return runAhead }

// Run implements engine.Program.
func (r *recording) Run(times int) { r.team.run(r.steps, times) }

// Sync implements engine.Control: of several failures, the first replica's.
func (t *team) Sync() error {
	for _, m := range t.members {
		if err := m.Sync(); err != nil {
			return err
		}
	}
	return nil
}

// Name implements engine.Device.
func (t *team) Name() string { return t.members[0].Name() }

// Replicas implements engine.Device.
func (t *team) Replicas() int { return len(t.members) }

// Close implements engine.Device.
func (t *team) Close() error {
	t.pool.Close()
	var all []error
	for _, m := range t.members {
		all = append(all, m.Close())
	}
	return errors.Join(all...)
}
