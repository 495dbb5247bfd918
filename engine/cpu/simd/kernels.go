package simd

import "unsafe"

// Kernels are the kernels of one level. They hold no state: any number of
// goroutines may use one.
type Kernels struct {
	level Level
	gemm  *gemm
}

// For gives the kernels of a level. It panics if the processor cannot run
// them; choose the level with Best. Portable has the matrix product only.
func For(l Level) *Kernels {
	if !l.supported() {
		panic("simd: this processor cannot run " + l.String())
	}
	return kernelsOf(l)
}

// Level is the level the kernels were made for.
func (k *Kernels) Level() Level { return k.level }

// at is the address of s[i]. Slicing checks the index and allows i == len(s),
// where a kernel that is given no element takes its pointer.
func at(s []float32, i int) *float32 { return unsafe.SliceData(s[i:]) }

// finish applies a product's epilogue to one row.
func (k *Kernels) finish(e Epilogue, y, bias []float32) {
	portableFinish(e, y, bias)
}
