package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/answers/apply"
	"ssdgm/train/data"
	"ssdgm/train/report"
	"ssdgm/train/run"
)

func newEval() *cobra.Command {
	var e evalCommand
	cmd := &cobra.Command{
		Use:   "eval RUN|FILE",
		Short: "Evaluate a trained model on the test set",
		Long: "Evaluates a run's result, or the trained model in a safetensors file, on the test set. An M1 from elsewhere\n" +
			"is taken to be of MNIST; its sizes are those of its tensors, and --set tells what they cannot.\n" +
			"Of a folder of several runs it evaluates each, and gives mean ± standard deviation over their seeds.\n\n" +
			"Of a classifier it tells what became of each class; how often answers of a probability were right, as training\n" +
			"left them and by the model's temperature, which is how classify gives them; what each class was taken for; and\n" +
			"the most confident mistakes, whose rows count from 1. Keys of --json beside the figures:\n" +
			"  classes                   name, n, wrong, taken_for and mistakes of each class: most of the wrong are taken for it\n" +
			"  reliability               10 bins of the answer's probability: from, to, n, confidence (its mean), accuracy\n" +
			"  confusion                 classes, and counts: a row for each class, a column for what it was taken for\n" +
			"  most_confident_mistakes   row, class, taken_for, probability\n" +
			"  temperature               and temperature_validation_labels, on which it was fitted\n" +
			"  …_at_temperature          nll_nats, calibration_error_percent and reliability by the temperature",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return e.run(cmd, args[0]) },
	}
	cmd.Flags().IntVar(&e.mistakes, "mistakes", 10, "show the `N` most confident mistakes")
	cmd.Flags().BoolVar(&e.json, "json", false, "print one JSON object, or of several runs a list")
	e.device.add(cmd)
	e.data.add(cmd)
	e.config.addOnly(cmd, "eval", "seed", "precision", "matmul", "data.test", "data.test_fraction")
	e.config.only = append(e.config.only, train.DataKeys...)
	return cmd
}

// openTrained opens a model, and tells where its file did not say what it holds. Of one that did, as a run's does, only
// some settings have an effect.
func openTrained(path string, f *configFlags, note func(line string)) (*trained.Model, error) {
	heeded := configs.Only(f.sets, f.only...)
	if heeded != nil && run.IsRun(path) {
		return nil, heeded
	}
	m, err := trained.Open(path, trained.Settings(f.sets...))
	if err != nil {
		return nil, err
	}
	if line := report.Told(path, m); line != "" {
		note(line)
	}
	if m.Told != trained.ByShapes {
		err = heeded
	}
	return m, err
}

type evalCommand struct {
	json     bool
	mistakes int
	device   deviceFlags
	data     dataFlags
	config   configFlags
}

// evaluated is what became of a run; its JSON.
type evaluated struct {
	Run string `json:"run,omitempty"` // of several: its name
	*trained.Evaluation
	*trained.Answers
	Exports []string `json:"exports"`
}

func (e *evalCommand) run(cmd *cobra.Command, path string) error {
	if e.mistakes < 0 {
		return data.InputErrorf("--mistakes %d: want how many to show, 0 or more", e.mistakes)
	}
	var all []evaluated
	var members []report.Member
	wrong := each(path, func(name, path string) error {
		m, result, answers, err := e.evaluate(cmd.Context(), name, path)
		if err != nil {
			return err
		}
		all = append(all, evaluated{name, result, answers, m.Exports()})
		members = append(members, report.Member{
			Member:  configs.Member{Name: name, Config: m.Config},
			Summary: &report.Summary{Figures: report.Figures{Test: result}},
		})
		return nil
	})
	if len(all) == 0 {
		return wrong
	}
	w := cmd.OutOrStdout()
	if all[0].Run != "" {
		if e.json {
			return errors.Join(wrong, json.NewEncoder(w).Encode(all))
		}
		return errors.Join(wrong, report.SeveralEvaluations(w, members))
	}
	result := all[0]
	if e.json {
		return json.NewEncoder(w).Encode(result)
	}
	fmt.Fprintf(w, "%s: %s, step %s, seed %d\n\n", result.Dataset, report.Examples(result.Evaluation), report.Thousands(result.Step), result.Seed)
	err := errors.Join(report.Evaluations(w, report.Evaluated{Name: report.ModelName(result.Model), Evaluation: result.Evaluation}),
		report.Classes(w, result.Evaluation), report.Answers(w, result.Evaluation, result.Answers))
	return errors.Join(err, report.List(w, "\nexports", []string{strings.Join(result.Exports, ", ")}))
}

// evaluate evaluates one run or file.
func (e *evalCommand) evaluate(ctx context.Context, name, path string) (*trained.Model, *trained.Evaluation, *trained.Answers, error) {
	note := noteOf(name)
	m, err := openTrained(path, &e.config, note)
	if err != nil {
		return nil, nil, nil, err
	}
	found, err := e.data.ofModel(path, m.Config, note)
	if err != nil {
		return nil, nil, nil, err
	}
	dev, err := e.device.open(ctx, arithmeticOf(m.Config))
	if err != nil {
		return nil, nil, nil, err
	}
	defer dev.Close()
	examples, err := train.Judging(m.Config, found.Train, found.Test, note)
	if err != nil {
		return nil, nil, nil, err
	}
	if line := train.CompareData(m, found.Train); line != "" {
		note(line)
	}
	if line := apply.Lacks(path, m, false); line != "" {
		noteOf(cmp.Or(name, path))(line)
	}
	result, answers, err := m.On(dev).EvaluateAnswers(ctx, train.ExamplesOf(examples.Set, examples.Split), e.mistakes)
	return m, result, answers, err
}
