package simd

import (
	"math"
	"unsafe"
)

// portableGemm is the matrix product in plain Go. Its tiles are always whole
// and its packed matrices padded, so that the inner loop has no bounds to check.
var portableGemm = gemm{
	rows: 4, columns: 4, narrow: 4, pitch: 4, block: 4, depth: 256,
	tiles:       []tileKernel{portableTile, portableTile, portableTile, portableTile},
	mask:        func(n int) uintptr { return uintptr(n) },
	packRows:    portablePackRows,
	packColumns: portablePackColumns,
	packTile:    portablePackTile,
}

func portableTile(k int, a *float32, _, _ uintptr, b, c *float32, ldc, accumulate, _ uintptr) {
	as, bs := unsafe.Slice(a, 4*k), unsafe.Slice(b, 4*k)
	var t [4][4]float32
	if accumulate != 0 {
		for i := range t {
			t[i] = *(*[4]float32)(unsafe.Add(unsafe.Pointer(c), uintptr(i)*ldc))
		}
	}
	for len(as) >= 4 && len(bs) >= 4 {
		b0, b1, b2, b3 := bs[0], bs[1], bs[2], bs[3]
		for i := range t {
			x := as[i]
			t[i][0] += x * b0
			t[i][1] += x * b1
			t[i][2] += x * b2
			t[i][3] += x * b3
		}
		as, bs = as[4:], bs[4:]
	}
	for i := range t {
		*(*[4]float32)(unsafe.Add(unsafe.Pointer(c), uintptr(i)*ldc)) = t[i]
	}
}

// portablePackRows copies k rows of n floats into rows of four, zero beyond n.
func portablePackRows(k int, src *float32, ld uintptr, dst *float32, _ int, n uintptr) {
	out := unsafe.Slice(dst, 4*k)
	for p := range k {
		row := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(src), uintptr(p)*ld)), n)
		clear(out[4*p+copy(out[4*p:4*p+4], row) : 4*p+4])
	}
}

// portablePackColumns transposes four rows of k floats.
func portablePackColumns(k int, src *float32, offsets *uintptr, dst *float32, _, _ uintptr) {
	out := unsafe.Slice(dst, 4*k)
	for i, offset := range unsafe.Slice(offsets, 4) {
		for p, x := range unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(src), offset)), k) {
			out[4*p+i] = x
		}
	}
}

func portablePackTile(k int, src *float32, ld uintptr, dst *float32, rows int) {
	var offsets [4]uintptr
	for i := range offsets {
		offsets[i] = uintptr(min(i, rows-1)) * ld
	}
	portablePackColumns(k, src, &offsets[0], dst, 16, 0)
}

// finish applies a product's epilogue to one row. The portable one goes through
// float64; see engine/ref/dense.go.
func (k *Kernels) finish(e Epilogue, y, bias []float32) {
	if k.level > Portable {
		k.AddAct(Activation(e-Bias), y, y, bias)
		return
	}
	for i, b := range bias {
		v := y[i] + b
		switch e {
		case BiasSoftplus:
			v = float32(max(0, float64(v)) + math.Log1p(math.Exp(-math.Abs(float64(v)))))
		case BiasReLU:
			v = max(0, v)
		case BiasTanh:
			v = float32(math.Tanh(float64(v)))
		}
		y[i] = v
	}
}
