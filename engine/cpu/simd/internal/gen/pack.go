package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// packRows copies k rows of up to vectors·lanes floats (stride ld bytes) into
// dense rows, zero beyond the valid columns. The mask is a bit set (AVX-512)
// or the address of lane masks (AVX2).
func (w *width) packRows(vectors int) {
	name := fmt.Sprintf("packRows%s_%d", w.name, vectors*w.lanes())
	TEXT(name, NOSPLIT, "func(k int, src *float32, ld uintptr, dst *float32, mask uintptr)")
	p := params("k", "src", "ld", "dst")
	k, src, ld, dst := p[0], p[1], p[2], p[3]
	data, masks := w.regs[:vectors], w.regs[vectors:2*vectors]
	if w.wide {
		w.loadMask(vectors)
	} else {
		mask := params("mask")[0]
		for v := range masks {
			VMOVUPS(Mem{Base: mask, Disp: v * w.bytes}, masks[v])
		}
	}
	TESTQ(k, k)
	JZ(LabelRef("end"))
	Label("loop")
	for v := 0; v < vectors; v++ {
		m := Mem{Base: src, Disp: v * w.bytes}
		if w.wide {
			VMOVUPS_Z(m, []OpmaskPhysical{K1, K2}[v], data[v])
		} else {
			VMASKMOVPS(m, masks[v], data[v])
		}
	}
	for v := 0; v < vectors; v++ {
		VMOVUPS(data[v], Mem{Base: dst, Disp: v * w.bytes})
	}
	ADDQ(ld, src)
	ADDQ(U32(vectors*w.bytes), dst)
	DECQ(k)
	JNZ(LabelRef("loop"))
	Label("end")
	ret()
}

// packColumns transposes: dst[p, i] = src[i, p] for p < k and the lanes i of
// one vector. offsets holds the byte offset of each source row; rows beyond
// the matrix repeat a valid one, since their lanes are never stored in C.
func (w *width) packColumns() {
	TEXT("packColumns"+w.name, NOSPLIT, "func(k int, src *float32, offsets *uintptr, dst *float32, ldd uintptr, mask uintptr)")
	p := params("k", "src", "offsets", "dst", "ldd")
	k, src, offsets, dst, ldd := p[0], p[1], p[2], p[3], p[4]
	lanes := w.lanes()
	row := GP64()
	load := func(mask Op) {
		for i := 0; i < lanes; i++ {
			MOVQ(Mem{Base: offsets, Disp: 8 * i}, row)
			m := Mem{Base: src, Index: row, Scale: 1}
			switch {
			case mask == nil:
				VMOVUPS(m, w.regs[i])
			case w.wide:
				VMOVUPS_Z(m, mask, w.regs[i])
			default:
				VMASKMOVPS(m, mask, w.regs[i])
			}
		}
	}
	SUBQ(Imm(uint64(lanes)), k)
	JL(LabelRef("tail"))
	Label("loop")
	load(nil)
	out := w.transpose()
	for i := 0; i < lanes; i++ {
		VMOVUPS(out[i], Mem{Base: dst})
		ADDQ(ldd, dst)
	}
	ADDQ(U32(w.bytes), src)
	SUBQ(Imm(uint64(lanes)), k)
	JGE(LabelRef("loop"))
	Label("tail")
	ADDQ(Imm(uint64(lanes)), k)
	JZ(LabelRef("end"))
	mask := params("mask")[0]
	if w.wide {
		KMOVW(mask.As32(), K1)
		load(K1)
	} else {
		VMOVUPS(Mem{Base: mask}, w.regs[15])
		load(w.regs[15])
	}
	out = w.transpose()
	for i := 0; i < lanes-1; i++ {
		VMOVUPS(out[i], Mem{Base: dst})
		DECQ(k)
		JZ(LabelRef("end"))
		ADDQ(ldd, dst)
	}
	Label("end")
	ret()
}

// transpose turns the square block in the first registers; it returns the
// registers of the rows of the result.
func (w *width) transpose() []VecPhysical {
	n, r := w.lanes(), w.regs
	lo, hi := r[:n], r[n:2*n]
	for i := 0; i < n; i += 2 {
		VUNPCKLPS(lo[i+1], lo[i], hi[i])
		VUNPCKHPS(lo[i+1], lo[i], hi[i+1])
	}
	for i := 0; i < n; i += 4 {
		VUNPCKLPD(hi[i+2], hi[i], lo[i])
		VUNPCKHPD(hi[i+2], hi[i], lo[i+1])
		VUNPCKLPD(hi[i+3], hi[i+1], lo[i+2])
		VUNPCKHPD(hi[i+3], hi[i+1], lo[i+3])
	}
	// lo[4g+c], 128-bit lane l: source rows 4g..4g+3 of column 4l+c.
	if !w.wide {
		for c := 0; c < 4; c++ {
			VPERM2F128(Imm(0x20), lo[4+c], lo[c], hi[c])
			VPERM2F128(Imm(0x31), lo[4+c], lo[c], hi[4+c])
		}
		return hi
	}
	for c := 0; c < 4; c++ {
		VSHUFF32X4(Imm(0x88), lo[4+c], lo[c], hi[c])
		VSHUFF32X4(Imm(0xdd), lo[4+c], lo[c], hi[4+c])
		VSHUFF32X4(Imm(0x88), lo[12+c], lo[8+c], hi[8+c])
		VSHUFF32X4(Imm(0xdd), lo[12+c], lo[8+c], hi[12+c])
	}
	for c := 0; c < 4; c++ {
		VSHUFF32X4(Imm(0x88), hi[8+c], hi[c], lo[c])
		VSHUFF32X4(Imm(0x88), hi[12+c], hi[4+c], lo[4+c])
		VSHUFF32X4(Imm(0xdd), hi[8+c], hi[c], lo[8+c])
		VSHUFF32X4(Imm(0xdd), hi[12+c], hi[4+c], lo[12+c])
	}
	return lo
}
