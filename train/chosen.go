package train

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"ssdgm/model/trained"
	"ssdgm/model/trained/format"
	"ssdgm/train/run"
)

// ByValidation is the model with the parameters of the step that the validation data chose, where the result is
// that of the last step; nil where that is no other choice, or where no look at the error was saved.
func ByValidation(t *trained.Model, f *run.Folder) (*trained.Model, error) {
	if t.Config.Select != "last" || !t.Config.Classifies() || t.Config.Baseline() != "" {
		return nil, nil
	}
	chosen, p := *t, phaseOf(t.Config.ResultPhase())
	chosen.Temperature, chosen.Usual = nil, nil
	best, err := f.Best(p.Name())
	if best == nil || err != nil {
		return nil, err
	}
	values, err := resultOf(best, layoutOf(p, t))
	if err != nil {
		return nil, err
	}
	keepValues(p, &chosen, values)
	chosen.Step = int(best.Step)
	return &chosen, nil
}

// M1Digest is the sha256 of M1's parameters, name by name, before it was trained with M2 as one; empty where there
// is no M1. Runs whose digests are equal stand on the same M1, wherever it came from.
func M1Digest(t *trained.Model) string {
	if t.M1 == nil || t.M1Before != "" {
		return t.M1Before
	}
	h := sha256.New()
	for _, tensor := range format.Export(&t.M1.Layout, t.M1Values) {
		// A hash never refuses a write, and the values are of a fixed size.
		_ = binary.Write(h, binary.LittleEndian, append([]byte(tensor.Name), 0))
		_ = binary.Write(h, binary.LittleEndian, tensor.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}
