package model

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/ref"
)

// The golden files are PyTorch's values in float64; testdata/golden/README.md says
// what stands in them.

type goldenMatrix struct {
	Rows, Cols int
	Data       []float64
}

type goldenSpec struct {
	Model              string
	Inputs             int
	Labels             int
	Hidden             []int
	ClassifierHidden   []int `json:"classifier_hidden"`
	Latents            int
	Kept               []int
	M2                 *goldenSpec // of a stack, beside M1's
	Activation         string
	Output             string
	Samples            int
	Alpha              float64
	NLabelled          int       `json:"n_labelled"`
	NTotal             int       `json:"n_total"`
	WeightPrior        float64   `json:"weight_prior"`
	KLWeight           float64   `json:"kl_weight"`
	ClassPrior         string    `json:"class_prior"`
	ClassProbabilities []float64 `json:"class_probabilities"`
}

type goldenBatch struct {
	X           goldenMatrix
	XLabelled   goldenMatrix `json:"x_labelled"`
	XUnlabelled goldenMatrix `json:"x_unlabelled"`
	Labels      []int32
	Eps         goldenMatrix
	EpsZ1       goldenMatrix `json:"eps_z1"`
}

type goldenParts struct {
	NLL          []float64
	KL           []float64
	Posterior    []float64
	Labelled     []float64
	Unlabelled   []float64
	CrossEntropy []float64    `json:"cross_entropy"`
	PairNLL      []float64    `json:"pair_nll"`
	PairKL       []float64    `json:"pair_kl"`
	LogQ         goldenMatrix `json:"log_q"`
	Prior        float64
}

type goldenCase struct {
	Case, Torch string
	Spec        goldenSpec
	Parameters  map[string]goldenMatrix
	Batches     []goldenBatch
	Loss        float64
	Parts       goldenParts
	Gradients   map[string]goldenMatrix
	Adam        struct {
		Rate, Beta1, Beta2, Epsilon float64
		M2Rate                      float64 `json:"m2_rate"`
		Losses                      []float64
		Parameters                  map[string]goldenMatrix
	}
}

// readGolden decodes a file and lets no key of it pass unread.
func readGolden(t *testing.T, path string, content any) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(content); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// goldenCases are all the models' files.
func goldenCases(t *testing.T) []*goldenCase {
	t.Helper()
	var cases []*goldenCase
	for _, pattern := range []string{"m1-*", "m2-*", "joint-*", "supervised-*"} {
		paths, err := filepath.Glob("testdata/golden/" + pattern + ".json")
		if err != nil || len(paths) == 0 {
			t.Fatalf("no golden files match %s", pattern)
		}
		for _, path := range paths {
			c := &goldenCase{}
			readGolden(t, path, c)
			cases = append(cases, c)
		}
	}
	return cases
}

// goldenRun is a case on a device.
type goldenRun struct {
	*goldenCase
	*subject
	device *given
}

func (c *goldenCase) on(dev engine.Device) *goldenRun {
	s, device := c.Spec, newGiven(dev, nil)
	o := engine.OptimiserOptions{
		Rule: engine.Adam, Beta1: c.Adam.Beta1, Beta2: c.Adam.Beta2, Epsilon: c.Adam.Epsilon,
		WeightPrior: c.weightPrior(),
	}
	first := c.Batches[0]
	run := &goldenRun{goldenCase: c, device: device}
	switch s.Model {
	case "m1":
		run.subject = newM1Subject(device, s.m1(), first.X.Rows, s.Samples, o, 1)
	case "m2":
		pairs, weights := c.pairs(&s)
		run.subject = newM2Subject(device, s.m2(), pairs, weights, o, 1)
		s.writePrior(run.m2)
	case "joint":
		pairs, weights := c.pairs(s.M2)
		run.subject = newJointSubject(device, s.m1(), s.M2.m2(), pairs, weights, o, 1)
		run.joint.SetKept(0, s.Kept)
		device.WriteDoubles(run.second.baseRate, 0, []float64{c.Adam.M2Rate})
		s.M2.writePrior(run.joint.M2)
	case "supervised":
		spec := SupervisedSpec{Inputs: s.Inputs, Labels: s.Labels, Hidden: s.Hidden, Activation: s.activation()}
		run.subject = newSupervisedSubject(device, spec, first.X.Rows, o, 1)
	}
	run.start()
	return run
}

