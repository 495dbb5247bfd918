package trained

import "context"

// Classifier is what classifies rows of raw values: an Applied model, or an Ensemble of several. One goroutine uses it
// at a time.
type Classifier interface {
	// Classify gives the probabilities of the classes, [n, K], of rows x, [n, Inputs].
	Classify(ctx context.Context, x []float32) ([]float32, error)
	// Classes names the classes, in the order of what Classify gives; none for a model that does not classify.
	Classes() []string
	// Inputs is how many raw values a row has.
	Inputs() int
	Close() error
}
