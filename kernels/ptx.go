package kernels

import (
	_ "embed"
	"fmt"
)

// The same kernels twice: for every card that CUDA 12 knows, and for those with
// matrix units for tf32.
var (
	//go:embed ptx/sm_70.ptx
	ptx70 string
	//go:embed ptx/sm_80.ptx
	ptx80 string
)

// PTX is all kernels in the form that a card of the given compute capability
// makes most of. The driver compiles it for the card.
func PTX(major, minor int) (string, error) {
	switch {
	case major >= 8:
		return ptx80, nil
	case major == 7:
		return ptx70, nil
	default:
		return "", fmt.Errorf("kernels: want a card of compute capability 7.0 or more, found %d.%d; train with --device cpu", major, minor)
	}
}
