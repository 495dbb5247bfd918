package baseline

import (
	"context"
	"slices"
)

// Observing is a classifier of examples that lack values, which are NaN: it reads 0 in their place, which of
// standardised values is the mean, as the models' networks do.
func Observing(c Classifier) Classifier { return observing{c} }

type observing struct{ Classifier }

// Fit implements Classifier.
func (o observing) Fit(ctx context.Context, e Examples) error {
	e.Labelled, e.Unlabelled = observed(e.Labelled), observed(e.Unlabelled)
	return o.Classifier.Fit(ctx, e)
}

// Predict implements Classifier.
func (o observing) Predict(x Matrix) ([]float32, error) { return o.Classifier.Predict(observed(x)) }

// observed is a table with 0 for what is missing: a copy, where anything is.
func observed(m Matrix) Matrix {
	missing := func(v float32) bool { return v != v }
	if !slices.ContainsFunc(m.Data, missing) {
		return m
	}
	m.Data = slices.Clone(m.Data)
	for i, v := range m.Data {
		if missing(v) {
			m.Data[i] = 0
		}
	}
	return m
}
