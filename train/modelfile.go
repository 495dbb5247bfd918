package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"ssdgm/configs"
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
		path = filepath.Join(path, run.ModelName)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, data.InputErrorf("open %s: no such file: the run is not finished; go on with 'ssdgm train --out %s'", path, filepath.Dir(path))
		}
	}
	file, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, data.InputErrorf("%w", err)
	}
	return file, nil
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
	var sizes [5]int
	for i, key := range []string{metaInputs, metaHeight, metaWidth, metaClasses, metaStep} {
		if sizes[i], err = strconv.Atoi(file.Metadata[key]); err != nil {
			return nil, data.InputErrorf("read %s: want a number as %q in its metadata, found %q", path, key, file.Metadata[key])
		}
	}
	t := newTrained(c, sizes[0], sizes[1], sizes[2], sizes[3])
	t.Step = sizes[4]
	return t, t.complete(path, file)
}

// complete restores all models and refuses a file that lacks one.
func (t *Trained) complete(path string, file *safetensors.File) error {
	if err := t.restore(file); err != nil {
		return err
	}
	for _, p := range t.parts() {
		if *p.values == nil {
			return data.InputErrorf("read %s: want the parameters of %s, found none named %s", path, p.name, p.layout.Tensors[0].Name)
		}
	}
	if t.Config.Model == "m1m2" && t.M2 == nil {
		return data.InputErrorf("read %s: want the tensor %s, found none", path, keptName)
	}
	return nil
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
