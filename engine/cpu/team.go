package cpu

import (
	"errors"
	"sync"

	"ssdgm/engine"
	"ssdgm/engine/cpu/pool"
)

// team is the device for several replicas: a device for each of them. A thread
// takes a replica through all steps of a program before it meets the
// others, so that replicas run side by side as if each were alone, and give
// what each gives alone because each is.
//
// All of them allocate the same arrays in the same order, so that an array is
// one name for all. Shared floats and bytes, which may be a whole data set, are
// one memory. Shared ints are a copy for each: the clock is one of them, and a
// replica that runs ahead moves its own.
type team struct {
	members []single
	pool    *pool.Pool
	turns   int // a replica's steps of a run are cut into so many turns
}

// newTeam makes a team of devices with a share of the threads each. Where the
// replicas cannot be shared out evenly, their turns can: three replicas in two
// turns each keep two threads busy to the end.
func newTeam(replicas, threads int, open func(threads int) single) *team {
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

// teamProgram is a program for each replica, and the job of the pool that runs them: the next
// steps of every replica.
type teamProgram struct {
	team    *team
	members []memberProgram
	total   int // steps of a replica, of all runs
	each    int // steps in a turn
}

// memberProgram is the program of one replica.
type memberProgram struct {
	program
	turn  sync.Mutex // held by the thread that takes the replica's steps
	taken int        // steps of the run under way
}

// Compile implements engine.Device.
func (t *team) Compile(steps []engine.Step) engine.Program {
	p := &teamProgram{team: t, members: make([]memberProgram, len(t.members))}
	for i, m := range t.members {
		p.members[i].program = compile(m, steps)
	}
	return p
}

// Run implements pool.Job. Which of a replica's turns this is does not matter:
// it takes the steps that are next.
func (j *turns) Run(part int) {
	m := &j.members[part%len(j.members)]
	m.turn.Lock()
	defer m.turn.Unlock()
	end := min(j.total, m.taken+j.each)
	for i := m.taken; i < end; i++ {
		m.program[i%len(m.program)]()
	}
	m.taken = end
}

// turns is a program as the job of a pool.
type turns teamProgram

// Run implements engine.Program. It takes every replica through the steps so many times.
func (p *teamProgram) Run(times int) {
	p.total = times * len(p.members[0].program)
	if p.total == 0 {
		return
	}
	for i := range p.members {
		p.members[i].taken = 0
	}
	p.each = (p.total + p.team.turns - 1) / p.team.turns
	p.team.pool.Do(p.team.turns*len(p.members), (*turns)(p))
}

// runAhead is so many runs that the threads' waiting for each other at the end is
// of no account, and so few that the caller soon has a say again.
const runAhead = 8

// Ahead implements engine.Program.
func (*teamProgram) Ahead() int { return runAhead }

// Sync implements engine.Device: of several failures, the first replica's.
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
