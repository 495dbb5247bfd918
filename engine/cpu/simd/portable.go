package simd

import (
	"math"
	"unsafe"
)

// portableGemm is the matrix product in plain Go. Its tiles are always whole
// and its packed matrices padded, so that the inner loop has no bounds to check.
var portableGemm = gemm{
	rows: 4, columns: 4, block: 4, depth: 256, group: 7,
	tiles:       []tileKernel{portableTile, portableTile, portableTile, portableTile},
	mask:        func(n int) uintptr { return uintptr(n) },
	packRows:    portablePackRows,
	packColumns: portablePackColumns,
	packTile:    portablePackTile,
}

// portableTile goes over the tile two rows at a time: their eight sums and what
// they are made of fit the registers of every processor.
func portableTile(k int, a *float32, _, _ uintptr, b, c *float32, ldc, accumulate, _ uintptr, _ *float32) {
	as := unsafe.Slice((*[2][2]float32)(unsafe.Pointer(a)), k)
	bs := unsafe.Slice((*[4]float32)(unsafe.Pointer(b)), k)[:len(as)]
	for half := range 2 {
		upper := (*[4]float32)(unsafe.Add(unsafe.Pointer(c), 2*uintptr(half)*ldc))
		lower := (*[4]float32)(unsafe.Add(unsafe.Pointer(upper), ldc))
		var u0, u1, u2, u3, l0, l1, l2, l3 float32
		if accumulate != 0 {
			u0, u1, u2, u3 = upper[0], upper[1], upper[2], upper[3]
			l0, l1, l2, l3 = lower[0], lower[1], lower[2], lower[3]
		}
		for p := range as {
			x, y := as[p][half][0], as[p][half][1]
			b0, b1, b2, b3 := bs[p][0], bs[p][1], bs[p][2], bs[p][3]
			u0 += x * b0
			u1 += x * b1
			u2 += x * b2
			u3 += x * b3
			l0 += y * b0
			l1 += y * b1
			l2 += y * b2
			l3 += y * b3
		}
		*upper, *lower = [4]float32{u0, u1, u2, u3}, [4]float32{l0, l1, l2, l3}
	}
}

// portablePackRows copies k rows of n floats into rows of four, zero beyond n.
func portablePackRows(k int, src *float32, ld uintptr, dst *float32, n uintptr) {
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

// portablePackTile copies a tile of A, repeating its last row up to four.
func portablePackTile(k int, src *float32, rowStride, kStride uintptr, dst *float32, rows int) {
	out := unsafe.Slice((*[4]float32)(unsafe.Pointer(dst)), k)
	for i := range 4 {
		row := unsafe.Add(unsafe.Pointer(src), uintptr(min(i, rows-1))*rowStride)
		for p := range out {
			out[p][i] = *(*float32)(unsafe.Add(row, uintptr(p)*kStride))
		}
	}
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
