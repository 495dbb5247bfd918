// Package engine is the contract between the models and the devices that run
// them. A device implements the named steps of the paper (Kingma et al. 2014,
// "Semi-supervised Learning with Deep Generative Models"); a model composes
// steps and never names a device.
//
// Laws that every device keeps:
//
//   - Every step works on all R replicas. A replica is known by its seed, never
//     by its place, so it gives to the bit what it would give alone.
//   - Noise is a function of (seed, stream, step, row, label, sample, element):
//     see package noise. It is recomputed, never stored.
//   - Outputs come first in a step's arguments. Activation and parameter
//     gradients are overwritten (=); only what says += accumulates.
//   - Steps return nothing. The first failure is kept and every later step does
//     nothing; Sync reports it.
//   - What changes from step to step (the step number, rates, weights) lives on
//     the device, so that a recorded program can be replayed unchanged.
//   - A device allocates only in its New… methods, never in a step.
//   - Of the arrays that replicas share, a step writes none but the clock.
//   - An array may be longer than a step's shape asks for: what is beyond is
//     neither read nor written. Where no shape is given (CheckFinite,
//     GradientNorm, Update, AddSum, and the index of a minibatch) the array's
//     length is the shape.
package engine

import "errors"

// ErrOutOfMemory is wrapped by the error that Sync returns when an allocation
// did not fit.
var ErrOutOfMemory = errors.New("out of device memory")

// ErrDeviceFault is wrapped by the error that Sync returns when the device itself may be at
// fault: the same steps may go well on another.
var ErrDeviceFault = errors.New("device fault")

// Device is what a model trains on. It is not safe for concurrent use.
type Device interface {
	// Name says what results depend on: back end, instruction set or card, precision.
	Name() string
	// Replicas is R, the number of models that every step works on.
	Replicas() int

	Memory
	Control
	MinibatchSteps
	LayerSteps
	LatentSteps
	LabelSteps
	OptimiserSteps

	// Close frees everything. The device is of no use afterwards.
	Close() error
}

// Memory allocates arrays and moves them between host and device. New arrays are
// zero. Reads wait for the steps before them.
type Memory interface {
	// Mark names the present state of the memory; Release frees every array that
	// was made since.
	Mark() Mark
	Release(mark Mark)

	NewFloats(n int) Floats       // n elements per replica
	NewSharedFloats(n int) Floats // n elements that all replicas share
	NewDoubles(n int) Doubles
	NewInts(n int) Ints
	NewSharedInts(n int) Ints
	NewSharedBytes(n int) Bytes

	// The host slice holds the Len elements of one replica.
	WriteFloats(dst Floats, replica int, src []float32)
	WriteDoubles(dst Doubles, replica int, src []float64)
	WriteInts(dst Ints, replica int, src []int32)
	WriteBytes(dst Bytes, src []uint8)
	ReadFloats(dst []float32, src Floats, replica int)
	ReadDoubles(dst []float64, src Doubles, replica int)
	ReadInts(dst []int32, src Ints, replica int)
}

// Mark is how many blocks of each kind of memory there were: floats, doubles,
// ints, bytes.
type Mark [4]int

// Control runs recorded programs and reports failures.
type Control interface {
	// Record makes a program of the steps that fn takes. fn must take the same
	// steps with the same arguments whenever it is called: a device may call it
	// once and replay what it saw.
	Record(fn func()) Program
	// Sync waits for all steps and returns the first failure, if any.
	Sync() error
}

// Program is a recorded sequence of steps.
type Program interface {
	// Run queues the program the given number of times.
	Run(times int)
	// Ahead is how many times are best asked for at once: 1 where Run returns when
	// the steps are done, more where it queues them.
	Ahead() int
}

// Noise says where a step's random numbers come from: the replica's seed, a
// stream of the step's own, and the clock.
type Noise struct {
	Seed   Ints   // low and high word of each replica's seed
	Clock  Ints   // the step number: one element
	Stream uint32 // unique per purpose, see package noise
}

