package trained

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
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/train/message"
	"ssdgm/train/safetensors"
)

// modelName is the file in a run folder that holds the result.
const modelName = "model.safetensors"

// configName is the file by which a run folder is known.
const configName = "config.toml"

// ReadFile reads the parameters that a path stands for: a safetensors file,
// or the result in a run folder.
func ReadFile(path string) (*safetensors.File, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, format.Errorf("open %s: want a run folder or a .safetensors file, found nothing", path)
	}
	if err == nil && info.IsDir() {
		folder := path
		path = filepath.Join(folder, modelName)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, noModel(folder, path)
		}
	}
	file, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, format.Errorf("%w", err)
	}
	return file, nil
}

// ReadResult is ReadFile; of a run folder it holds that the result is the run's own: what the run was trained with
// decides what its parameters are, and a file that another program has rewritten, or that comes from another run, does
// not tell.
func ReadResult(path string) (*safetensors.File, error) {
	file, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	name := filepath.Join(path, configName)
	text, err := os.ReadFile(name)
	if err != nil {
		return file, nil // A file, or a folder with nothing but one.
	}
	run, _, err := configs.Parse(name, text, nil)
	if err != nil {
		return nil, err
	}
	result, again := filepath.Join(path, modelName), message.Command("train", "--out", path)
	own, ok := file.Metadata[format.Config]
	if !ok {
		return nil, format.Errorf("read %s: want the configuration of its run, a %s, in its metadata, found none: "+
			"another program wrote it; %s writes it again from the run's checkpoints", result, run.Model, again)
	}
	made, _, err := configs.Parse(result, []byte(own), nil)
	if err != nil {
		return nil, err
	}
	if differing := configs.Diff(run, made); len(differing) > 0 {
		return nil, format.Errorf("open %s: want %s of the run in %s, found another: %s; %s writes the "+
			"run's own again, or name the file itself", path, modelName, configName, strings.Join(differing, "; "), again)
	}
	return file, nil
}

// noModel says why a folder has no result.
func noModel(folder, path string) error {
	if _, err := os.ReadFile(filepath.Join(folder, configName)); err != nil {
		return format.Errorf("open %s: want a run folder or a .safetensors file, found a folder without a run%s",
			folder, message.OneOf(folder, configName))
	}
	return format.Errorf("open %s: no such file: the run is not finished; go on with %s",
		path, message.Command("train", "--out", folder))
}

// Option is how a model is opened.
type Option func(*opening)

type opening struct {
	device   func() (engine.Device, error)
	settings []string
}

// OpenDevice makes every call compute on a device that open gives it, of one replica, and that it closes, instead of
// engine/cpu with as many threads as there are processors. Who has a device open already uses On.
func OpenDevice(open func() (engine.Device, error)) Option {
	return func(o *opening) { o.device = open }
}

// Settings override keys of the configuration, as in "eval.samples=10".
func Settings(sets ...string) Option {
	return func(o *opening) { o.settings = append(o.settings, sets...) }
}

// Told is how a file told what it holds.
type Told string

// The ways in which a file tells, see Open.
const (
	ByArchitecture  Told = "its architecture"
	ByConfiguration Told = "its configuration" // of an earlier version's file
	ByShapes        Told = "the shapes of its tensors"
)

// Open opens a trained model: a safetensors file, or a run folder, by its model.safetensors, see ReadResult. ssdgm's
// own files say in their metadata what they hold, see ByArchitecture, those of earlier versions by the text of their
// configuration. A file of another program's, without metadata, is opened by its tensors' names and shapes, see ByShapes:
// an M1, an M2, both or a supervised network. It is taken for one with the default activation, and its classes are
// numbers. Its examples are pixels from 0 to 1, but those of an M2 alone whose p(x|y,z) is Gaussian, which are real
// values. Settings say of the networks what is not so.
//
// An error says what was wanted, what was found and what to do; it is ErrInput, or a *configs.Error, where the caller
// can mend it.
func Open(path string, options ...Option) (*Model, error) {
	var o opening
	for _, option := range options {
		option(&o)
	}
	file, err := ReadResult(path)
	if err != nil {
		return nil, err
	}
	m, err := opened(path, file, o.settings)
	if err != nil {
		return nil, err
	}
	m.open = o.device
	return m, nil
}

