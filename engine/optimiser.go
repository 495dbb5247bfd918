package engine

import "slices"

// What the fault latch says: the step, where, and which element. A step of 0
// means that nothing has happened.
const (
	FaultStep = iota
	FaultSite
	FaultElement
	FaultLen
)

// Sites of a fault.
const (
	SiteGradient int32 = 1 // Element is the position among the flat parameters
	SiteRows     int32 = 2 // this and the following: Element is a row of what the caller watches
)

// The per-replica scalars that BeginStep computes.
const (
	ScalarRate     = iota // learning rate of this step
	ScalarKLWeight        // weight on the KL
	ScalarStepSize        // rate·√(1−secondᵗ)/(1−firstᵗ) of the rule's Corrections
	ScalarEpsilon         // ε·√(1−secondᵗ)
	ScalarAverage         // 1 − decay of the averaged weights
	ScalarLen
)

// Decay is the shape of the learning rate over time, after the warm-up.
type Decay int

// Rates that stay, fall as a half cosine to FinalFraction, or are multiplied by
// StepFactor every StepEvery steps.
const (
	DecayNone Decay = iota
	DecayCosine
	DecaySteps
)

// Rule is Γ, the gradient rule of Algorithm 2.
type Rule int

// The gradient rules. With g the gradient after clipping and the weight prior:
//
//	SGD      v = Momentum·v + g;              p −= rate·v
//	AdaGrad  v += g²;                         p −= rate·g/(√v + ε)
//	RMSprop  v = RMSDecay·v + (1−RMSDecay)·g²; p −= rate·g/(√v + ε)
//	Adam     m = β1·m + (1−β1)·g; v = β2·v + (1−β2)·g²; p −= rate·m̂/(√v̂ + ε)
const (
	SGD Rule = iota
	AdaGrad
	RMSprop
	Adam
)

var ruleNames = [...]string{SGD: "sgd", AdaGrad: "adagrad", RMSprop: "rmsprop", Adam: "adam"}

// String is the name that configurations use.
func (r Rule) String() string { return ruleNames[r] }

// Rules are all of them, in their order.
func Rules() []Rule {
	all := make([]Rule, len(ruleNames))
	for i := range all {
		all[i] = Rule(i)
	}
	return all
}

// ParseRule finds the rule of a name.
func ParseRule(name string) (Rule, bool) {
	i := slices.Index(ruleNames[:], name)
	return Rule(max(i, 0)), i >= 0
}

// States is the number of state arrays that the rule keeps per parameter.
func (r Rule) States() int {
	if r == Adam {
		return 2
	}
	return 1
}

// OptimiserOptions are the constants of a gradient rule. Zero ClipNorm,
// WeightPrior and EMA are off.
type OptimiserOptions struct {
	Rule         Rule
	Beta1, Beta2 float64 // Adam
	Epsilon      float64 // AdaGrad, RMSprop, Adam
	Momentum     float64 // SGD
	RMSDecay     float64 // RMSprop

	WarmupSteps   int // the rate rises linearly over the first steps
	Decay         Decay
	TotalSteps    int     // length of the cosine
	FinalFraction float64 // of the rate, at the cosine's end
	StepEvery     int
	StepFactor    float64

	KLWarmupSteps int     // the weight on the KL rises linearly to 1
	ClipNorm      float64 // largest L2 norm of the loss's gradient, without the weight prior
	WeightPrior   float64 // added to the gradient: WeightPrior·p
	EMA           float64 // decay of the averaged weights
}

// Parameters are the flat arrays of a model, all of one length.
type Parameters struct {
	Values, Grads Floats
	States        [2]Floats // as many as the rule keeps
	Average       Floats    // absent without averaging
}

// BeginStep adds one to the clock and computes the step's scalars from the
// base rate.
type BeginStep struct {
	Clock    Ints
	Scalars  Doubles // [ScalarLen]
	BaseRate Doubles
	Options  OptimiserOptions
}

// Args implements Step.
func (s BeginStep) Args(v Visitor) {
	v(s.Scalars.View(), write("scalars", ScalarLen))
	v(s.Clock.View(), update("clock", 1))
	v(s.BaseRate.View(), read("baseRate", 1))
}