// Binarise says how grey pixels become the model's input.
type Binarise int

// Pixels as they are, in [0, 1]; made 0 or 1 once and for all; or made 0 or 1
// anew at each visit, each with the pixel's value as its probability.
const (
	BinariseNone Binarise = iota
	BinariseFixed
	BinariseResample
)

// MinibatchSteps choose and fetch examples.
type MinibatchSteps interface {
	// Minibatch writes which examples this step sees: pool, an array of n
	// example numbers, is walked through in an order that is shuffled anew every
	// n examples. With t the clock (the first step is 1), row b takes position
	// p = (t−1)·len(index) + b, that is pool[permutation(p mod n)] of round p/n.
	// sizes may be nil; otherwise it has one element, with which a replica whose
	// pool is shorter than the others' says how many of the first elements are its
	// pool. One that is not in 1 to len(pool) stands for all of them.
	Minibatch(index, pool, sizes Ints, noise Noise)

	// GatherPixels sets dst[b,:] = images[index[b],:] / 255, as floats, binarised
	// as asked: BinariseResample draws by (step, b), BinariseFixed by the
	// example's number at step 0. width is D.
	GatherPixels(dst Floats, images Bytes, index Ints, width int, binarise Binarise, noise Noise)

	// GatherGaussian sets dst[b,:] = mean + sample·exp(½·logvar)·ε of row index[b] of
	// stats, whose rows are [mean | logvar], each of the given width. Without
	// sample it copies the mean.
	GatherGaussian(dst, stats Floats, index Ints, width int, sample bool, noise Noise)

	// GatherLabels sets dst[b] = labels[index[b]].
	GatherLabels(dst, labels, index Ints)
}

// Activation is a layer's elementwise function. Its derivative is always taken
// from its output: sigmoid(a) = 1 − exp(−softplus(a)), 1 − tanh², [relu > 0].
type Activation int

// The activations that a layer may have.
const (
	Identity Activation = iota
	Softplus
	ReLU
	Tanh
)

// Layer is a dense layer: y = activation(x·Weightᵀ + Bias).
type Layer struct {
	Weight     Floats // [Out, In], row-major
	Bias       Floats // [Out]
	In, Out    int
	Activation Activation
}

// LayerGrad is where the gradients of a layer's parameters go.
type LayerGrad struct {
	Weight, Bias Floats
}

// LayerSteps are the dense layers.
type LayerSteps interface {
	// Dense sets y = activation(x·Wᵀ + b) for the given number of rows.
	Dense(y, x Floats, rows int, layer Layer)
	// DenseGrad takes dy, the gradient in y, and overwrites it with the gradient
	// in the pre-activation, δ = dy ∘ activation'(y); then
	// grad.Weight = δᵀ·x, grad.Bias = Σ_rows δ, and dx = δ·W unless dx is nil.
	DenseGrad(dx Floats, grad LayerGrad, dy, y, x Floats, rows int, layer Layer)
}

// Pairs says how the examples of a minibatch become rows. First comes one row
// for each labelled example with its own label; then, for each unlabelled
// example, one row per label. Such an (example, label) pair has one posterior
// q(z|x,y) and Samples draws from it; sample s of pair p is sample row p·Samples+s.
// A model without labels counts all its examples as labelled and has Labels = 1.
type Pairs struct {
	Labelled, Unlabelled int // examples
	Labels               int // K
	Samples              int // S
}

// Examples is the number of examples in the minibatch.
func (p Pairs) Examples() int { return p.Labelled + p.Unlabelled }

// Rows is the number of (example, label) pairs.
func (p Pairs) Rows() int { return p.Labelled + p.Unlabelled*p.Labels }

// SampleRows is the number of rows after sampling.
func (p Pairs) SampleRows() int { return p.Rows() * p.Samples }

// RowsOf is the sample rows of an example, from first to end.
func (p Pairs) RowsOf(example int) (first, end int) {
	if example < p.Labelled {
		return example * p.Samples, (example + 1) * p.Samples
	}
	first = (p.Labelled + (example-p.Labelled)*p.Labels) * p.Samples
	return first, first + p.Labels*p.Samples
}

