package train

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/train/data"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// member is one run of a session.
type member struct {
	config    *configs.Config // with what it leaves to the data settled
	unsettled *configs.Config // as it was given
	run       *run.Run
	ds        *dataset
	binarise  engine.Binarise
	trained   *trained.Model
	resumed   *run.Checkpoint // until the phase it belongs to has taken it up
	fault     error           // what ended it
	notes     []string        // lines for the user, before training
	before    bool            // it was trained to its end already

	// Of the phase under way.
	best     float64       // validation figure, the smaller the better
	improved bool          // the last look found the best
	saved    int           // the step of the newest checkpoint, −1 before the first
	earlier  time.Duration // that other processes have spent on it
	// earlierWaiting is how much of that they have waited for examples.
	earlierWaiting time.Duration
	trend          trend
	falls          bool // the next line of timing says that the user was warned of it
	rollbacks
}

func newMember(given Member, ds *dataset) *member {
	m := &member{config: given.Config}
	m.begin(ds)
	return m
}

// begin gives a member its examples and a model that has learnt nothing.
func (m *member) begin(ds *dataset) {
	m.ds, m.binarise = ds, binarises[m.config.Data.Binarise]
	m.trained = trained.New(m.config, trained.Size{
		Inputs: ds.raw, Height: ds.height, Width: ds.width, Classes: ds.classes, Input: ds.input,
	})
	m.trained.Data = ds.digest
	if ds.classNames != nil {
		m.trained.ClassNames = ds.classNames
	}
}

// resume takes up what an earlier process has left.
func (m *member) resume(s *Session) error {
	checkpoint, warnings, err := m.run.Resume()
	if err != nil {
		return err
	}
	for _, w := range warnings {
		s.note(m, w)
	}
	m.trained.Devices = s.dev.Name()
	if checkpoint == nil {
		return m.adoptM1()
	}
	if found := checkpoint.Metadata[format.Digest]; found != m.ds.digest {
		return data.InputErrorf("%s: the checkpoint was trained on data with sha256 %.12s…, found %.12s…; give the same data or another --out",
			m.run.Dir(), found, m.ds.digest)
	}
	if err := m.takeInput(&checkpoint.File); err != nil {
		return fmt.Errorf("%s: %w", m.run.Dir(), err)
	}
	m.resumed = checkpoint
	s.pulse.keep(checkpoint.Phase, int(checkpoint.Step))
	phases := m.config.Phases()
	m.before = checkpoint.Phase == phases[len(phases)-1] && m.finished(checkpoint)
	m.trained.Devices, m.trained.M1Before = checkpoint.Metadata[format.Device], checkpoint.Metadata[format.M1]
	if before := lastDevice(m.trained.Devices); before != s.dev.Name() && !m.before {
		m.trained.Devices += fmt.Sprintf(moved, checkpoint.Phase, checkpoint.Step, s.dev.Name())
		s.note(m, fmt.Sprintf("going on from %s step %d on %s; it was trained on %s until here, so the numbers are not those of one device",
			checkpoint.Phase, checkpoint.Step, s.dev.Name(), before))
	}
	if m.trained.Step, err = strconv.Atoi(checkpoint.Metadata[format.ResultStep]); err != nil {
		return fmt.Errorf("%s: checkpoint %s step %d: want a number as %q in its metadata, found %q",
			m.run.Dir(), checkpoint.Phase, checkpoint.Step, format.ResultStep, checkpoint.Metadata[format.ResultStep])
	}
	if !m.finished(checkpoint) {
		if m.cuts, err = rollbacksOf(checkpoint); err != nil {
			return fmt.Errorf("%s: %w", m.run.Dir(), err)
		}
		m.told = len(m.cuts)
	}
	return m.trained.Restore(&checkpoint.File)
}

// finished tells whether a checkpoint is the last of its phase, which may have been extended since.
func (m *member) finished(c *run.Checkpoint) bool {
	return finished(c) && int(c.Step) >= phaseOf(c.Phase).steps(m)
}

// finished tells whether a checkpoint was the last of its phase when it was written.
func finished(c *run.Checkpoint) bool {
	return c.Metadata[format.PhaseSteps] == strconv.FormatInt(c.Step, 10) && c.Metadata[metaOwed] == ""
}

// takeInput has the examples transformed as those that a file's parameters were trained on. It is an error where these
// were transformed by another rule.
func (m *member) takeInput(f *safetensors.File) error {
	input, err := trained.InputOf(f, m.ds.raw)
	if err != nil {
		return err
	}
	if found, want := input.String(), m.ds.input.String(); found != want || input.Out() != m.ds.input.Out() {
		return data.InputErrorf("want parameters that were trained on examples as here (%s of %d values), found %s; change "+
			"data.scale, data.pca or data.missing, or take others", want, m.ds.raw, found)
	}
	m.ds.corpus = m.ds.corpus.with(input)
	m.trained.Input = m.ds.input
	return nil
}

// moved continues the list of devices when a run goes on elsewhere.
const moved = ", then from %s step %d on %s"

// lastDevice is the device that a list of them ends with.
func lastDevice(devices string) string {
	if i := strings.LastIndex(devices, " on "); i >= 0 {
		return devices[i+len(" on "):]
	}
	return devices
}

