package devices

import (
	"fmt"

	"ssdgm/engine/machine"
)

// CUDAProgram is the build with CUDA. It is a program of its own because it cannot even
// start on a machine without NVIDIA's driver.
const CUDAProgram = "ssdgm-cuda"

// Probe is what a build can tell of a machine's cards: one line of JSON.
type Probe struct {
	Build machine.Build `json:"build"`
	// Problem is why no card can be used, and how to mend that.
	Problem string `json:"problem,omitempty"`
	// CUDA is the newest version that the driver knows.
	CUDA   string `json:"cuda,omitempty"`
	Cards  []Card `json:"cards"`
	CuBLAS string `json:"cublas,omitempty"` // with kernels alone: where it lies, or how to get it
}

// Card is one GPU.
type Card struct {
	Index      int    `json:"index"`
	Name       string `json:"name"`
	Capability string `json:"compute_capability"`
	TotalBytes int64  `json:"total_bytes"`
	UUID       string `json:"uuid"`
	// Kernels is what became of a trial of the kernels, where one was asked for: only a
	// card that is open tells what is free.
	Kernels   string `json:"kernels,omitempty"`
	Sound     bool   `json:"sound,omitempty"`
	FreeBytes int64  `json:"free_bytes,omitempty"`
}

func (c Card) String() string {
	return fmt.Sprintf("%s, compute capability %s, %d MB, of which %d MB are free", c.Name, c.Capability, c.TotalBytes>>20, c.FreeBytes>>20)
}
