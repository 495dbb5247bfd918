package train

import "time"

// promptness is how far the host runs ahead of the device at most, in time: so late may a
// request to stop be heard, a checkpoint be saved that is due, or a hang be noticed.
const promptness = time.Second

// pace measures what a step takes, and says how many more may be asked for before the device
// is waited for.
type pace struct {
	asked int           // steps since the device was last waited for
	since time.Time     // then
	each  time.Duration // what a step took lately; 0: not known yet
}

// room is how many steps to ask for at most.
func (p *pace) room() int {
	if p.each == 0 {
		return 1
	}
	return max(1, int(promptness/p.each)-p.asked)
}

// over tells whether the device is to be waited for.
func (p *pace) over() bool { return p.each == 0 || p.each*time.Duration(p.asked+1) > promptness }

// waited counts the steps that the device has just ended.
func (p *pace) waited() {
	if p.asked > 0 {
		p.each = max(1, time.Since(p.since)/time.Duration(p.asked))
	}
	p.restart()
}

// restart leaves out of the measurement what was done beside steps.
func (p *pace) restart() { p.asked, p.since = 0, time.Now() }
