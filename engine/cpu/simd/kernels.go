package simd

import "unsafe"

// Kernels are the kernels of one level. They hold no state: any number of
// goroutines may use one.
type Kernels struct {
	level Level
	gemm  *gemm
	table table
}

// table holds the assembly functions of one level; the portable one is empty.
// They take pointers; the methods of Kernels take slices and check them.
type table struct {
	activations [activations]activation
	exp         func(n int, y, x *float32)

	columnSums      func(cols int, dst, src *float32, rows int, ld, accumulate uintptr)
	sum, sumSquares func(n int, x *float32) float64

	gaussianSample     func(n int, z, mean, logvar, eps *float32)
	gaussianSampleGrad func(n int, dmean, dlogvar, dz, eps, logvar *float32)
	kl                 func(n int, mean, logvar *float32) float32
	klGrad             func(n int, dmean, dlogvar, mean, logvar *float32, weight float32)
	bernoulliNLL       func(n int, dlogits, logits, x *float32, weight float32) float32
	gaussianNLL        func(n int, dmean, dlogvar, x, mean, logvar *float32, weight float32) float32

	zeroMissing         func(n int, dst, x *float32)
	bernoulliNLLMissing func(n int, dlogits, logits, x *float32, weight float32) float32
	gaussianNLLMissing  func(n int, dmean, dlogvar, x, mean, logvar *float32, weight float32) float32

	words    func(n int, dst, c0, c1 *uint32, c2, c3, k0, k1 uint32)
	normals  func(n int, dst *float32, c0, c1 *uint32, c2, c3, k0, k1 uint32)
	binarise func(n int, dst *float32, px *uint8, words *uint32)
	pixels   func(n int, dst *float32, px *uint8)

	rules []rule
}

// rule is the function of a gradient rule.
type rule func(n int, p, grad, s1, s2, average, options *float32)

// activation holds the functions of one Activation; Identity has only the first.
type activation struct {
	add  func(n int, y, a, b *float32)
	act  func(n int, y, x *float32)
	grad func(n int, dx, dy, from *float32)
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
func at[T any](s []T, i int) *T { return unsafe.SliceData(s[i:]) }

// ptr is the address of a slice of n elements.
func ptr[T any](s []T, n int) *T {
	if len(s) != n {
		panic("simd: slices of one operation have different lengths")
	}
	return unsafe.SliceData(s)
}

// optional is like ptr, and nil for a nil slice.
func optional[T any](s []T, n int) *T {
	if s == nil {
		return nil
	}
	return ptr(s, n)
}
