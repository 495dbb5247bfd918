package train

import (
	"fmt"
	"time"

	"ssdgm/engine"
	"ssdgm/train/message"
)

// worthTelling is how long a step takes, or may take, that the user is told of before it begins.
const worthTelling = time.Second

// worthTiming is how many floating-point operations a step has at least whose time is worth an estimate: no machine that
// computes them in less than a second is told to wait.
const worthTiming = 1e9

// foretell says how long a step may take, where that is long. It is an estimate, of how fast the device is at one layer:
// nothing has been measured yet. How fast a card is is told after the first step alone: that takes no second.
func (l *looper) foretell(steps []engine.Step) error {
	l.session.pulse.expect(0)
	cost := engine.CostOf(steps, len(l.replicas))
	if _, own := l.dev.(ownMemory); own || cost.FLOP < worthTiming {
		return nil
	}
	rate, err := l.session.rate()
	if err != nil {
		return err
	}
	l.tellStep(time.Duration(cost.FLOP / rate * float64(time.Second)))
	return nil
}

// tellStep says once a phase how long a step takes, and with it all that are left, where that is long.
func (l *looper) tellStep(each time.Duration) {
	l.session.pulse.expect(each)
	if l.told || each < worthTelling || l.session.asked() {
		return
	}
	l.told = true
	l.session.observer.Note(fmt.Sprintf("%s: a step takes about %s, the %d that are left %s; a request to stop is heard after the step under way",
		l.p.Name(), message.Duration(each), l.p.length-l.step, message.Duration(each*time.Duration(l.p.length-l.step))))
}

// waited comes when the device has been waited for: what its steps take is known then.
func (l *looper) waited() {
	l.pace.waited()
	if l.pace.each > 0 {
		l.tellStep(l.pace.each)
	}
}

// A layer of the paper's M1, which tells how fast a device is, and for how long it is tried: other programs have their
// share of the machine then, too.
const (
	trialRows = 200
	trialIn   = 784
	trialOut  = 600
	trialTime = 50 * time.Millisecond
)

// rate is about how many floating-point operations the device takes a second in a step: as many as in a layer, forward.
func (s *Session) rate() (float64, error) {
	mark := s.dev.Mark()
	defer s.dev.Release(mark)
	layer := engine.Layer{
		Weight: s.dev.NewFloats(trialIn * trialOut), Bias: s.dev.NewFloats(trialOut),
		In: trialIn, Out: trialOut, Activation: engine.Softplus,
	}
	dense := engine.Dense{Y: s.dev.NewFloats(trialRows * trialOut), X: s.dev.NewFloats(trialRows * trialIn), Rows: trialRows, Layer: layer}
	steps := []engine.Step{dense}
	program := s.dev.Compile(steps)
	took, times := time.Duration(0), 0
	for i := 0; took < trialTime; i++ {
		began := time.Now()
		program.Run(1)
		if err := s.dev.Sync(); err != nil {
			return 0, err
		}
		if i > 0 { // The first one has brought the memory in.
			took, times = took+max(1, time.Since(began)), times+1
		}
	}
	return engine.CostOf(steps, 1).FLOP * float64(times) / took.Seconds(), nil
}