func (s *goldenSpec) activation() engine.Activation {
	activation, ok := engine.ParseActivation(s.Activation)
	if !ok {
		panic("golden: want an activation of the engine's, found " + s.Activation)
	}
	return activation
}

var goldenOutputs = map[string]Output{"bernoulli": Bernoulli, "gaussian": Gaussian}

func (s *goldenSpec) m1() M1Spec {
	return M1Spec{
		Inputs: s.Inputs, Hidden: s.Hidden, Latents: s.Latents, Activation: s.activation(), Output: goldenOutputs[s.Output],
	}
}

func (s *goldenSpec) m2() M2Spec {
	priors := map[string]ClassPrior{"uniform": UniformPrior, "given": GivenPrior, "learned": LearnedPrior}
	return M2Spec{
		Inputs: s.Inputs, Labels: s.Labels, Hidden: s.Hidden, ClassifierHidden: s.ClassifierHidden, Latents: s.Latents,
		Activation: s.activation(), Output: goldenOutputs[s.Output], Probabilities: s.ClassProbabilities,
		ClassPrior: priors[s.ClassPrior],
	}
}

// pairs are those of a minibatch for M2, with the weights of their bounds.
func (c *goldenCase) pairs(m2 *goldenSpec) (engine.Pairs, M2Weights) {
	pairs := engine.Pairs{
		Labelled: c.Batches[0].XLabelled.Rows, Unlabelled: c.Batches[0].XUnlabelled.Rows,
		Labels: m2.Labels, Samples: m2.Samples,
	}
	return pairs, LossWeights(pairs, m2.NLabelled, m2.NTotal-m2.NLabelled, m2.Alpha)
}

// writePrior writes log p(y) with all its digits: the model hands it to the device as float32.
func (s *goldenSpec) writePrior(g *M2Graph) {
	prior := make([]float64, s.Labels)
	for k := range prior {
		prior[k] = -math.Log(float64(s.Labels))
		if s.ClassPrior == "given" {
			prior[k] = math.Log(s.ClassProbabilities[k])
		}
	}
	write(g.dev, g.logPrior, 0, prior)
}

// weightPrior is the precision of the weights' prior, as it stands in the loss.
func (c *goldenCase) weightPrior() float64 { return c.Spec.WeightPrior / float64(c.Spec.NTotal) }

// start writes what stays the same over the steps, and the initial parameters.
func (g *goldenRun) start() {
	g.klWeight = g.device.NewDoubles(1)
	klWeight := g.Spec.KLWeight
	if g.Spec.M2 != nil {
		klWeight = g.Spec.M2.KLWeight
	}
	g.device.WriteDoubles(g.klWeight, 0, []float64{klWeight})
	g.device.WriteDoubles(g.baseRate, 0, []float64{g.Adam.Rate})
	flat := make([]float32, g.Layout.Size)
	for _, tensor := range g.Layout.Tensors {
		values := make([]float32, tensor.Len())
		for i, v := range g.Parameters[tensor.Name].Data {
			values[i] = float32(v) // exact: every input is a multiple of 1/1024
		}
		tensor.Import(flat, values)
	}
	g.device.WriteFloats(g.Params.Values, 0, flat)
}

// load writes the minibatch of a step.
func (g *goldenRun) load(step int) {
	b := g.Batches[step]
	g.device.eps, g.device.z1 = b.Eps.Data, b.EpsZ1.Data
	write(g.device, g.x, 0, slices.Concat(b.X.Data, b.XLabelled.Data, b.XUnlabelled.Data))
	if len(b.Labels) > 0 {
		g.device.WriteInts(g.labels, 0, b.Labels)
	}
}

// values are the parameters as they are.
func (g *goldenRun) values() []float64 { return read(g.device, g.Params.Values, 0) }

