package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ssdgm/configs"
)

// Library is all runs and records below some folders.
type Library struct {
	Entries []*Entry
	// Broken says which folders could not be used, and why.
	Broken []error
}

// Open reads every run directly below the folders, and every record ROW/seedN.zip. A folder that is not there
// holds none.
func Open(roots ...string) (*Library, error) {
	l := &Library{}
	for _, root := range roots {
		names, err := os.ReadDir(root)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, name := range names {
			if !name.IsDir() {
				continue
			}
			entries, broken := readEntries(root, name.Name())
			l.Entries, l.Broken = append(l.Entries, entries...), append(l.Broken, broken...)
		}
	}
	return l, nil
}

// readEntries reads a run folder or, where root/name is none, the records that lie in it.
func readEntries(root, name string) (found []*Entry, broken []error) {
	e, err := readEntry(root, name)
	switch {
	case err != nil:
		return nil, []error{err}
	case e != nil:
		return []*Entry{e}, nil
	}
	files, err := os.ReadDir(filepath.Join(root, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, []error{err}
	}
	for _, file := range files {
		if !isZip(file.Name()) {
			continue
		}
		switch e, err := readEntry(root, filepath.Join(name, file.Name())); {
		case err != nil:
			broken = append(broken, err)
		case e != nil:
			found = append(found, e)
		}
	}
	return found, broken
}

// Choice is what there is of a configuration.
type Choice struct {
	Finished, Unfinished *Entry // the first of each; nil where there is none
	// Notes says which entries are not used though they are of the same model, data, labels and seed.
	Notes []string
}

// Choose finds what has been made with a configuration that trains all of its phases. A run counts if
// its own configuration is the same in everything that decides numbers; one that took its M1 from elsewhere,
// if that M1 is known and was trained as this configuration would. An unfinished run counts where it can be
// gone on with, which is below out.
func (l *Library) Choose(c *configs.Config, out string) Choice {
	var choice Choice
	for _, e := range l.Entries {
		if e.Config.Model != c.Model || e.Config.Data.Name != c.Data.Name || e.Config.Data.Labels != c.Data.Labels || e.Config.Seed != c.Seed {
			continue
		}
		differing := l.differing(e, c)
		switch {
		case len(differing) > 0:
			choice.Notes = append(choice.Notes, fmt.Sprintf("%s is not used: %s", e.Path(), strings.Join(differing, "; ")))
		case e.Extended:
			choice.Notes = append(choice.Notes, fmt.Sprintf("%s is not used: it was extended after its test labels had been opened", e.Path()))
		case e.Finished && choice.Finished == nil:
			choice.Finished = e
		case !e.Finished && e.Root != out:
			choice.Notes = append(choice.Notes, fmt.Sprintf("%s is not used: it is not finished", e.Path()))
		case !e.Finished && choice.Unfinished == nil:
			choice.Unfinished = e
		}
	}
	return choice
}

// differing says why an entry's numbers are not those of a configuration; nothing where they are.
func (l *Library) differing(e *Entry, c *configs.Config) []string {
	theirs, ours := *e.Config, *c
	theirs.M1.From, ours.M1.From = "", ""
	if differing := configs.Diff(&theirs, &ours); len(differing) > 0 || e.Config.M1.From == "" {
		return differing
	}
	m1 := l.M1Of(e)
	if m1 == nil {
		return []string{fmt.Sprintf("its M1, m1.from = %q, is in none of the folders", e.Config.M1.From)}
	}
	differing := configs.Diff(M1Config(m1.Config), M1Config(c))
	for i := range differing {
		differing[i] = fmt.Sprintf("its M1, %s: %s", m1.Path(), differing[i])
	}
	return differing
}

// M1Of finds the run whose M1 an entry took: by the digest of its parameters where that is recorded, or else
// by its path. It is nil where none is known.
func (l *Library) M1Of(e *Entry) *Entry {
	from := e.Config.M1.From
	for _, m1 := range l.Entries {
		if from != "" && m1.Config.TrainsM1() && e.M1Digest != "" && m1.M1Digest == e.M1Digest {
			return m1
		}
	}
	for _, m1 := range l.Entries {
		known := m1.M1Digest != "" && e.M1Digest != ""
		if from != "" && m1.Config.TrainsM1() && !known && samePath(m1.Path(), from) {
			return m1
		}
	}
	return nil
}

// samePath tells whether two paths name one place.
func samePath(a, b string) bool {
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absA == absB
}

// Time is what an entry has cost in seconds, with its M1 wherever that was trained; whole is whether all
// of it is known.
func (l *Library) Time(e *Entry) (seconds float64, whole bool) {
	for _, s := range e.Seconds {
		seconds += s
	}
	if e.Config.M1.From == "" {
		return seconds, true
	}
	m1 := l.M1Of(e)
	if m1 == nil {
		return seconds, false
	}
	return seconds + m1.Seconds[configs.SharedPhase], m1.Finished
}

// Estimate is how long training a configuration took before, in seconds, with any seed; 0 where no entry tells.
func (l *Library) Estimate(c *configs.Config) float64 {
	var found []float64
	for _, e := range l.Entries {
		if e.Finished && len(configs.Diff(forAnySeed(e.Config), forAnySeed(c))) == 0 {
			total := 0.0
			for phase, s := range e.Seconds {
				if phase != configs.SharedPhase || c.M1.From == "" {
					total += s
				}
			}
			found = append(found, total)
		}
		// A run of all phases tells what M1 alone takes.
		if s := e.Seconds[configs.SharedPhase]; !c.Classifies() && s > 0 && e.Config.TrainsM1() && e.Config.Classifies() &&
			len(configs.Diff(forAnySeed(M1Config(e.Config)), forAnySeed(c))) == 0 {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return 0
	}
	return slices.Max(found)
}

func forAnySeed(c *configs.Config) *configs.Config {
	same := *c
	same.Seed, same.M1.From = 0, ""
	return &same
}

// M1Config is the M1 part of a configuration as a configuration of its own: everything that decides the
// numbers of its M1, and nothing else.
func M1Config(c *configs.Config) *configs.Config {
	m1 := configs.Default()
	keep := m1.M1.KeepAbove
	m1.Model, m1.Seed, m1.Precision, m1.MatMul, m1.Select = "m1", c.Seed, c.Precision, c.MatMul, c.Select
	m1.Data, m1.M1, m1.Checkpoint, m1.Eval, m1.Pictures = c.Data, c.M1, c.Checkpoint, c.Eval, c.Pictures
	m1.Data.Labels, m1.Data.LabelCounts = 0, nil
	m1.M1.From, m1.M1.KeepAbove = "", keep
	return m1
}
