package train

import "ssdgm/train/run"

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
