package train

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/train/run"
)

// phase is the training of one model for each replica of a group: what a step does, what
// it is called in the metrics, and how the validation data judge it.
type phase struct {
	name     string
	training configs.Training
	steps    int
	batch    int // examples a step and replica
	warmup   int // steps over which the weight of the KL rises

	dev     engine.Device
	learner *model.Learner
	step    func(steps *engine.List) // appends one training step
	// draw is the part of a step that fills index, the examples of its minibatch, and rows says
	// for what is watched to which of them a row belongs. They explain a fault.
	draw   func(steps *engine.List)
	index  engine.Ints
	rows   map[string]func(row int) int
	terms  []term
	epochs func(m *member) float64 // steps an epoch
	// report turns the terms' means into the line for metrics.jsonl.
	report func(m *member, means []float64) Metrics
	// validate judges each replica's result so far; nil where there is nothing to judge by.
	validate func() ([]Validation, error)
}

func newPhase(name string, g *group, t configs.Training, batch int) *phase {
	return &phase{name: name, training: t, steps: g.replicas[0].steps(name), batch: batch, dev: g.dev}
}

// term is a part of the bound, summed over the minibatches since the last line.
type term struct {
	sum  engine.Doubles
	x    engine.Floats
	w    engine.Floats // nil: every element counts 1
	each float64       // what one step adds in all, to divide by
}

// addTerm makes a term that is the mean of x, or with weights w, whose total over
// a step is each, their weighted mean.
func (p *phase) addTerm(x, w engine.Floats, each float64) {
	p.terms = append(p.terms, term{sum: p.dev.NewDoubles(1), x: x, w: w, each: each})
}

// accumulate adds this step's terms; it is part of the step.
func (p *phase) accumulate(steps *engine.List) {
	for _, t := range p.terms {
		steps.Add(engine.AddSum{Sum: t.sum, X: t.x, Weight: t.w})
	}
}

// sums reads a replica's running sums of the terms; setSums writes them.
func (p *phase) sums(replica int) []float64 {
	sums := make([]float64, len(p.terms))
	for i, t := range p.terms {
		p.dev.ReadDoubles(sums[i:i+1], t.sum, replica)
	}
	return sums
}

func (p *phase) setSums(replica int, sums []float64) {
	for i, t := range p.terms {
		p.dev.WriteDoubles(t.sum, replica, sums[i:i+1])
	}
}

// takeMeans gives a replica's means of the terms over the steps since the last call.
func (p *phase) takeMeans(replica, steps int) []float64 {
	means := p.sums(replica)
	p.setSums(replica, make([]float64, len(means)))
	for i := range means {
		means[i] /= float64(steps) * p.terms[i].each
	}
	return means
}

// Metrics is one line of metrics.jsonl. It holds nothing that differs between two
// runs of one configuration on one device. What a phase does not have is left out.
type Metrics struct {
	Phase string    `json:"phase"`
	Step  int       `json:"step"`
	Epoch run.Float `json:"epoch"`
	// Means over the minibatches since the last line, in nats.
	Bound           *run.Float `json:"bound_nats,omitempty"` // M1: −J; M2: −J per example, without the classifier's loss
	LabelledBound   *run.Float `json:"labelled_bound_nats,omitempty"`
	UnlabelledBound *run.Float `json:"unlabelled_bound_nats,omitempty"`
	NLL             *run.Float `json:"nll_nats,omitempty"`
	KL              *run.Float `json:"kl_nats,omitempty"`
	ClassifierLoss  *run.Float `json:"classifier_loss_nats,omitempty"` // −log q(y|x) on labelled examples
	*Validation
	// From this step on the rate is so much smaller than configured, after so many rollbacks.
	Rollback   int        `json:"rollback,omitempty"`
	RateFactor *run.Float `json:"rate_factor,omitempty"`
}

// Validation is what a look at held-out data found.
type Validation struct {
	LabelledError   *run.Float `json:"labelled_error_percent,omitempty"`
	ValidationError *run.Float `json:"validation_error_percent,omitempty"`
	ValidationBound *run.Float `json:"validation_bound_nats,omitempty"`
	ActiveLatents   *int       `json:"active_latents,omitempty"`
}

// judges tells whether there were validation data to judge by.
func (v *Validation) judges() bool { return v.ValidationError != nil || v.ValidationBound != nil }

// figure is what looks are compared by, the smaller the better: the error, or for
// a phase without labels the negative bound.
func (v *Validation) figure() float64 {
	if v.ValidationError != nil {
		return float64(*v.ValidationError)
	}
	return -float64(*v.ValidationBound)
}

func number(v float64) *run.Float {
	f := run.Float(v)
	return &f
}