// priorLoss is the weights' prior in the loss, ½·precision·‖θ‖².
func (g *goldenRun) priorLoss() float64 {
	squares := 0.0
	for _, v := range g.values() {
		squares += v * v
	}
	return g.weightPrior() / 2 * squares
}

// gradient is the last one, with the part of the weights' prior that Γ adds.
func (g *goldenRun) gradient() []float64 {
	grads := read(g.device, g.Params.Grads, 0)
	for i, v := range g.values() {
		grads[i] += g.weightPrior() * v
	}
	return grads
}

// train takes all steps and returns the loss of each.
func (g *goldenRun) train() (losses []float64) {
	for step := range g.Batches {
		g.load(step)
		prior := g.priorLoss()
		now(g.dev, g.step)
		losses = append(losses, g.loss(0)+prior)
	}
	return losses
}

// inOrder takes a tensor out of a flat array, in the order of the checkpoint.
func inOrder(t *Tensor, flat []float64) []float64 {
	part := flat[t.Offset:][:t.Len()]
	if !t.Transposed {
		return part
	}
	ordered := make([]float64, 0, len(part))
	for i := range t.Shape[0] {
		for j := range t.Shape[1] {
			ordered = append(ordered, part[j*t.Shape[0]+i])
		}
	}
	return ordered
}

// exact is the relative error that a double-precision device may have.
const exact = 1e-9

func requireNear(t *testing.T, name string, got, want []float64, tolerance float64) {
	t.Helper()
	if d := distance(got, want); !(d <= tolerance) {
		t.Errorf("%s is off by %.2g, tolerance %.2g", name, d, tolerance)
	}
}

func TestLossAndGradientsEqualPyTorchs(t *testing.T) {
	for _, c := range goldenCases(t) {
		g := c.on(ref.New[float64](1))
		g.load(0)
		now(g.dev, g.take)
		requireNear(t, c.Case+": loss", []float64{g.loss(0) + g.priorLoss()}, []float64{c.Loss}, exact)
		requireNear(t, c.Case+": prior", []float64{g.priorLoss()}, []float64{c.Parts.Prior}, exact)
		if len(c.Gradients) != len(g.Layout.Tensors) {
			t.Errorf("%s: %d tensors, want %d", c.Case, len(g.Layout.Tensors), len(c.Gradients))
		}
		gradient := g.gradient()
		for _, tensor := range g.Layout.Tensors {
			requireNear(t, c.Case+": gradient in "+tensor.Name, inOrder(&tensor, gradient), c.Gradients[tensor.Name].Data, exact)
		}
	}
}

func TestPartsOfTheLossEqualPyTorchs(t *testing.T) {
	for _, c := range goldenCases(t) {
		g := c.on(ref.New[float64](1))
		g.load(0)
		now(g.dev, g.take)
		near := func(name string, got, want []float64) {
			t.Helper()
			requireNear(t, c.Case+": "+name, got, want, exact)
		}
		switch c.Spec.Model {
		case "m1":
			near("nll", sampleMeans(read(g.device, g.m1.NLL, 0), c.Spec.Samples), c.Parts.NLL)
			near("kl", read(g.device, g.m1.KL, 0), c.Parts.KL)
		case "m2":
			requirePartsOfM2(near, g.m2, &c.Spec, &c.Parts)
		case "joint":
			near("nll", read(g.device, g.joint.M1.NLL, 0), c.Parts.NLL)
			near("posterior", read(g.device, g.joint.Posterior, 0), c.Parts.Posterior)
			requirePartsOfM2(near, g.joint.M2, c.Spec.M2, &c.Parts)
		case "supervised":
			near("cross_entropy", read(g.device, g.supervised.CE, 0), c.Parts.CrossEntropy)
			near("log_q", logSoftmax(read(g.device, g.supervised.Logits, 0), c.Spec.Labels), c.Parts.LogQ.Data)
		}
	}
}

