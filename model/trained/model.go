package trained

import (
	"slices"
	"strconv"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/model/baseline"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/spec"
	"ssdgm/model/trained/transform"
	"ssdgm/train/safetensors"
)

// ErrInput marks every error that the caller can mend: a path, a file or an argument that is not as it should be.
var ErrInput = format.ErrInput

// Model is a model with its parameters on the host: what training gives, and
// what everything else starts from. A network that the configuration does not
// have is nil. Methods leave a model as it is, but for Keep and Restore, with which it is made: several goroutines may
// use it at once, each on a device of its own, see On.
type Model struct {
	Config *configs.Config // how it was trained, and how it is evaluated

	Inputs        int // d: values in an example, raw
	Height, Width int // of an image; 0 where not known
	K             int // how many classes the training examples had; 0 where not known
	ClassNames    []string
	// Input is what becomes of an example before the networks see it, Input.Out() values.
	Input *transform.Transformation
	// Told says how the file told what it holds: see Open. It is empty where the model comes from no file.
	Told Told
	// Unused is how many tensors a file has that the model does not need, where it was opened by their shapes.
	Unused int

	Step int // of the last phase but the yardstick's
	// Devices is the name of the device that trained it, or where a run went on
	// elsewhere all of them with the steps at which they took over.
	Devices string
	// Data is the SHA-256 of the training examples and labels, see train/data.Set.Digest; empty where it is not known.
	Data string

	M1         *model.M1
	M1Values   []float32
	Kept       []int // M1's latents that M2, or a baseline, works on
	M2         *model.M2
	M2Values   []float32
	Supervised *model.Supervised
	Learnt     []baseline.Tensor // by a baseline, once it is trained

	SupervisedValues []float32
	SupervisedStep   int // of the yardstick; known to the process that finished the training
	// Temperature is that of q(y|x); nil where none was fitted: there were no validation examples, or an earlier version
	// wrote the file. Classify, and what else gives probabilities, divides the logits by it; Evaluate does not.
	Temperature *Temperature
	// Usual tells how usual an example is; nil where it is not known: the model has no bound, or an earlier version wrote
	// the file.
	Usual *Usual
	// M1Before is the digest of M1 as it was before it was trained with M2 as one; empty where it was not.
	M1Before string

	open func() (engine.Device, error) // nil: engine/cpu
	dev  engine.Device                 // the caller's, see On
}

// Size is the size of the examples that a model is for.
type Size struct {
	Inputs, Height, Width, Classes int
	Input                          *transform.Transformation // nil: they are pixels
}

// New lays out what a configuration trains, without parameters. M2's layout waits for
// Keep where it is stacked, as its input's width is the number of kept latents.
func New(c *configs.Config, size Size) *Model {
	m := &Model{Config: c, Inputs: size.Inputs, Height: size.Height, Width: size.Width, K: size.Classes, Input: size.Input}
	for k := range m.K {
		m.ClassNames = append(m.ClassNames, strconv.Itoa(k))
	}
	if m.Input == nil {
		m.Input = transform.OfPixels(m.Inputs)
	}
	width := m.Input.Out()
	if c.HasM1() {
		m.M1 = model.NewM1(spec.M1(c, width))
	}
	if c.HasM2() && !c.HasM1() {
		m.M2 = model.NewM2(spec.M2(c, width, m.K, m.Input.Real()))
	}
	if c.HasSupervised() {
		m.Supervised = model.NewSupervised(spec.Supervised(c, width, m.K))
	}
	return m
}

// Keep decides which of M1's latents M2 or a baseline works on, and lays M2 out.
func (m *Model) Keep(kept []int) {
	m.Kept = kept
	if m.Config.Baseline() != "" {
		return
	}
	m.M2 = model.NewM2(spec.M2(m.Config, len(kept), m.K, true))
}

// Yardstick is the supervised network that was trained beside the model, as a trained
// model of its own; nil where there is none.
func (m *Model) Yardstick() *Model {
	if m.Config.OnlySupervised() || m.Supervised == nil {
		return nil
	}
	c := *m.Config
	c.Model = "supervised"
	y := *m
	y.Config, y.Step, y.Devices = &c, m.SupervisedStep, ""
	y.M1, y.M1Values, y.Kept, y.M2, y.M2Values, y.Learnt, y.M1Before = nil, nil, nil, nil, nil, nil, ""
	y.SupervisedStep, y.Temperature, y.Usual = 0, nil, nil
	return &y
}

// Classes names the classes, in the order of what Classify gives; none for a model that does not classify.
func (m *Model) Classes() []string {
	if !m.classifies() {
		return nil
	}
	return slices.Clone(m.ClassNames)
}

// classifies tells whether there is a q(y|x).
func (m *Model) classifies() bool { return m.Config.Classifies() }

// Part is one of the networks and its parameters.
type Part struct {
	Name   string // m1, m2 or supervised
	Layout *model.Layout
	Values *[]float32 // nil until they are trained
}

// Parts lists the networks that there are.
func (m *Model) Parts() []Part {
	var parts []Part
	if m.M1 != nil {
		parts = append(parts, Part{"m1", &m.M1.Layout, &m.M1Values})
	}
	if m.M2 != nil {
		parts = append(parts, Part{"m2", &m.M2.Layout, &m.M2Values})
	}
	if m.Supervised != nil {
		parts = append(parts, Part{"supervised", &m.Supervised.Layout, &m.SupervisedValues})
	}
	return parts
}

// stack is M2 with the M1 below it.
func (m *Model) stack() infer.Stack {
	return infer.Stack{M2: m.M2, M2Values: m.M2Values, M1: m.M1, M1Values: m.M1Values, Kept: m.Kept}
}

// Tensors are the parameters under their names in a file, of the networks that have
// been trained, and what becomes of an example before they see it.
func (m *Model) Tensors() []safetensors.Tensor {
	var all []safetensors.Tensor
	for _, p := range m.Parts() {
		if *p.Values != nil {
			all = append(all, format.Export(p.Layout, *p.Values)...)
		}
	}
	if m.Kept != nil {
		kept := make([]int64, len(m.Kept))
		for i, j := range m.Kept {
			kept[i] = int64(j)
		}
		all = append(all, safetensors.Tensor{Name: format.Kept, Shape: []int{len(kept)}, Data: kept})
	}
	for _, tensor := range m.Learnt {
		all = append(all, safetensors.Tensor(tensor))
	}
	for _, tensor := range m.Input.Tensors() {
		all = append(all, safetensors.Tensor(tensor))
	}
	if m.Usual != nil {
		all = append(all, m.Usual.tensor())
	}
	return all
}

// File is the model as a safetensors file, to be kept or opened by other tools.
func (m *Model) File() *safetensors.File {
	f := &safetensors.File{Tensors: m.Tensors(), Metadata: m.Metadata()}
	f.Metadata[format.Digest], f.Metadata[format.Device] = m.Data, m.Devices
	return f
}

// Metadata describes the model, so that its file can be opened alone.
func (m *Model) Metadata() map[string]string {
	all := map[string]string{
		format.Config: string(m.Config.TOML()), format.Step: strconv.Itoa(m.Step),
		format.Inputs: strconv.Itoa(m.Inputs), format.Height: strconv.Itoa(m.Height),
		format.Width: strconv.Itoa(m.Width), format.Classes: strconv.Itoa(m.K),
	}
	if m.M1Before != "" {
		all[format.M1] = m.M1Before
	}
	m.stampMeaning(all)
	return all
}