// Cost implements Step.
func (s BeginStep) Cost(replicas int) Cost { return moves(s, replicas) }

// CheckFinite sets the fault latch, unless it is set, where a value is NaN or infinite.
type CheckFinite struct {
	Fault  Ints // [FaultLen]
	Values Floats
	Clock  Ints
	Site   int32
}

// Args implements Step.
func (s CheckFinite) Args(v Visitor) {
	v(s.Fault.View(), update("fault", FaultLen))
	v(s.Values.View(), read("values", s.Values.Len))
	v(s.Clock.View(), read("clock", 1))
}

// Cost implements Step.
func (s CheckFinite) Cost(replicas int) Cost { return moves(s, replicas) }

// GradientNorm sets Norm = ‖Grads‖₂ and, where that is not finite, the fault latch.
type GradientNorm struct {
	Norm  Doubles
	Fault Ints // [FaultLen]
	Grads Floats
	Clock Ints
}

// Args implements Step.
func (s GradientNorm) Args(v Visitor) {
	v(s.Norm.View(), write("norm", 1))
	v(s.Fault.View(), update("fault", FaultLen))
	v(s.Grads.View(), read("grads", s.Grads.Len))
	v(s.Clock.View(), read("clock", 1))
}

// Cost implements Step.
func (s GradientNorm) Cost(replicas int) Cost { return moves(s, replicas) }

// Update applies the gradient rule. A replica whose fault latch is set is left
// as it is. Norm is read only with ClipNorm.
type Update struct {
	Params  Parameters
	Scalars Doubles // [ScalarLen]
	Norm    Doubles
	Fault   Ints // [FaultLen]
	Options OptimiserOptions
}

// Args implements Step.
func (s Update) Args(v Visitor) {
	n := s.Params.Values.Len
	v(s.Params.Values.View(), update("values", n))
	v(s.Params.States[0].View(), update("states[0]", n))
	if s.Options.Rule.States() > 1 {
		v(s.Params.States[1].View(), update("states[1]", n))
	}
	v(s.Params.Average.View(), update("average", n).optional())
	v(s.Params.Grads.View(), read("grads", n))
	v(s.Scalars.View(), read("scalars", ScalarLen))
	if s.Options.ClipNorm > 0 {
		v(s.Norm.View(), read("norm", 1))
	}
	v(s.Fault.View(), read("fault", FaultLen))
}

// Cost implements Step.
func (s Update) Cost(replicas int) Cost { return moves(s, replicas) }

// AddSum sets Sum += Σ_i weight_i·x_i; an absent weight counts as ones.
type AddSum struct {
	Sum       Doubles
	X, Weight Floats
}

// Args implements Step.
func (s AddSum) Args(v Visitor) {
	v(s.Sum.View(), update("sum", 1))
	v(s.X.View(), read("x", s.X.Len))
	v(s.Weight.View(), read("weight", s.X.Len).optional())
}

// Cost implements Step.
func (s AddSum) Cost(replicas int) Cost { return moves(s, replicas) }

// Blends are the constants of the rule's states: how much of the first, which follows g, and of the
// second, which follows g², a step keeps, and how much of the new it takes in. A rule with one state
// that follows g² has it as the second here. AdaGrad keeps and takes in all.
func (o *OptimiserOptions) Blends() (keep1, fresh1, keep2, fresh2 float64) {
	switch o.Rule {
	case SGD:
		return o.Momentum, 1, 0, 0
	case AdaGrad:
		return 0, 0, 1, 1
	case RMSprop:
		return 0, 0, o.RMSDecay, 1 - o.RMSDecay
	default:
		return o.Beta1, 1 - o.Beta1, o.Beta2, 1 - o.Beta2
	}
}

// Corrections are the decays whose start from zero the rule makes up for: the first divides the rate by
// 1 − decayᵗ, the second makes the root of the second state that of an unbiased one. 0 makes up for nothing.
func (o *OptimiserOptions) Corrections() (first, second float64) {
	if o.Rule == Adam {
		return o.Beta1, o.Beta2
	}
	return 0, 0
}
