package train

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"ssdgm/configs"
	"ssdgm/engine/noise"
	"ssdgm/train/data"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// OpenModelFile reads the parameters that a path stands for: a safetensors file,
// or the result in a run folder.
func OpenModelFile(path string) (*safetensors.File, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, data.InputErrorf("open %s: want a run folder or a .safetensors file, found nothing", path)
	}
	if err == nil && info.IsDir() {
		folder := path
		path = filepath.Join(folder, run.ModelName)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, noModel(folder, path)
		}
	}
	file, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, data.InputErrorf("%w", err)
	}
	return file, nil
}

// noModel says why a folder has no result.
func noModel(folder, path string) error {
	if _, err := run.View(folder); err != nil {
		return data.InputErrorf("open %s: want a run folder or a .safetensors file, found a folder without a run", folder)
	}
	return data.InputErrorf("open %s: no such file: the run is not finished; go on with 'ssdgm train --out %s'", path, folder)
}

// OpenTrained opens a trained model: ssdgm's own, which says how it was made, or a
// file of another program's, whose sizes tell the architecture. sets override keys
// of the configuration.
func OpenTrained(path string, sets []string) (*Trained, error) {
	file, err := OpenModelFile(path)
	if err != nil {
		return nil, err
	}
	text, ok := file.Metadata[metaConfig]
	if !ok {
		return openForeign(path, file, sets)
	}
	c, _, err := configs.Parse(path, []byte(text), sets)
	if err != nil {
		return nil, err
	}
	if _, ok := file.Metadata[metaResultStep]; ok {
		return nil, data.InputErrorf("read %s: want a trained model, found a checkpoint of a run under way; give the run's folder or its %s", path, run.ModelName)
	}
	t, err := describe(c, file.Metadata)
	if err != nil {
		return nil, data.InputErrorf("read %s: %w", path, err)
	}
	return t, t.complete(path, file)
}

// The most that a file's metadata may claim. It may be damaged: what it says is allocated.
const (
	imageMax    = 1 << 20 // values in an image
	channelsMax = 4
)

// describe lays a model out as its file's metadata say.
func describe(c *configs.Config, metadata map[string]string) (*Trained, error) {
	numbers := map[string]int{}
	for _, m := range []struct {
		key         string
		least, most int
	}{
		{metaInputs, 1, imageMax}, {metaHeight, 1, imageMax}, {metaWidth, 1, imageMax},
		{metaClasses, 1, noise.MaxLabels}, {metaStep, 0, math.MaxInt32},
	} {
		n, err := strconv.Atoi(metadata[m.key])
		if err != nil || n < m.least || n > m.most {
			return nil, fmt.Errorf("want a number from %d to %d as %q in its metadata, found %q", m.least, m.most, m.key, metadata[m.key])
		}
		numbers[m.key] = n
	}
	inputs, height, width := numbers[metaInputs], numbers[metaHeight], numbers[metaWidth]
	if pixels := height * width; inputs%pixels != 0 || inputs/pixels > channelsMax {
		return nil, fmt.Errorf("want as many %s as images of %d×%d have, found %d", metaInputs, height, width, inputs)
	}
	t := newTrained(c, inputs, height, width, numbers[metaClasses])
	if metadata[metaValues] == realValues {
		t.onFloats()
	}
	t.Step, t.alone = numbers[metaStep], metadata[metaAlone]
	return t, nil
}

// complete restores all models, and refuses a file that lacks one or that there is no memory
// to evaluate.
func (t *Trained) complete(path string, file *safetensors.File) error {
	if err := t.restore(file); err != nil {
		return data.InputErrorf("read %s: %w", path, err)
	}
	for _, p := range t.parts() {
		if *p.values == nil {
			return data.InputErrorf("read %s: want the parameters of %s, found none named %s", path, p.name, p.layout.Tensors[0].Name)
		}
	}
	if phase := t.Config.Baseline(); phase != "" && t.Learnt == nil {
		return data.InputErrorf("read %s: want what %s has learnt, found no tensor named %s.…", path, phase, phase)
	}
	if t.Config.Model == "m1m2" && t.M2 == nil {
		return data.InputErrorf("read %s: want the tensor %s, found none", path, keptName)
	}
	return t.checkEvaluation(machineMemory())
}

// openForeign takes the architecture of an M1 from its tensors' shapes.
func openForeign(path string, file *safetensors.File, sets []string) (*Trained, error) {
	hidden, inputs, latents := []string{}, 0, 0
	for i := 0; ; i++ {
		w, ok := file.Lookup(fmt.Sprintf("m1.encoder.%d.weight", i))
		if !ok || len(w.Shape) != 2 {
			break
		}
		if i == 0 {
			inputs = w.Shape[1]
		}
		hidden = append(hidden, strconv.Itoa(w.Shape[0]))
	}
	if mean, ok := file.Lookup("m1.encoder.mean.weight"); ok && len(mean.Shape) == 2 {
		latents = mean.Shape[0]
	}
	if inputs == 0 || latents == 0 {
		return nil, data.InputErrorf("read %s: want an M1 with tensors m1.encoder.0.weight, m1.encoder.mean.weight and so on, found %d other tensors",
			path, len(file.Tensors))
	}
	output := "bernoulli"
	if _, ok := file.Lookup("m1.decoder.mean.weight"); ok {
		output = "gaussian"
	}
	known := []string{
		"model=m1", "yardstick=false", "data.name=mnist", "m1.train.epochs=0", "m1.train.steps=1",
		fmt.Sprintf("m1.hidden=[%s]", strings.Join(hidden, ", ")),
		fmt.Sprintf("m1.latents=%d", latents), "m1.output=" + output,
	}
	c, _, err := configs.Parse(path, nil, append(known, sets...))
	if err != nil {
		return nil, err
	}
	t := newTrained(c, inputs, 0, 0, 0)
	return t, t.complete(path, file)
}
