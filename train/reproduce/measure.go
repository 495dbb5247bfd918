package reproduce

import (
	"fmt"
	"time"

	"ssdgm/configs"
	"ssdgm/train/experiment"
)

// worthMeasuring is from which time on, as records and the table tell it, a plan's times are measured: records are of
// other machines, and a trial takes some seconds for each kind of run.
const worthMeasuring = 3 * time.Minute

// mostTogether is how many seeds a trial has at most. More take longer in proportion.
const mostTogether = 3

// Measure finds out how long the runs of a long plan take here, by a trial of one of each kind, and orders the plan by
// that. note takes a line for the user.
func (p *Plan) Measure(trial func(members []configs.Member) (*experiment.Trial, error), note func(line string)) error {
	if !p.WorthMeasuring() {
		return nil
	}
	known := map[string]*experiment.Trial{}
	for _, together := range p.batches() {
		few := together[:min(len(together), mostTogether)]
		members := make([]configs.Member, len(few))
		for i, t := range few {
			members[i].Config = t.config
			if t.m1 != nil { // It is not there yet: the trial trains a piece of one.
				whole := *t.config
				whole.M1.From = ""
				members[i].Config = &whole
			}
		}
		key := kindOf(members)
		if known[key] == nil {
			note(fmt.Sprintf("%s: a piece of it is trained, to know how long it takes here", together[0].dir))
			found, err := trial(members)
			if err != nil {
				return err
			}
			known[key] = found
		}
		for _, t := range together {
			t.measured = known[key].Predict(t.config).Seconds() / float64(len(few))
		}
	}
	p.order()
	return nil
}

// WorthMeasuring tells whether a plan is long, or nothing is known of the time of some run.
func (p *Plan) WorthMeasuring() bool { return p.Time() >= worthMeasuring || p.unknown() }

// unknown tells whether nothing is known of the time of some run.
func (p *Plan) unknown() bool {
	for _, together := range p.batches() {
		for _, t := range together {
			if t.time() == 0 {
				return true
			}
		}
	}
	return false
}

// kindOf is what runs must have in common so that a trial of some tells of others: everything but the lengths of their
// phases and what replicas may differ in. A baseline takes longer with more labels.
func kindOf(members []configs.Member) string {
	c := members[0].Config.Piece(1).ForAnyReplica()
	from := c.M1.From != ""
	c.M1.From = ""
	labels := 0
	if c.Baseline() != "" {
		labels = int(members[0].Config.Data.Labels)
	}
	return fmt.Sprint(len(members), from, labels, string(c.TOML()))
}