func requirePartsOfM2(near func(name string, got, want []float64), m *M2Graph, spec *goldenSpec, want *goldenParts) {
	near("labelled", read(m.dev, m.Cost, 0)[:m.pairs.Labelled], want.Labelled)
	near("unlabelled", read(m.dev, m.U, 0), want.Unlabelled)
	near("cross_entropy", read(m.dev, m.CE, 0), want.CrossEntropy)
	near("pair_nll", sampleMeans(read(m.dev, m.NLL, 0), spec.Samples), want.PairNLL)
	near("pair_kl", read(m.dev, m.KL, 0), want.PairKL)
	near("log_q", logSoftmax(read(m.dev, m.Logits, 0), spec.Labels), want.LogQ.Data)
}

// sampleMeans averages the samples of each pair.
func sampleMeans(x []float64, samples int) []float64 {
	var means []float64
	for chunk := range slices.Chunk(x, samples) {
		means = append(means, mean(chunk))
	}
	return means
}

// logSoftmax is that of each row.
func logSoftmax(logits []float64, classes int) []float64 {
	var logs []float64
	for row := range slices.Chunk(logits, classes) {
		total := 0.0
		for _, l := range row {
			total += math.Exp(l)
		}
		for _, l := range row {
			logs = append(logs, l-math.Log(total))
		}
	}
	return logs
}

func TestTenStepsOfAdamEqualPyTorchs(t *testing.T) {
	for _, c := range goldenCases(t) {
		g := c.on(ref.New[float64](1))
		requireNear(t, c.Case+": losses", g.train(), c.Adam.Losses, exact)
		values := g.values()
		for _, tensor := range g.Layout.Tensors {
			requireNear(t, c.Case+": "+tensor.Name, inOrder(&tensor, values), c.Adam.Parameters[tensor.Name].Data, exact)
		}
	}
}

func TestSingleDevicesFollowPyTorch(t *testing.T) {
	for _, d := range devices(t, 1) {
		for _, c := range goldenCases(t) {
			got, plain := c.errors(d), c.errors(ref.New[float32](1))
			for name, e := range got {
				if limit := 2*plain[name] + 1e-6; !(e <= limit) {
					t.Errorf("%s, %s: %s is off by %.2g, limit %.2g", d.Name(), c.Case, name, e, limit)
				}
			}
		}
	}
}

// TOLERANCE of scripts/peers/cases.py: how far the loss of one of its golden files may be.
const peersTolerance = 1.5e-6

func TestSingleDevicesGiveTheLossesThatThePeersAreHeldTo(t *testing.T) {
	files := []string{"m1-bernoulli-softplus", "m2-gaussian-softplus-uniform", "joint-bernoulli-softplus-uniform"}
	for _, c := range goldenCases(t) {
		if !slices.Contains(files, c.Case) {
			continue
		}
		plain := c.lossError(ref.New[float32](1))
		if limit := 2*plain + 1e-6; limit > peersTolerance {
			t.Errorf("%s: the reference is off by %.2g: peers may be off by %.2g, not %.2g", c.Case, plain, limit, peersTolerance)
		}
		for _, d := range devices(t, 1) {
			if e := c.lossError(d); !(e <= peersTolerance) {
				t.Errorf("%s, %s: the loss is off by %.2g", d.Name(), c.Case, e)
			}
		}
	}
}

// lossError is a device's distance from PyTorch in the first loss, without the weights' prior.
func (c *goldenCase) lossError(dev engine.Device) float64 {
	g := c.on(dev)
	g.load(0)
	now(g.dev, g.take)
	return distance([]float64{g.loss(0)}, []float64{c.Loss - c.Parts.Prior})
}

// errors are a device's distances from PyTorch: the losses of the ten steps, the
// first gradient and the last parameters.
func (c *goldenCase) errors(dev engine.Device) map[string]float64 {
	errors := map[string]float64{}
	g := c.on(dev)
	g.load(0)
	now(g.dev, g.take)
	gradient := g.gradient()
	errors["losses"] = distance(g.train(), c.Adam.Losses)
	values := g.values()
	for _, tensor := range g.Layout.Tensors {
		errors["gradient in "+tensor.Name] = distance(inOrder(&tensor, gradient), c.Gradients[tensor.Name].Data)
		errors[tensor.Name] = distance(inOrder(&tensor, values), c.Adam.Parameters[tensor.Name].Data)
	}
	return errors
}
