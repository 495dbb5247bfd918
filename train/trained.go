package train

import (
	"slices"
	"strconv"

	"ssdgm/configs"
	"ssdgm/model"
	"ssdgm/model/baseline"
	"ssdgm/train/data"
	"ssdgm/train/safetensors"
)

// Trained is a model with its parameters on the host: what training gives, and
// what evaluation and pictures start from. A model that the configuration does not
// have is nil.
type Trained struct {
	Config                         *configs.Config
	Inputs, Height, Width, Classes int
	Real                           bool // it was trained on real-valued examples, not on pixels
	Step                           int  // of the last phase but the yardstick's
	// Devices is the name of the device that trained it, or where a run went on
	// elsewhere all of them with the steps at which they took over.
	Devices string

	M1         *model.M1
	M1Values   []float32
	Kept       []int // M1's latents that M2, or a baseline, works on
	M2         *model.M2
	M2Values   []float32
	Supervised *model.Supervised
	Learnt     []baseline.Tensor // by a baseline, once it is trained

	SupervisedValues []float32
	yardstickStep    int // known to the process that finished the training
	// alone is the digest of M1 as it was before it was trained with M2 as one; empty where it was not.
	alone string
}

// newTrained lays out what the configuration trains. M2's layout waits for
// keep, as its input's width is the number of kept latents.
func newTrained(c *configs.Config, inputs, height, width, classes int) *Trained {
	t := &Trained{Config: c, Inputs: inputs, Height: height, Width: width, Classes: classes}
	if c.HasM1() {
		t.M1 = model.NewM1(M1Spec(c, inputs))
	}
	if c.Model == "m2" {
		t.M2 = model.NewM2(M2Spec(c, inputs, classes))
	}
	if c.Model == "supervised" || c.Yardstick {
		t.Supervised = model.NewSupervised(SupervisedSpec(c, inputs, classes))
	}
	return t
}

// keep decides which of M1's latents M2 or a baseline works on, and lays M2 out.
func (t *Trained) keep(kept []int) {
	t.Kept = kept
	if t.Config.Baseline() != "" {
		return
	}
	t.M2 = model.NewM2(M2Spec(t.Config, len(kept), t.Classes))
}

// Yardstick is the supervised network that was trained beside the model, as a trained
// model of its own; nil where there is none.
func (t *Trained) Yardstick() *Trained {
	if t.Config.Model == "supervised" || t.Supervised == nil {
		return nil
	}
	c := *t.Config
	c.Model = "supervised"
	return &Trained{
		Config: &c, Inputs: t.Inputs, Height: t.Height, Width: t.Width, Classes: t.Classes, Real: t.Real,
		Step: t.yardstickStep, Supervised: t.Supervised, SupervisedValues: t.SupervisedValues,
	}
}

// part is one of the models and its parameters.
type part struct {
	name   string
	layout *model.Layout
	values *[]float32
}

// parts lists the models that there are.
func (t *Trained) parts() []part {
	var parts []part
	if t.M1 != nil {
		parts = append(parts, part{"m1", &t.M1.Layout, &t.M1Values})
	}
	if t.M2 != nil {
		parts = append(parts, part{"m2", &t.M2.Layout, &t.M2Values})
	}
	if t.Supervised != nil {
		parts = append(parts, part{"supervised", &t.Supervised.Layout, &t.SupervisedValues})
	}
	return parts
}

// keptName is the tensor that lists M1's kept latents.
const keptName = "m1.kept"

// tensors are the parameters under their checkpoint names, of the models that have
// been trained.
func (t *Trained) tensors() []safetensors.Tensor {
	var all []safetensors.Tensor
	for _, p := range t.parts() {
		if *p.values != nil {
			all = append(all, export(p.layout, *p.values)...)
		}
	}
	if t.Kept != nil {
		kept := make([]int64, len(t.Kept))
		for i, j := range t.Kept {
			kept[i] = int64(j)
		}
		all = append(all, safetensors.Tensor{Name: keptName, Shape: []int{len(kept)}, Data: kept})
	}
	for _, tensor := range t.Learnt {
		all = append(all, safetensors.Tensor(tensor))
	}
	return all
}

