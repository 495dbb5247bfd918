package train

import (
	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
	"ssdgm/train/run"
)

// phase is one model's training: what a step does, what it is called in the
// metrics, and how the validation data judge it.
type phase struct {
	name     string
	training configs.Training
	steps    int
	batch    int     // examples a step
	perEpoch float64 // steps an epoch

	dev     engine.Device
	learner *model.Learner
	step    func() // one training step, recorded once
	terms   []term
	// report turns the terms' means into the line for metrics.jsonl.
	report func(means []float64) Metrics
	// validate judges the result so far; nil where there is nothing to judge by.
	validate func() (Validation, error)
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

// accumulate adds this step's terms; it is part of the recorded step.
func (p *phase) accumulate() {
	for _, t := range p.terms {
		p.dev.AddSum(t.sum, t.x, t.w)
	}
}

// sums reads the terms' running sums; setSums writes them.
func (p *phase) sums() []float64 {
	sums := make([]float64, len(p.terms))
	for i, t := range p.terms {
		p.dev.ReadDoubles(sums[i:i+1], t.sum, 0)
	}
	return sums
}

func (p *phase) setSums(sums []float64) {
	for i, t := range p.terms {
		p.dev.WriteDoubles(t.sum, 0, sums[i:i+1])
	}
}

// takeMeans gives the terms' means over the steps since the last call.
func (p *phase) takeMeans(steps int) []float64 {
	means := p.sums()
	p.setSums(make([]float64, len(means)))
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