// opened makes a model of what a file holds.
func opened(path string, file *safetensors.File, sets []string) (*Model, error) {
	text, told := file.Metadata[format.Config], ByConfiguration
	var c *configs.Config
	var err error
	if architecture, ok := file.Metadata[format.Architecture]; ok {
		told = ByArchitecture
		c, err = configured(path, text, architecture, sets)
	} else if text == "" {
		return openForeign(path, file, sets)
	} else {
		c, _, err = configs.Parse(path, []byte(text), sets)
	}
	if err != nil {
		return nil, err
	}
	if _, ok := file.Metadata[format.ResultStep]; ok {
		return nil, format.Errorf("read %s: want a trained model, found a checkpoint of a run under way; "+
			"give the run's folder or its %s", path, modelName)
	}
	m, err := describe(c, file)
	if err != nil {
		return nil, format.Errorf("read %s: %w", path, err)
	}
	m.Told = told
	return m, m.complete(path, file)
}

// The most that a file's metadata may claim. It may be damaged: what it says is allocated.
const (
	imageMax    = 1 << 20 // values in an image
	channelsMax = 4
)

// describe lays a model out as its file's metadata say.
func describe(c *configs.Config, file *safetensors.File) (*Model, error) {
	metadata := file.Metadata
	numbers := map[string]int{}
	fewest := 1
	if !c.Classifies() && !c.HasSupervised() {
		fewest = 0 // An M1 alone may be trained on examples of which none has a label.
	}
	for _, m := range []struct {
		key         string
		least, most int
	}{
		{format.Inputs, 1, imageMax}, {format.Height, 1, imageMax}, {format.Width, 1, imageMax},
		{format.Classes, fewest, noise.MaxLabels}, {format.Step, 0, math.MaxInt32},
	} {
		n, err := strconv.Atoi(metadata[m.key])
		if err != nil || n < m.least || n > m.most {
			return nil, fmt.Errorf("want a number from %d to %d as %q in its metadata, found %q",
				m.least, m.most, m.key, metadata[m.key])
		}
		numbers[m.key] = n
	}
	inputs, height, width := numbers[format.Inputs], numbers[format.Height], numbers[format.Width]
	if pixels := height * width; inputs%pixels != 0 || inputs/pixels > channelsMax {
		return nil, fmt.Errorf("want as many %s as images of %d×%d have, found %d",
			format.Inputs, height, width, inputs)
	}
	in, err := InputOf(file, inputs)
	if err != nil {
		return nil, err
	}
	c.Data.Missing = in.Missing // whatever the settings say; without the text of a configuration it stands here alone
	m := New(c, Size{inputs, height, width, numbers[format.Classes], in})
	m.Step, m.M1Before, m.Devices = numbers[format.Step], metadata[format.M1], metadata[format.Device]
	m.Data = metadata[format.Digest]
	return m, m.readNames(metadata)
}

// complete restores all networks, and refuses a file that lacks one or that there is no memory
// to evaluate.
func (m *Model) complete(path string, file *safetensors.File) error {
	if err := m.Restore(file); err != nil {
		return format.Errorf("read %s: %w", path, err)
	}
	for _, p := range m.Parts() {
		if *p.Values == nil {
			return format.Errorf("read %s: want the parameters of %s, found none named %s",
				path, p.Name, p.Layout.Tensors[0].Name)
		}
	}
	if phase := m.Config.Baseline(); phase != "" && m.Learnt == nil {
		return format.Errorf("read %s: want what %s has learnt, found no tensor named %s.…", path, phase, phase)
	}
	if m.Config.Stacked() && m.M2 == nil {
		return format.Errorf("read %s: want the tensor %s, found none", path, format.Kept)
	}
	return m.checkEvaluation(infer.MachineMemory())
}
