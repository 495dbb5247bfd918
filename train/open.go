package train

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/model/trained"
	"ssdgm/model/trained/format"
	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// Open makes the members' run folders below dir, or opens those that are there. Before that it
// finds out whether each configuration is its folder's own and whether all that it names is
// sound, so that a mistake leaves nothing behind. The training parts are read here. Where some of several members
// cannot be trained, these have a fault and no folder, and the others are trained.
func Open(dir string, o Options) (_ *Session, err error) {
	s := &Session{dev: o.Device, open: o.Open, observer: o.Observer}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.closeStores())
		}
	}()
	if len(o.Members) > 1 || o.Members[0].Name != "" {
		if err := holdsRuns(dir, o.Members); err != nil {
			return nil, err
		}
	}
	members, err := extendedMembers(dir, o.Members)
	if err != nil {
		return nil, err
	}
	s.load(dir, members)
	for i, m := range s.members {
		if err := s.check(m, filepath.Join(dir, o.Members[i].Name)); err != nil {
			return nil, err
		}
	}
	if fault := s.commonFault(); fault != nil {
		return nil, fault
	}
	for i, m := range s.members {
		if m.fault != nil {
			continue
		}
		var err error
		m.run, err = run.Open(filepath.Join(dir, o.Members[i].Name), m.config.TOML(), run.Options{
			Phases: m.config.Phases(), Keep: m.keeps(), Result: m.config.ResultPhase(), Every: m.config.Checkpoint.EverySteps,
		})
		if err == nil {
			err = m.reopen()
		}
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.own(m.run.Dir())
		if folder := o.Members[i].Folder; folder != "" {
			m.run.RememberData(folder)
		}
	}
	return s, nil
}

// CommonFault is the fault of all runs where each has the same one; nil where one has none, or another.
func CommonFault(faults []error) error {
	for _, fault := range faults {
		if fault == nil || fault.Error() != faults[0].Error() {
			return nil
		}
	}
	return faults[0]
}

// commonFault is CommonFault of the members.
func (s *Session) commonFault() error {
	faults := make([]error, len(s.members))
	for i, m := range s.members {
		faults[i] = m.fault
	}
	return CommonFault(faults)
}

// load reads the training parts, each once, and draws the members' labels. The labels that no
// member may use go no further. A member whose data are not as it wants them has a fault.
func (s *Session) load(dir string, members []Member) {
	type used struct { // what decides which examples are read
		part              data.Part
		train, validation int
		fraction          float64 // that is kept for validation
		inputs            configs.Inputs
	}
	type read struct {
		corpus *corpus
		set    *data.Set
		err    error
	}
	found := map[used]*read{}
	for _, given := range members {
		m := &member{config: given.Config, unsettled: given.Config, fault: given.Fault}
		s.members = append(s.members, m)
		if m.fault != nil {
			continue
		}
		c := given.Config
		key := used{given.Train, c.Data.Train, c.Data.Validation, c.Data.ValidationFraction, c.Data.Inputs}
		its := found[key]
		if its == nil {
			its = &read{}
			found[key] = its
			folder := filepath.Join(dir, given.Name)
			part, with := s.storedIn(folder, given.Train), s.fitter(folder, c)
			if its.corpus, its.set, its.err = loadCorpus(c, part, with); its.err == nil {
				s.keepNotes(slices.Concat(its.set.Notes, its.corpus.found.Notes))
			}
		}
		if m.fault = its.err; m.fault != nil {
			continue
		}
		if c, m.fault = settled(c, its.set, its.corpus.validation); m.fault != nil {
			continue
		}
		var notes []string
		if c, notes, m.fault = settledInput(c, its.corpus); m.fault != nil {
			continue
		}
		m.config = c
		s.keepNotes(notes)
		ds, err := newDataset(c, its.corpus, its.set)
		if err != nil {
			m.fault = err
			continue
		}
		s.keepNotes(ds.notes)
		m.begin(ds)
	}
}

