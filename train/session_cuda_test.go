//go:build cuda

package train

import (
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cuda"
)

func TestEachOfAGridOnACardComesToTheBitToWhatItComesToAlone(t *testing.T) {
	requireGridAsAlone(t, func(replicas int) (engine.Device, error) {
		return cuda.New(cuda.Options{Replicas: replicas})
	}, "m1.train.steps=10", "m2.train.steps=10", "supervised.train.steps=5")
}

// TestExamplesInAFileTrainOnACardAsThoseInMemory holds that a minibatch which the host writes is the one that is gathered.
func TestExamplesInAFileTrainOnACardAsThoseInMemory(t *testing.T) {
	open := func(replicas int) (engine.Device, error) { return cuda.New(cuda.Options{Replicas: replicas}) }
	sets := append(onTable(sparseTable(t), "m2.train.steps=10", "supervised.train.steps=5"), replicaSets...)
	requireFileAsMemory(t, open, "m2 4", sets...)
}

func TestRunsThatKeepDifferentLatentsTrainTogetherOnACard(t *testing.T) {
	requireWideAsAlone(t, func(replicas int) (engine.Device, error) {
		return cuda.New(cuda.Options{Replicas: replicas})
	}, "seeds=[3, 4]", "m2.train.steps=20")
}
