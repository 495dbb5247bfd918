package trained

import (
	"context"
	"math"
	"slices"

	"ssdgm/model/trained/infer"
)

// ensembleRows is how many examples Ensemble.Evaluate takes at a time.
const ensembleRows = 1000

// Evaluate computes what Model.Evaluate tells of a classifier, of the mean of the models' q(y|x) on a set as the first
// model takes it. Step and Seed are the first model's.
func (e *Ensemble) Evaluate(ctx context.Context, set *Set) (*Evaluation, error) {
	m := e.members[0].Model()
	if err := m.fits(set); err != nil {
		return nil, err
	}
	var fault error // of reading a row
	var logits []float32
	rows := m.rowsOf(set, &fault)
	for piece := range slices.Chunk(infer.Sequence(set.N), ensembleRows) {
		x := make([]float32, len(piece)*m.Inputs)
		if rows(x, piece); fault != nil {
			return nil, fault
		}
		p, err := e.Classify(ctx, x)
		if err != nil {
			return nil, err
		}
		for _, v := range p {
			logits = append(logits, float32(math.Log(max(float64(v), math.SmallestNonzeroFloat32))))
		}
	}
	found := &Evaluation{
		Model: m.Config.Model, Dataset: set.Name, Split: set.Split, Real: set.Real, N: set.N, Step: m.Step, Seed: m.Config.Seed,
	}
	mean := &Model{K: m.K, ClassNames: m.ClassNames}
	found.classification(logits, set.Labels, mean)
	if err := found.finite(); err != nil {
		return nil, err
	}
	return found, nil
}