// keepNotes keeps lines for the user until training begins, each once: several runs see the same files.
func (s *Session) keepNotes(lines []string) {
	for _, line := range lines {
		if !slices.Contains(s.notes, line) {
			s.notes = append(s.notes, line)
		}
	}
}

// check holds that a member can be trained in a folder. The error is that the folder has another run; what else is
// wrong is the member's fault.
func (s *Session) check(m *member, dir string) error {
	begun, err := SameRun(dir, m.config)
	if err != nil && m.unsettled != m.config {
		// What differs may be what the configuration leaves to the data alone.
		if same, _ := SameRun(dir, m.unsettled); same {
			return data.InputErrorf("open %s: this run was trained on other data: what the configuration leaves to them came to "+
				"something else; give the same data, or another --out", dir)
		}
	}
	if err != nil {
		return err
	}
	if m.fault == nil {
		m.fault = m.trainable(s.dev, begun)
		s.keepNotes(m.notes)
	}
	return nil
}

// trainable holds that each phase can train the member, that there is memory, and that the M1 that it names is one.
func (m *member) trainable(dev engine.Device, begun bool) error {
	for _, p := range phasesOf(m.config) {
		if err := p.check(m); err != nil {
			return err
		}
	}
	if err := m.checkDevice(dev); err != nil {
		return err
	}
	if begun {
		return nil
	}
	return m.adoptM1()
}

// Close lets go of the run folders.
func (s *Session) Close() error {
	var errs []error
	for _, m := range s.members {
		if m.run != nil {
			errs = append(errs, m.run.Close())
		}
	}
	errs = append([]error{s.closeStores()}, errs...)
	return errors.Join(errs...)
}

// holdsRuns refuses a folder for several runs that has something else in it, or a sweep of them: they would be trained
// once more, beside themselves.
func holdsRuns(dir string, members []Member) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		// Whether the path can become a folder is run.Open's to say.
		return nil
	}
	if err != nil {
		return err
	}
	if theirs, err := RunConfig(dir, nil); theirs != nil || err != nil {
		return cmp.Or(err, data.InputErrorf("open %s: want a folder for several runs, found a run; choose another --out", dir))
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			return data.InputErrorf("open %s: want a folder for several runs, or an empty one, found %s; choose another --out", dir, entry.Name())
		}
	}
	for _, m := range members {
		if in := filepath.Join(dir, "runs"); run.IsRun(filepath.Join(in, m.Name)) {
			return data.InputErrorf("open %s: want a folder for several runs, found that of a sweep with %s; go on with 'sweep run' "+
				"in it, or with %s, or choose another --out", dir, m.Name, message.Command("train", "--out", in))
		}
	}
	return nil
}

// SameRun tells whether a folder holds a run already, and refuses one that was made
// with another configuration.
func SameRun(dir string, c *configs.Config) (bool, error) {
	theirs, err := MadeWith(dir)
	if err != nil || theirs == nil {
		return false, err
	}
	if c, err = extendedIn(dir, c); err != nil {
		return false, err
	}
	if differing := configs.Diff(theirs, c); len(differing) > 0 {
		return false, data.InputErrorf("open %s: this run was made with another configuration: %s; choose another --out, or take these back to go on with it",
			dir, strings.Join(differing, "; "))
	}
	return true, nil
}