// Example is the example that a pair belongs to, and the label that an
// unlabelled example's pair stands for (0 for a labelled example, whose label
// is data).
func (p Pairs) Example(pair int) (example, label int) {
	if pair < p.Labelled {
		return pair, 0
	}
	pair -= p.Labelled
	return p.Labelled + pair/p.Labels, pair % p.Labels
}

// StackGrads are the gradients in a sample z1 of M1's latents where M2 is stacked on the
// kept ones: what M1's decoder says of all of them, and M2 of those that it takes as input.
type StackGrads struct {
	Decoder    Floats // [examples, latents]
	Classifier Floats // [examples, kept], in the input of q(y|z1)
	Encoder    Floats // [examples, kept], in the input of q(z2|z1,y)
	Likelihood Floats // in the stats of p(z1|y,z2), [sample rows, mean | logvar] of kept: in z1 it is −dmean
}

// LatentSteps are the stochastic layer and the likelihoods.
type LatentSteps interface {
	// GaussianSample draws z = mean + exp(½·logvar) ∘ ε, Samples times for each pair,
	// and sets the pair's kl = KL(N(mean, exp(logvar)) ‖ N(0, I)), closed form, in nats.
	// stats has rows [mean | logvar] of 2·latents; z has SampleRows rows of latents.
	GaussianSample(z, kl, stats Floats, pairs Pairs, latents int, noise Noise)
	// GaussianSampleGrad recomputes ε and sets, with w = weight[pair]·klWeight,
	//   dmean   = Σ_s dz_s + w·mean
	//   dlogvar = Σ_s ½·dz_s·ε_s·exp(½·logvar) + ½·w·(exp(logvar) − 1).
	GaussianSampleGrad(dstats, dz, stats, weight Floats, klWeight Doubles, pairs Pairs, latents int, noise Noise)

	// BernoulliNLL sets nll = Σ_j softplus(l_j) − x_j·l_j = −log p(x|z) for each
	// sample row's logits l, and dlogits = weight[pair]/Samples · (sigmoid(l) − x).
	// x has one row per example. dlogits may be logits itself, or nil.
	BernoulliNLL(nll, dlogits, logits, x, weight Floats, pairs Pairs, width int)
	// GaussianNLL sets nll = ½Σ_j [ln 2π + logvar + (x−mean)²·exp(−logvar)] for each
	// sample row's stats [mean | logvar], and the gradients in them, weighted
	// like BernoulliNLL's. dstats may be stats itself, or nil.
	GaussianNLL(nll, dstats, stats, x, weight Floats, pairs Pairs, width int)

	// StackPosterior is what q(z1|x) adds to the bound of a stack, closed form, in nats:
	//   cost[example] = KL(q ‖ N(0, I)) of the dropped latents − H(q) of the kept ones.
	// stats has one row [mean | logvar] of 2·latents for each example, and each had one
	// sample. places says where a latent stands among the kept ones, or −1 where it is
	// dropped. Unless dstats is nil, it recomputes ε and sets, with w = weight[example]
	// and g the sum of the gradients in z1 (of a kept latent all of grads, of a dropped
	// one the decoder's alone; pairs are M2's),
	//   dmean   = g + [dropped]·w·mean
	//   dlogvar = ½·g·ε·exp(½·logvar) + ½·w·([dropped]·exp(logvar) − 1).
	StackPosterior(cost, dstats, stats Floats, grads StackGrads, weight Floats, places Ints, pairs Pairs, latents, kept int, noise Noise)
}