func export(layout *model.Layout, values []float32) []safetensors.Tensor {
	var all []safetensors.Tensor
	for i := range layout.Tensors {
		t := &layout.Tensors[i]
		host := make([]float32, t.Len())
		t.Export(host, values)
		all = append(all, safetensors.Tensor{Name: t.Name, Shape: t.Shape, Data: host})
	}
	return all
}

// importValues reads a model's parameters from a file, name by name and shape by shape. It
// allocates only what a sound file has shown to be of its own size.
func importValues(layout *model.Layout, f *safetensors.File) ([]float32, error) {
	hosts := make([][]float32, len(layout.Tensors))
	for i := range layout.Tensors {
		t := &layout.Tensors[i]
		host, err := safetensors.Values[float32](f, t.Name, t.Shape...)
		if err != nil {
			return nil, data.InputErrorf("%w", err)
		}
		if at := slices.IndexFunc(host, notFinite); at >= 0 {
			return nil, data.InputErrorf("tensor %q: want finite numbers, found %g at place %d", t.Name, host[at], at)
		}
		hosts[i] = host
	}
	values := make([]float32, layout.Size)
	for i := range layout.Tensors {
		layout.Tensors[i].Import(values, hosts[i])
	}
	return values, nil
}

func notFinite(x float32) bool { return x-x != 0 }

// restore takes all finished models from a file; names of tensors that it lacks
// altogether stay untrained.
func (t *Trained) restore(f *safetensors.File) error {
	if _, ok := f.Lookup(keptName); ok && t.Config.HasM1() && t.Config.Model != "m1" {
		if err := t.restoreKept(f); err != nil {
			return err
		}
	}
	for _, p := range t.parts() {
		if _, ok := f.Lookup(p.layout.Tensors[0].Name); !ok {
			continue
		}
		values, err := importValues(p.layout, f)
		if err != nil {
			return err
		}
		*p.values = values
	}
	return t.restoreLearnt(f)
}

func (t *Trained) restoreKept(f *safetensors.File) error {
	tensor, _ := f.Lookup(keptName)
	raw, err := safetensors.Values[int64](f, keptName, tensor.Shape...)
	if err != nil {
		return data.InputErrorf("%w", err)
	}
	kept := make([]int, len(raw))
	for i, j := range raw {
		kept[i] = int(j)
	}
	if len(kept) == 0 || !ascending(kept) || kept[0] < 0 || kept[len(kept)-1] >= t.M1.Latents {
		return data.InputErrorf("%s: want ascending latents from 0 to %d, found %v", keptName, t.M1.Latents-1, kept)
	}
	t.keep(kept)
	return nil
}

// ascending tells whether every number is greater than the one before it.
func ascending(numbers []int) bool {
	for i := 1; i < len(numbers); i++ {
		if numbers[i] <= numbers[i-1] {
			return false
		}
	}
	return true
}

// The metadata of a trained model's file.
const (
	metaConfig = "config"
	metaStep   = "step"
	// In a checkpoint: the step of the last finished phase's result.
	metaResultStep = "result_step"
	// In a checkpoint: how many steps its phase has.
	metaPhaseSteps = "phase_steps"
	metaHeight     = "height"
	metaWidth      = "width"
	metaClasses    = "classes"
	metaInputs     = "inputs"
	metaDigest     = "data_sha256"
	metaDevice     = "device"
	metaAlone      = "m1_sha256" // M1's digest before the stack was trained as one
)

// File is the model as a safetensors file, to be kept or opened by other tools.
func (t *Trained) File(digest string) *safetensors.File {
	f := &safetensors.File{Tensors: t.tensors(), Metadata: t.metadata()}
	f.Metadata[metaDigest], f.Metadata[metaDevice] = digest, t.Devices
	return f
}

// metadata describes the model, so that its file can be opened alone.
func (t *Trained) metadata() map[string]string {
	m := map[string]string{
		metaConfig: string(t.Config.TOML()), metaStep: strconv.Itoa(t.Step),
		metaInputs: strconv.Itoa(t.Inputs), metaHeight: strconv.Itoa(t.Height),
		metaWidth: strconv.Itoa(t.Width), metaClasses: strconv.Itoa(t.Classes),
	}
	if t.Real {
		m[metaValues] = realValues
	}
	if t.alone != "" {
		m[metaAlone] = t.alone
	}
	return m
}