// RunConfig is the configuration that a run folder was made with, changed by overrides
// "key=value"; nil where dir is no run folder.
func RunConfig(dir string, sets []string) (*configs.Config, error) {
	folder, err := run.View(dir)
	if errors.Is(err, run.ErrUser) {
		// Whether the path can become a run folder is run.Open's to say.
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	name, text := filepath.Join(dir, "config.toml"), folder.Config()
	c, _, err := configs.Parse(name, text, nil)
	if err != nil {
		return nil, err
	}
	longer, err := extended(folder, c)
	if err != nil {
		return nil, err
	}
	if longer != c {
		text = longer.TOML()
	}
	c, _, err = configs.Parse(name, text, sets)
	return c, err
}

// RunConfigs are the configurations of the runs in a folder of several, changed by overrides
// "key=value"; none where dir is no such folder.
func RunConfigs(dir string, sets []string) ([]configs.Member, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		// Whether the path can become a folder is run.Open's to say.
		return nil, nil
	}
	var members []configs.Member
	for _, entry := range entries {
		c, err := RunConfig(filepath.Join(dir, entry.Name()), sets)
		if err != nil {
			return nil, err
		}
		if c != nil {
			members = append(members, configs.Member{Name: entry.Name(), Config: c})
		}
	}
	slices.SortStableFunc(members, func(a, b configs.Member) int {
		return cmp.Or(cmp.Compare(a.Config.Model, b.Config.Model), cmp.Compare(a.Config.Data.Labels, b.Config.Data.Labels),
			cmp.Compare(cellOf(a), cellOf(b)), cmp.Compare(a.Config.Seed, b.Config.Seed))
	})
	return members, nil
}

// cellOf is a member's name without its seed, which comes last.
func cellOf(m configs.Member) string {
	return strings.TrimSuffix(m.Name, fmt.Sprintf("seed%d", m.Config.Seed))
}

// adopted reads the trained M1 that the configuration names; nil where it names none. on is told what it was trained on,
// where it says so: the name of the data set, and the file of the parameters; it may refuse them.
func adopted(c *configs.Config, m *model.M1, on adoption) ([]float32, error) {
	if c.M1.From == "" {
		return nil, nil
	}
	values, err := unfinishedM1(c, m, on)
	if err == nil && values == nil {
		values, err = fileM1(c, m, on)
	}
	if err != nil {
		return nil, fmt.Errorf("m1.from = %q: %w", c.M1.From, err)
	}
	return values, nil
}

// adoption is told of a trained M1 the name of the data set and the file of the parameters.
type adoption func(set string, f *safetensors.File) error

// fileM1 reads the M1 of a file or of a finished run.
func fileM1(c *configs.Config, m *model.M1, on adoption) ([]float32, error) {
	file, err := trained.ReadResult(c.M1.From)
	if err != nil {
		return nil, err
	}
	// A file of another program's does not say what its parameters are used with.
	if text, ok := file.Metadata[format.Config]; ok {
		theirs, _, err := configs.Parse(c.M1.From, []byte(text), nil)
		if err != nil {
			return nil, err
		}
		if err := sameM1(theirs, c); err != nil {
			return nil, err
		}
		if err := on(theirs.Data.Name, file); err != nil {
			return nil, err
		}
	}
	return format.Import(&m.Layout, file)
}

// listed is a list as TOML writes it.
func listed(sizes []int) string { return strings.ReplaceAll(fmt.Sprint(sizes), " ", ", ") }

// sameM1 refuses parameters of other sizes, and those that were trained with another activation or output: the
// tensors' shapes do not show that.
func sameM1(theirs, ours *configs.Config) error {
	if theirs.TrainsStack() {
		return data.InputErrorf("want an M1 that has seen no labels, found one that was trained with an M2 as one model; choose an M1 from a run with joint.epochs and joint.steps = 0")
	}
	for _, word := range []struct{ key, theirs, ours string }{
		{"m1.hidden", listed(theirs.M1.Hidden), listed(ours.M1.Hidden)},
		{"m1.latents", fmt.Sprint(theirs.M1.Latents), fmt.Sprint(ours.M1.Latents)},
		{"m1.activation", strconv.Quote(theirs.M1.Activation), strconv.Quote(ours.M1.Activation)},
		{"m1.output", strconv.Quote(theirs.M1.Output), strconv.Quote(ours.M1.Output)},
	} {
		if word.theirs != word.ours {
			return data.InputErrorf("want an M1 trained with %s = %s, found %s; set it to that, or choose another M1", word.key, word.ours, word.theirs)
		}
	}
	return nil
}
