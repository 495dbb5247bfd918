// Package gradcheck holds the gradients of every model that a configuration trains, on a small random minibatch,
// against answers that are known: those that Gorgonia derives by itself in float64.
package gradcheck

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/model/check"
	"ssdgm/model/trained/spec"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/report"
)

// seed is that of the parameters and the minibatch that are drawn.
const seed = 1

// Check is the problems of one configuration, and their answers.
type Check struct {
	config   *configs.Config
	phases   []string
	problems map[string]check.Problem
	answers  map[string]*check.Answer
}

// Oracle knows the answer to a problem whose parameters and minibatch are drawn with a seed.
type Oracle func(p check.Problem, seed uint64) (*check.Answer, error)

// Answer takes the answers from the reference file at path, or asks the oracle and, where path is not empty, writes
// it; written tells whether it did.
func (k *Check) Answer(path string, oracle Oracle) (written bool, err error) {
	if path != "" {
		k.answers, err = readReference(path, k.config, k.phases)
		if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return false, data.InputErrorf("--reference %s: want a file in a folder that is there, found: %w", path, err)
	}
	k.answers = map[string]*check.Answer{}
	for _, phase := range k.phases {
		if k.answers[phase], err = oracle(k.problems[phase], seed); err != nil {
			return false, fmt.Errorf("%s: %w", phase, err)
		}
	}
	if path == "" {
		return false, nil
	}
	err = k.Write(path)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return false, data.InputErrorf("--reference: %w; choose another file", err)
	}
	if err != nil {
		return false, fmt.Errorf("--reference: %w", err)
	}
	return true, nil
}

// Compare prints how far a device is from the answers, and fails where that is too far.
func (k *Check) Compare(w io.Writer, dev engine.Device) error {
	rows := [][]string{{dev.Name() + " against Gorgonia, float64", "largest", "L2", "limit", ""}}
	var wrong []string
	for _, phase := range k.phases {
		found, err := k.answers[phase].Compare(dev, k.problems[phase])
		if err != nil {
			return data.InputErrorf("%s: %w", phase, err)
		}
		for _, row := range found {
			name, verdict := row.Parameter, "ok"
			if name == check.LossName {
				name = phase + " " + name
			}
			if !row.Within() {
				verdict, wrong = "WRONG", append(wrong, name)
			}
			rows = append(rows, []string{name, figure(row.MaxRelative), figure(row.L2Relative), figure(row.Limit), verdict})
		}
	}
	if err := report.Aligned(w, rows); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%d of %d gradients and losses are further from Gorgonia's than rounding explains: "+
			"the first is %s; please report this with the output of %s", len(wrong), len(rows)-1, wrong[0], message.Command("doctor"))
	}
	return nil
}

func figure(x float64) string { return fmt.Sprintf("%.1e", x) }

// The sizes of the minibatches: Gorgonia's graphs are slow, and gradients do not care.
const (
	examples   = 20
	labelled   = 10
	unlabelled = 10
)

// New makes the problems of the models that a configuration trains. M2's inputs are all of M1's
// latents: which of them are kept is not known before M1 is trained.
func New(c *configs.Config) (*Check, error) {
	d, classes, err := data.Shape(c.Data.Name)
	if err != nil {
		return nil, err
	}
	if err := train.CheckMemory(c.WithMinibatches(examples), examples, d, classes); err != nil {
		return nil, err
	}
	k := &Check{config: c, problems: map[string]check.Problem{}}
	// A baseline's gradients are no device's.
	k.phases = slices.DeleteFunc(c.Phases(), func(phase string) bool { return phase == c.Baseline() })
	if len(k.phases) == 0 {
		return nil, data.InputErrorf("model = %q has no gradients of a device's to check; choose another model", c.Model)
	}
	for _, phase := range k.phases {
		k.problems[phase] = problems[phase](c, d, classes)
	}
	return k, nil
}

// problems are those of the phases that have gradients.
var problems = map[string]func(c *configs.Config, d, classes int) check.Problem{
	"m1": func(c *configs.Config, d, _ int) check.Problem {
		return check.M1{Spec: spec.M1(c, d), Examples: examples, Samples: c.M1.Samples}
	},
	"m2": func(c *configs.Config, d, classes int) check.Problem { return m2Problem(c, d, classes) },
	"joint": func(c *configs.Config, d, classes int) check.Problem {
		return jointProblem(spec.M1(c, d), m2Problem(c, d, classes))
	},
	"supervised": func(c *configs.Config, d, classes int) check.Problem {
		return check.Supervised{Spec: spec.Supervised(c, d, classes), Examples: examples}
	},
}

func m2Problem(c *configs.Config, d, classes int) check.M2 {
	inputs := d
	if c.Stacked() {
		inputs = c.M1.Latents
	}
	labels := max(1, int(c.Data.Labels))
	return check.M2{
		Spec: spec.M2(c, inputs, classes, c.Stacked()), Labelled: labelled, Unlabelled: unlabelled, Samples: c.M2.Samples,
		TotalLabelled: labels, TotalUnlabelled: 100 * labels, Alpha: c.M2.Alpha,
	}
}

// jointProblem is a stack on every other of M1's latents, so that there are some of both kinds.
func jointProblem(m1 model.M1Spec, m2 check.M2) check.Joint {
	p := check.Joint{M1: m1, M2: m2}
	for j := 0; j < m1.Latents; j += 2 {
		p.Kept = append(p.Kept, j)
	}
	p.M2.Spec.Inputs = len(p.Kept)
	return p
}
