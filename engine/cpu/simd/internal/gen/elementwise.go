package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// elementwise writes the activations, the exponential and the plain sums; see
// engine/ref/dense.go.
func elementwise(w *width) {
	w.activations(false)
	w.function("exp", "func(n int, y, x *float32)")
	p := params("n", "y", "x")
	w.each(p[0], func(s *span) { s.store(w.exp(s.load(p[2])), p[1]) })
	ret()
	w.columnSums()
	w.doubleSum("sum", false)
	w.doubleSum("sumSquares", true)
	w.activations(true)
	for _, a := range activations {
		if a.grad != nil {
			w.act(a) // y = x is a copy
		}
	}
	w.endTable()
}

// columnSums writes dst[j] (+)= Σ_i src[i, j], each in the order of i. It goes
// down a band of columns at a time and keeps their sums in registers.
func (w *width) columnSums() {
	const bands = 8
	w.function("columnSums", "func(cols int, dst, src *float32, rows int, ld, accumulate uintptr)")
	p := params("cols", "dst", "src", "rows", "ld", "accumulate")
	cols, dst, src, rows, ld, accumulate := p[0], p[1], p[2], p[3], p[4], p[5]
	row, left := GP64(), GP64()
	// Whole bands first, then the rest one vector at a time.
	CMPQ(cols, U32(uint32(bands*w.lanes())))
	JL(LabelRef("narrow"))
	Label("band")
	var sums []VecVirtual
	for range bands {
		sums = append(sums, w.zeros())
	}
	given(accumulate, func() {
		for i, sum := range sums {
			VMOVUPS(Mem{Base: dst, Disp: i * w.bytes}, sum)
		}
	})
	MOVQ(src, row)
	MOVQ(rows, left)
	Label("row")
	for i, sum := range sums {
		VADDPS(Mem{Base: row, Disp: i * w.bytes}, sum, sum)
	}
	ADDQ(ld, row)
	DECQ(left)
	JNZ(LabelRef("row"))
	for i, sum := range sums {
		VMOVUPS(sum, Mem{Base: dst, Disp: i * w.bytes})
	}
	ADDQ(U32(uint32(bands*w.bytes)), src)
	ADDQ(U32(uint32(bands*w.bytes)), dst)
	SUBQ(U32(uint32(bands*w.lanes())), cols)
	CMPQ(cols, U32(uint32(bands*w.lanes())))
	JGE(LabelRef("band"))
	Label("narrow")
	w.each(cols, func(s *span) {
		sum := w.zeros()
		given(accumulate, func() { VMOVAPS(s.load(dst), sum) })
		MOVQ(src, row)
		MOVQ(rows, left)
		next := label("row")
		Label(next)
		VADDPS(s.load(row), sum, sum)
		ADDQ(ld, row)
		DECQ(left)
		JNZ(LabelRef(next))
		s.store(sum, dst)
	})
	ret()
}

// doubleSum writes Σx or Σx² in float64. Element i goes to partial sum i mod 16;
// the sixteen are added as a tree, halves first. Both widths do the same.
func (w *width) doubleSum(name string, squares bool) {
	w.function(name, "func(n int, x *float32) float64")
	p := params("n", "x")
	each := w.bytes / 8 // doubles in a vector
	var sums []VecVirtual
	for range 16 / each {
		sums = append(sums, w.zeros())
	}
	add := func(x VecVirtual, sums []VecVirtual) {
		low, high := Op(x.AsX()), Op(XMM())
		if w.wide {
			low, high = x.AsY(), YMM()
			VEXTRACTF32X8(Imm(1), x, high)
		} else {
			VEXTRACTF128(Imm(1), x, high)
		}
		for i, part := range []Op{low, high} {
			d := w.vec()
			VCVTPS2PD(part, d)
			if squares {
				VFMADD231PD(d, d, sums[i])
			} else {
				VADDPD(d, sums[i], sums[i])
			}
		}
	}
	if w.wide {
		w.each(p[0], func(s *span) { add(s.load(p[1]), sums) })
	} else {
		w.eachPair(p[0], p[1], func(low, high VecVirtual) {
			add(low, sums[:2])
			add(high, sums[2:])
		})
	}
	for len(sums) > 1 {
		half := len(sums) / 2
		for i := range half {
			VADDPD(sums[half+i], sums[i], sums[i])
		}
		sums = sums[:half]
	}
	if w.wide {
		high := YMM()
		VEXTRACTF64X4(Imm(1), sums[0], high)
		VADDPD(high, sums[0].AsY(), sums[0].AsY())
	}
	x, high := sums[0].AsX(), XMM()
	VEXTRACTF128(Imm(1), sums[0].AsY(), high)
	VADDPD(high, x, x)
	VPERMILPD(Imm(1), x, high)
	VADDSD(high, x, x)
	Store(x, ReturnIndex(0))
	ret()
}

// eachPair emits a loop over n floats, 16 at a time as two vectors of AVX2.
func (w *width) eachPair(n, x GPVirtual, body func(low, high VecVirtual)) {
	low, high := w.vec(), w.vec()
	SUBQ(Imm(16), n)
	JL(LabelRef("tail"))
	Label("loop")
	VMOVUPS(Mem{Base: x}, low)
	VMOVUPS(Mem{Base: x, Disp: w.bytes}, high)
	body(low, high)
	ADDQ(Imm(64), x)
	SUBQ(Imm(16), n)
	JGE(LabelRef("loop"))
	Label("tail")
	ADDQ(Imm(16), n)
	JZ(LabelRef("end"))
	w.zero(high)
	CMPQ(n, Imm(8))
	JGE(LabelRef("half"))
	VMASKMOVPS(Mem{Base: x}, w.firstLanes(n), low)
	JMP(LabelRef("last"))
	Label("half")
	VMOVUPS(Mem{Base: x}, low)
	SUBQ(Imm(8), n)
	JZ(LabelRef("last"))
	VMASKMOVPS(Mem{Base: x, Disp: w.bytes}, w.firstLanes(n), high)
	Label("last")
	body(low, high)
	Label("end")
}
