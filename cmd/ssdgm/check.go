package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/model/check"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/report"
)

func newCheck() *cobra.Command {
	var c checkCommand
	cmd := &cobra.Command{
		Use:   "check [CONFIG.toml]",
		Short: "Compare a configuration's gradients with Gorgonia's",
		Long: "Computes the gradients of every model that a configuration trains, on a small random minibatch, and holds\n" +
			"them against those that Gorgonia derives by itself in float64. Exits with 1 if one of them is further off\n" +
			"than rounding explains. Always computes in fp32.\n\n" + configHelp(),
		Args: arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, first(args)) },
	}
	cmd.Flags().StringVar(&c.reference, "reference", "", "`file` with Gorgonia's answers: taken from there if it exists, written there if not")
	c.device.add(cmd)
	c.config.add(cmd)
	return cmd
}

type checkCommand struct {
	reference string
	device    deviceFlags
	config    configFlags
}

// checkSeed is that of the parameters and the minibatch that are drawn.
const checkSeed = 1

func (k *checkCommand) run(cmd *cobra.Command, path string) error {
	c, _, err := configs.Load(path, k.config.sets)
	if err != nil {
		return err
	}
	phases, problems, err := problemsOf(c)
	if err != nil {
		return err
	}
	if _, _, err := k.device.parse(); err != nil {
		return err
	}
	answers, err := k.answers(c, phases, problems)
	if err != nil {
		return err
	}
	k.device.handOver = func() ([]string, error) { return k.handOver(c, answers) }
	// The formulas are what is held here: the coarser products of tf32 would hide a mistake.
	dev, err := k.device.open(cmd.Context(), arithmetic{plain.precision, c.MatMul})
	if err != nil {
		return err
	}
	defer dev.Close()
	return compare(cmd.OutOrStdout(), dev, phases, problems, answers)
}

// compare prints how far the device is from the answers, and fails where that is too far.
func compare(w io.Writer, dev engine.Device, phases []string, problems map[string]check.Problem, answers map[string]*check.Answer) error {
	rows := [][]string{{dev.Name() + " against Gorgonia, float64", "largest", "L2", "limit", ""}}
	var wrong []string
	for _, phase := range phases {
		found, err := answers[phase].Compare(dev, problems[phase])
		if err != nil {
			return usageErrorf("%s: %w", phase, err)
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
		return fmt.Errorf("%d of %d gradients and losses are further from Gorgonia's than rounding explains: the first is %s; please report this with the output of 'ssdgm doctor'",
			len(wrong), len(rows)-1, wrong[0])
	}
	return nil
}

func figure(x float64) string { return fmt.Sprintf("%.1e", x) }

// answers takes the answers from the reference file, or asks Gorgonia and writes it.
func (k *checkCommand) answers(c *configs.Config, phases []string, problems map[string]check.Problem) (map[string]*check.Answer, error) {
	if k.reference != "" {
		answers, err := readReference(k.reference, c, phases)
		if !errors.Is(err, fs.ErrNotExist) {
			return answers, err
		}
	}
	if _, err := os.Stat(filepath.Dir(k.reference)); err != nil {
		return nil, usageErrorf("--reference %s: want a file in a folder that is there, found: %w", k.reference, err)
	}
	answers := map[string]*check.Answer{}
	for _, phase := range phases {
		var err error
		if answers[phase], err = oracle(problems[phase], checkSeed); err != nil {
			return nil, fmt.Errorf("%s: %w", phase, err)
		}
	}
	if k.reference == "" {
		return answers, nil
	}
	if err := writeReference(k.reference, c, answers); err != nil {
		return nil, fmt.Errorf("--reference: %w", err)
	}
	fmt.Fprintf(os.Stderr, "wrote %s\n", k.reference)
	return answers, nil
}

// handOver gives the answers to a build that has no Gorgonia, in a file of no name, unless
// the reference file has them already.
func (k *checkCommand) handOver(c *configs.Config, answers map[string]*check.Answer) ([]string, error) {
	if k.reference != "" {
		return nil, nil
	}
	file, err := os.CreateTemp("", "ssdgm-check-*.safetensors")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(file.Close(), writeReference(file.Name(), c, answers)); err != nil {
		return nil, err
	}
	path, err := inherit(file.Name())
	return []string{"--reference", path}, err
}

// The sizes of the minibatches: Gorgonia's graphs are slow, and gradients do not care.
const (
	checkExamples   = 20
	checkLabelled   = 10
	checkUnlabelled = 10
)

// problemsOf are the models that a configuration trains. M2's inputs are all of M1's
// latents: which of them are kept is not known before M1 is trained.
func problemsOf(c *configs.Config) (phases []string, problems map[string]check.Problem, err error) {
	d, classes, err := data.Shape(c.Data.Name)
	if err != nil {
		return nil, nil, err
	}
	small := *c
	small.M1.Train.BatchSize, small.Supervised.Train.BatchSize, small.Eval.BatchSize = checkExamples, checkExamples, checkExamples
	small.M2.Train.LabelledBatch, small.M2.Train.UnlabelledBatch = checkLabelled, checkUnlabelled
	small.Joint.LabelledBatch, small.Joint.UnlabelledBatch = checkLabelled, checkUnlabelled
	if err := train.CheckMemory(&small, checkExamples, d, classes); err != nil {
		return nil, nil, err
	}
	// A baseline's gradients are no device's.
	phases = slices.DeleteFunc(c.Phases(), func(phase string) bool { return phase == c.Baseline() })
	if len(phases) == 0 {
		return nil, nil, usageErrorf("model = %q has no gradients of a device's to check; choose another model", c.Model)
	}
	problems = map[string]check.Problem{}
	inputs := d
	if c.Model == "m1m2" {
		inputs = c.M1.Latents
	}
	m2 := check.M2{
		Spec: train.M2Spec(c, inputs, classes), Labelled: checkLabelled, Unlabelled: checkUnlabelled, Samples: c.M2.Samples,
		TotalLabelled: c.Data.Labels, TotalUnlabelled: 100 * c.Data.Labels, Alpha: c.M2.Alpha,
	}
	for _, phase := range phases {
		switch phase {
		case "m1":
			problems[phase] = check.M1{Spec: train.M1Spec(c, d), Examples: checkExamples, Samples: c.M1.Samples}
		case "m2":
			problems[phase] = m2
		case "joint":
			problems[phase] = jointProblem(train.M1Spec(c, d), m2)
		case "supervised":
			problems[phase] = check.Supervised{Spec: train.SupervisedSpec(c, d, classes), Examples: checkExamples}
		}
	}
	return phases, problems, nil
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
