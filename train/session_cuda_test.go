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
