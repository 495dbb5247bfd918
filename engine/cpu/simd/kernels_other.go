//go:build !amd64

package simd

func kernelsOf(Level) *Kernels { return &Kernels{level: Portable, gemm: &portableGemm} }

func peak(_ Level, rounds int) float64 {
	flops, _ := portablePeak(rounds)
	return flops
}
