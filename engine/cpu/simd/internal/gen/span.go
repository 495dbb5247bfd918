package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// span is where a loop over floats stands: at a whole vector, or at the last
// lanes of the slice, whose loads give zeros and whose stores write nothing
// beyond the end.
type span struct {
	w     *width
	index GPVirtual // elements done
	mask  Op        // nil at whole vectors
}

// each emits a loop over n floats. The body is emitted twice: for whole vectors
// and for the tail.
func (w *width) each(n GPVirtual, body func(s *span)) {
	loop, tail, end := label("loop"), label("tail"), label("end")
	index := GP64()
	XORQ(index, index)
	SUBQ(Imm(uint64(w.lanes())), n)
	JL(LabelRef(tail))
	Label(loop)
	body(&span{w: w, index: index})
	ADDQ(Imm(uint64(w.lanes())), index)
	SUBQ(Imm(uint64(w.lanes())), n)
	JGE(LabelRef(loop))
	Label(tail)
	ADDQ(Imm(uint64(w.lanes())), n)
	JZ(LabelRef(end))
	body(&span{w: w, index: index, mask: w.firstLanes(n)})
	Label(end)
}

// firstLanes is the mask of the first n lanes, 0 < n < lanes.
func (w *width) firstLanes(n GPVirtual) Op {
	bits := GP64()
	if w.wide {
		mask := K()
		MOVQ(I32(-1), bits)
		BZHIQ(n, bits, bits)
		KMOVW(bits.As32(), mask)
		return mask
	}
	usesMasks = true
	table, mask := GP64(), w.vec()
	LEAQ(maskAddress, table)
	MOVQ(U32(uint32(w.lanes())), bits)
	SUBQ(n, bits)
	VMOVUPS(Mem{Base: table, Index: bits, Scale: 4}, mask)
	return mask
}

func (s *span) at(p Register) Mem { return Mem{Base: p, Index: s.index, Scale: 4} }

// load reads one vector; lanes beyond the end are zero.
func (s *span) load(p Register) VecVirtual {
	v := s.w.vec()
	switch {
	case s.mask == nil:
		VMOVUPS(s.at(p), v)
	case s.w.wide:
		VMOVUPS_Z(s.at(p), s.mask, v)
	default:
		VMASKMOVPS(s.at(p), s.mask, v)
	}
	return v
}

func (s *span) store(v Op, p Register) {
	switch {
	case s.mask == nil:
		VMOVUPS(v, s.at(p))
	case s.w.wide:
		VMOVUPS(v, s.mask, s.at(p))
	default:
		VMASKMOVPS(v, s.mask, s.at(p))
	}
}

// add sets sum += v in the lanes that exist.
func (s *span) add(v, sum VecVirtual) {
	switch {
	case s.mask == nil:
		VADDPS(v, sum, sum)
	case s.w.wide:
		VADDPS(v, sum, s.mask, sum)
	default:
		VPAND(v, s.mask, v)
		VADDPS(v, sum, sum)
	}
}

// given emits a block that is skipped where the pointer is nil.
func given(p Register, block func()) {
	skip := label("skip")
	TESTQ(p, p)
	JZ(LabelRef(skip))
	block()
	Label(skip)
}

// sum adds the lanes up as a tree, halves first, and returns the float.
func (w *width) sum(v VecVirtual) {
	if w.wide {
		high := YMM()
		VEXTRACTF32X8(Imm(1), v, high)
		VADDPS(high, v.AsY(), v.AsY())
	}
	x, high := v.AsX(), XMM()
	VEXTRACTF128(Imm(1), v.AsY(), high)
	VADDPS(high, x, x)
	VMOVHLPS(x, x, high)
	VADDPS(high, x, x)
	VMOVSHDUP(x, high)
	VADDSS(high, x, x)
	Store(x, ReturnIndex(0))
}
