package main

import (
	"encoding/json"
	"fmt"

	"ssdgm/train/report"

	"github.com/spf13/cobra"
)

// cudaProgram is the build with CUDA. It is a program of its own because it cannot even
// start on a machine without NVIDIA's driver.
const cudaProgram = "ssdgm-cuda"

// probe is what a build can tell of a machine's cards: one line of JSON.
type probe struct {
	Build report.Build `json:"build"`
	// Problem is why no card can be used, and how to mend that.
	Problem string `json:"problem,omitempty"`
	// CUDA is the newest version that the driver knows.
	CUDA   string `json:"cuda,omitempty"`
	Cards  []card `json:"cards"`
	CuBLAS string `json:"cublas,omitempty"` // with kernels alone: where it lies, or how to get it
}

// card is one GPU.
type card struct {
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

func (c card) String() string {
	return fmt.Sprintf("%s, compute capability %s, %d MB, of which %d MB are free", c.Name, c.Capability, c.TotalBytes>>20, c.FreeBytes>>20)
}

// newProbe is the question that the build without CUDA asks the build with it.
func newProbe() *cobra.Command {
	var kernels bool
	cmd := &cobra.Command{
		Use:    "probe",
		Short:  "Print this machine's cards as one line of JSON",
		Hidden: true,
		Args:   arguments(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return json.NewEncoder(cmd.OutOrStdout()).Encode(probeHere(kernels))
		},
	}
	cmd.Flags().BoolVar(&kernels, "kernels", false, "try the kernels on every card, and cuBLAS")
	return cmd
}
