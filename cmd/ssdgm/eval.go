package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/report"
)

func newEval() *cobra.Command {
	var e evalCommand
	cmd := &cobra.Command{
		Use:   "eval RUN|FILE",
		Short: "Evaluate a trained model on the test set",
		Long: "Evaluates a run's result, or the trained model in a safetensors file, on the test set. An M1 from elsewhere\n" +
			"is taken to be of MNIST; its sizes are those of its tensors, and --set tells what they cannot.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return e.run(cmd, args[0]) },
	}
	cmd.Flags().BoolVar(&e.json, "json", false, "print one JSON object")
	e.device.add(cmd)
	e.data.add(cmd)
	e.config.addOnly(cmd, "eval", "seed", "data.name", "data.dir", "data.test", "precision", "matmul")
	return cmd
}

// openTrained opens a model, and tells on stderr where its file did not say what it holds. Of one that did, only some
// settings have an effect.
func openTrained(path string, f *configFlags) (*trained.Model, error) {
	m, err := trained.Open(path, trained.Settings(f.sets...))
	if err != nil {
		return nil, err
	}
	if m.Told != trained.ByShapes {
		err = configs.Only(f.sets, f.only...)
	}
	if line := report.Told(path, m); line != "" {
		note(line)
	}
	return m, err
}

type evalCommand struct {
	json   bool
	device deviceFlags
	data   dataFlags
	config configFlags
}

func (e *evalCommand) run(cmd *cobra.Command, path string) error {
	m, err := openTrained(path, &e.config)
	if err != nil {
		return err
	}
	found, err := e.data.ofModel(path, m.Config)
	if err != nil {
		return err
	}
	dev, err := e.device.open(cmd.Context(), arithmeticOf(m.Config))
	if err != nil {
		return err
	}
	defer dev.Close()
	set, err := data.Load(found.Test, note)
	if err != nil {
		return err
	}
	if line := train.CompareData(m, found.Train); line != "" {
		note(line)
	}
	result, err := m.On(dev).Evaluate(cmd.Context(), train.ExamplesOf(set, "test"))
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	if e.json {
		return json.NewEncoder(w).Encode(struct {
			*trained.Evaluation
			Exports []string `json:"exports"`
		}{result, m.Exports()})
	}
	fmt.Fprintf(w, "%s: %s test images, step %s, seed %d\n\n", set.Name, report.Thousands(result.N), report.Thousands(result.Step), result.Seed)
	err = errors.Join(report.Evaluations(w, report.Evaluated{Name: report.ModelName(result.Model), Evaluation: result}),
		report.Classes(w, result))
	return errors.Join(err, report.List(w, "\nexports", []string{strings.Join(m.Exports(), ", ")}))
}