// adoptM1 takes a trained M1 from elsewhere where the configuration says so.
func (m *member) adoptM1() error {
	if m.trained.M1 == nil {
		return nil
	}
	values, err := adopted(m.config, m.trained.M1, m.takeM1)
	m.trained.M1Values = values
	return err
}

// takeM1 takes the transformation of an M1 from elsewhere with it. It keeps a line for the user where that was trained
// on another data set, or on other data of one.
func (m *member) takeM1(set string, f *safetensors.File) error {
	from, here, digest := m.config.M1.From, m.config.Data.Name, f.Metadata[format.Digest]
	switch {
	case set != here:
		m.notes = append(m.notes, fmt.Sprintf("m1.from = %q: this M1 was trained on %s; it is used on %s", from, set, here))
	case digest != "" && digest != m.ds.digest:
		m.notes = append(m.notes, fmt.Sprintf("m1.from = %q: this M1 was trained on data with sha256 %.12s…, found %.12s… here: "+
			"if it has seen validation or test examples, errors tell less than they seem to", from, digest, m.ds.digest))
	}
	return m.takeInput(f)
}

// awaits tells whether a phase is one of the member's, and not over before its checkpoint.
func (m *member) awaits(p Phase) bool {
	phases := m.config.Phases()
	at := slices.Index(phases, p.Name())
	return at >= 0 && (m.resumed == nil || at >= slices.Index(phases, m.resumed.Phase))
}

// at tells whether what the member goes on from is of a phase.
func (m *member) at(p Phase) bool { return m.resumed != nil && m.resumed.Phase == p.Name() }

// ended tells whether a phase's last step has been taken by an earlier process.
func (m *member) ended(p Phase) bool {
	return m.at(p) && m.finished(m.resumed)
}

// stands is the step of a phase that the member goes on from.
func (m *member) stands(p Phase) int {
	if !m.at(p) {
		return 0
	}
	return int(m.resumed.Step)
}

// logged is the step of a phase at which the sums of the metrics began that the member goes on from; −1 where that is
// the last multiple of log_every.
func (m *member) logged(p Phase) int {
	if !m.at(p) {
		return -1
	}
	if finished(m.resumed) {
		return int(m.resumed.Step) // There was a line at what was the end.
	}
	if step, err := strconv.Atoi(m.resumed.Metadata[metaLogged]); err == nil {
		return step
	}
	return -1
}

// owes tells whether the look that was due at that step has still to be taken.
func (m *member) owes(p Phase) bool {
	return m.stands(p) > 0 && m.resumed.Metadata[metaOwed] != ""
}

// keepLatents decides before a phase on them which of M1's latents it works on: those whose mean
// varies more than keep_above over the training examples.
func (s *Session) keepLatents(m *member, p Phase) error {
	if m.trained.M1 == nil || s.sharesM1(m) || m.trained.Kept != nil {
		return nil
	}
	latents := m.trained.M1.Latents
	over := infer.NewMoments(latents)
	err := s.alone(m.ds.corpus, func(dev engine.Device, pixels infer.Input) {
		eachEncoded(dev, m.trained, pixels, m.ds.everyone, s.asked, func(_ int, stats []float32) {
			for ; len(stats) > 0; stats = stats[2*latents:] {
				over.Add(stats)
			}
		})
	})
	if err != nil {
		return err
	}
	if s.asked() {
		return ErrStopped
	}
	kept := over.Above(m.config.M1.KeepAbove)
	if len(kept) == 0 {
		m.fault = data.InputErrorf("m1.keep_above = %g drops all %d latents: their means vary less over the training "+
			"data%s; lower it, with another --out and m1.from = %q to use this M1 again, or train M1 for longer",
			m.config.M1.KeepAbove, latents, m.whyNoLatents(), m.run.Dir())
		return nil
	}
	m.trained.Keep(kept)
	s.note(m, fmt.Sprintf("%s works on %d of %d latents, those whose mean has a standard deviation above %g", p.Name(), len(kept), latents, m.config.M1.KeepAbove))
	return nil
}

// sharesM1 tells whether another member's M1 is the same and so are the latents kept of it.
// From then on the two have one copy.
func (s *Session) sharesM1(m *member) bool {
	mine := m.trained
	for _, other := range s.members {
		theirs := other.trained
		if other == m || theirs == nil || theirs.Kept == nil || other.ds.corpus != m.ds.corpus || !slices.Equal(theirs.M1Values, mine.M1Values) {
			continue
		}
		switch {
		case mine.Kept == nil && other.config.M1.KeepAbove == m.config.M1.KeepAbove:
			mine.Keep(theirs.Kept)
		case mine.Kept == nil || !slices.Equal(theirs.Kept, mine.Kept):
			continue
		}
		mine.M1Values, mine.Kept = theirs.M1Values, theirs.Kept
		return true
	}
	return false
}

// introduce names the members that a phase is about to train, where that is not said by there being one.
func (s *Session) introduce(phase string, all ...*member) {
	if len(s.members) == 1 {
		return
	}
	const most = 4
	var names []string
	for _, m := range all[:min(most, len(all))] {
		names = append(names, filepath.Base(m.run.Dir()))
	}
	if more := len(all) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	s.observer.Note(fmt.Sprintf("%s of %s", phase, strings.Join(names, ", ")))
}

// note tells the user of one member.
func (s *Session) note(m *member, line string) {
	if len(s.members) > 1 {
		line = filepath.Base(m.run.Dir()) + ": " + line
	}
	s.observer.Note(line)
}
