//go:build !cuda

package oracle

// The densities of x that a decoder can put out.
const (
	Bernoulli = "bernoulli" // logits; x may lie anywhere in [0, 1]
	Gaussian  = "gaussian"  // a predicted mean and log-variance
)

// The priors p(y) of M2.
const (
	Uniform = "uniform"
	Given   = "given"   // M2Spec.ClassProbabilities
	Learned = "learned" // the softmax of m2.class_prior.logits
)

// M1Spec is an M1 and the weights of its objective.
type M1Spec struct {
	Inputs      int
	Hidden      []int // widths of the encoder; the decoder mirrors them
	Latents     int
	Activation  Activation
	Output      string  // Bernoulli or Gaussian
	Samples     int     // S, samples of z per example
	WeightPrior float64 // precision of the normal prior on all parameters
	NTotal      float64 // examples in the data set
	KLWeight    float64
}

// M1Batch is a minibatch of B examples with its noise. Here and in the other minibatches NaN in X is a
// missing value: it counts nothing in the likelihood, and networks read 0.
type M1Batch struct {
	X   Matrix // [B, inputs]
	Eps Matrix // [B·S, latents]; sample s of example b is row b·S + s
}

// M2Spec is an M2 and the weights of its objective.
type M2Spec struct {
	Inputs             int
	Labels             int   // K
	Hidden             []int // as in M1Spec; at least one layer
	ClassifierHidden   []int
	Latents            int
	Activation         Activation
	Output             string  // Bernoulli or Gaussian
	Samples            int     // S, samples of z per pair of example and label
	Alpha              float64 // weight of the classification loss
	NLabelled          float64 // labelled examples in the data set
	NTotal             float64 // labelled and unlabelled examples in the data set
	WeightPrior        float64
	KLWeight           float64
	ClassPrior         string    // Uniform, Given or Learned
	ClassProbabilities []float64 // [K], for Given
}

// M2Batch is a minibatch of B_l labelled and B_u unlabelled examples with its
// noise. Either may be empty.
type M2Batch struct {
	XL Matrix // [B_l, inputs]
	YL []int  // [B_l]
	XU Matrix // [B_u, inputs]

	// Eps is [(B_l + B_u·K)·S, latents]: sample s of pair p is row p·S + s.
	// Labelled example i is pair i; unlabelled example u under label k is
	// pair B_l + u·K + k.
	Eps Matrix
}

// SupervisedSpec is a classifier and the weights of its objective.
type SupervisedSpec struct {
	Inputs      int
	Labels      int
	Hidden      []int
	Activation  Activation
	WeightPrior float64
	NTotal      float64
}