// LabelSteps handle the class label y: expansion over labels, the sum over
// labels, the classifier's loss and the class prior.
type LabelSteps interface {
	// ExpandLabels sets h[pair] = activation(u[example] + table[label]): the first
	// layer on (x, y), with u = x·Wᵀ + b computed once per example and table [K, width].
	ExpandLabels(h, u, table Floats, labels Ints, pairs Pairs, width int, activation Activation)
	// ExpandLabelsGrad overwrites dh with δ = dh ∘ activation'(h), and sets
	// du[example] = Σ_pairs δ and dtable[k] = Σ_{pairs with label k} δ.
	ExpandLabelsGrad(du, dtable, dh, h Floats, labels Ints, pairs Pairs, width int, activation Activation)
	// AddLabels sets h[row] = activation(h[row] + table[label]) for every sample row.
	AddLabels(h, table Floats, labels Ints, pairs Pairs, width int, activation Activation)
	// AddLabelsGrad overwrites dh with δ = dh ∘ activation'(h), and sets
	// dtable[k] = Σ_{sample rows with label k} δ.
	AddLabelsGrad(dtable, dh, h Floats, labels Ints, pairs Pairs, width int, activation Activation)

	// LabelWeights sets the gradient of the loss in each pair's cost: scaleL for
	// labelled pairs, scaleU·q_k with q = softmax(logits) for unlabelled ones, as
	// ∂U/∂L_k = q_k does not depend on the costs. logits has one row of K per
	// unlabelled example.
	LabelWeights(weight, logits Floats, scaleL, scaleU Doubles, pairs Pairs)
	// LabelCosts sets cost = (1/S)Σ_s nll_s + klWeight·kl − logPrior[label]: L(x,y)
	// of equation 6, in nats. logPrior has K elements; labels may be nil where Labels = 1.
	LabelCosts(cost, nll, kl Floats, klWeight Doubles, logPrior Floats, labels Ints, pairs Pairs)
	// Marginalise sums the label out (equation 7), for every unlabelled example
	// with q = softmax(logits) and L its K costs:
	//   u = Σ_k q_k·(L_k + log q_k),  dlogits_k = scale·q_k·(L_k + log q_k − u).
	// dlogits may be nil. cost holds only the unlabelled pairs.
	Marginalise(u, dlogits, logits, cost Floats, scale Doubles, examples, labels int)
	// CrossEntropy sets ce = −log softmax(logits)[label] and
	// dlogits = scale·(softmax(logits) − onehot(label)), unless dlogits is nil.
	CrossEntropy(ce, dlogits, logits Floats, labels Ints, scale Doubles, examples, classes int)

	// LogSoftmax sets y = log softmax(logits), row by row.
	LogSoftmax(y, logits Floats, rows, classes int)
	// ClassPriorGrad sets dlogits_k = Σ_pairs weight·(π_k − [label = k]), the gradient
	// of −Σ weight·log π_label in the logits of the prior π = exp(logPrior).
	ClassPriorGrad(dlogits, weight, logPrior Floats, labels Ints, pairs Pairs)
}

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
	ScalarStepSize        // Adam: rate·√(1−β2ᵗ)/(1−β1ᵗ); otherwise the rate
	ScalarEpsilon         // Adam: ε·√(1−β2ᵗ); otherwise ε
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
	Average       Floats    // nil without averaging
}

// OptimiserSteps advance the clock, watch for faults and update parameters.
type OptimiserSteps interface {
	// BeginStep adds one to the clock and computes the step's scalars from the
	// base rate.
	BeginStep(clock Ints, scalars, baseRate Doubles, options OptimiserOptions)
	// CheckFinite sets the fault latch, unless it is set, where a value is NaN or infinite.
	CheckFinite(fault Ints, values Floats, clock Ints, site int32)
	// GradientNorm sets norm = ‖grads‖₂ and, where that is not finite, the fault latch.
	GradientNorm(norm Doubles, fault Ints, grads Floats, clock Ints)
	// Update applies the gradient rule. A replica whose fault latch is set is left
	// as it is. norm is read only with ClipNorm.
	Update(params Parameters, scalars, norm Doubles, fault Ints, options OptimiserOptions)
	// AddSum sets sum += Σ_i weight_i·x_i; a nil weight counts as ones.
	AddSum(sum Doubles, x, weight Floats)
}
