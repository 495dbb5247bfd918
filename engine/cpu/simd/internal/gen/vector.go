package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// width is one instruction set: its vector registers and the few instructions
// that are spelt differently in the other. Kernels are written once over it.
type width struct {
	name  string // suffix of every symbol
	bytes int    // of one vector
	wide  bool   // AVX-512: mask registers and 32 vector registers
	regs  []VecPhysical
}

var avx512 = &width{name: "512", bytes: 64, wide: true, regs: []VecPhysical{
	Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15,
	Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31}}

var avx2 = &width{name: "256", bytes: 32, regs: []VecPhysical{
	Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11, Y12, Y13, Y14, Y15}}

// lanes is the number of floats in one vector.
func (w *width) lanes() int { return w.bytes / 4 }

func (w *width) zero(d Op) {
	if w.wide {
		VPXORD(d, d, d)
	} else {
		VXORPS(d, d, d)
	}
}

// params loads the named arguments of the current function.
func params(names ...string) []GPVirtual {
	var r []GPVirtual
	for _, n := range names {
		r = append(r, Load(Param(n), GP64()).(GPVirtual))
	}
	return r
}

// ret leaves the function with clean upper halves, so that SSE code after it is not slowed.
func ret() {
	VZEROUPPER()
	RET()
}
