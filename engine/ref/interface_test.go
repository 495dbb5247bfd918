package ref_test

import (
	"ssdgm/engine"
	"ssdgm/engine/ref"
)

var (
	_ engine.Device = (*ref.Device[float32])(nil)
	_ engine.Device = (*ref.Device[float64])(nil)
)
