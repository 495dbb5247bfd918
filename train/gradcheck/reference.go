package gradcheck

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ssdgm/configs"
	"ssdgm/model/check"
	"ssdgm/train/data"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// A reference file is a safetensors file with tensors named PHASE/parameter/NAME,
// PHASE/batch/NAME and PHASE/gradient/NAME, and in its metadata the configuration, the
// seed and each PHASE/loss.
const (
	referenceConfig = "config"
	referenceSeed   = "seed"
)

// kinds are the tables of an answer by their names in the file.
func kinds(a *check.Answer) map[string]*map[string]check.Tensor {
	return map[string]*map[string]check.Tensor{"parameter": &a.Parameters, "batch": &a.Batch, "gradient": &a.Gradients}
}

// Write writes the answers as a reference file.
func (k *Check) Write(path string) error {
	metadata := map[string]string{referenceConfig: string(k.config.TOML()), referenceSeed: strconv.Itoa(seed)}
	var tensors []safetensors.Tensor
	for phase, a := range k.answers {
		metadata[phase+"/loss"] = strconv.FormatFloat(a.Loss, 'g', -1, 64)
		for kind, table := range kinds(a) {
			for _, name := range slices.Sorted(maps.Keys(*table)) {
				t := (*table)[name]
				tensors = append(tensors, safetensors.Tensor{Name: phase + "/" + kind + "/" + name, Shape: t.Shape, Data: t.Data})
			}
		}
	}
	return run.WriteFile(path, func(w io.Writer) error { return safetensors.Write(w, tensors, metadata) })
}

// readReference reads the answers to a configuration's problems.
func readReference(path string, c *configs.Config, phases []string) (map[string]*check.Answer, error) {
	file, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, data.InputErrorf("%w", err)
	}
	theirs, _, err := configs.Parse(path, []byte(file.Metadata[referenceConfig]), nil)
	if err != nil {
		return nil, data.InputErrorf("read %s: want a reference of 'ssdgm check', found a file without a configuration", path)
	}
	if differing := configs.Diff(theirs, c); len(differing) > 0 {
		return nil, data.InputErrorf("read %s: this reference is of another configuration: %s; "+
			"remove it to have it written anew", path, strings.Join(differing, "; "))
	}
	answers := map[string]*check.Answer{}
	for _, phase := range phases {
		if answers[phase], err = answerIn(file, phase); err != nil {
			return nil, data.InputErrorf("read %s: %w", path, err)
		}
	}
	return answers, nil
}

// answerIn takes one phase's answer out of a file. Whether it is complete is for the
// comparison to find.
func answerIn(file *safetensors.File, phase string) (*check.Answer, error) {
	a := &check.Answer{}
	var err error
	if a.Seed, err = strconv.ParseUint(file.Metadata[referenceSeed], 10, 64); err != nil {
		return nil, fmt.Errorf("want a number as %q in its metadata, found %q", referenceSeed, file.Metadata[referenceSeed])
	}
	if a.Loss, err = strconv.ParseFloat(file.Metadata[phase+"/loss"], 64); err != nil {
		return nil, fmt.Errorf("want a number as %q in its metadata, found %q", phase+"/loss", file.Metadata[phase+"/loss"])
	}
	for kind, table := range kinds(a) {
		*table = map[string]check.Tensor{}
		for _, t := range file.Tensors {
			name, ok := strings.CutPrefix(t.Name, phase+"/"+kind+"/")
			if !ok {
				continue
			}
			values, err := safetensors.Values[float64](file, t.Name, t.Shape...)
			if err != nil {
				return nil, err
			}
			(*table)[name] = check.Tensor{Shape: t.Shape, Data: values}
		}
	}
	return a, nil
}
