package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// matMul writes the kernels of the matrix product: register tiles, packing
// and the loop that measures the ceiling.
func matMul(w *width) {
	if w.wide {
		for rows := 1; rows <= 14; rows++ {
			w.tile(rows, 2)
			w.tile(rows, 1)
		}
	} else {
		for rows := 1; rows <= 6; rows++ {
			w.tile(rows, 2)
		}
	}
	w.packRows(2)
	if w.wide {
		w.packRows(1)
	}
	w.packColumns()
	w.peak()
}

// rowAddress reaches the rows of a tile with one base register and odd
// multiples of the row stride, which the index scale doubles.
type rowAddress struct {
	base Register
	odd  map[int]Register
}

func newRowAddress(base Register, stride GPVirtual, rows int) rowAddress {
	r := rowAddress{base: base, odd: map[int]Register{1: stride}}
	for o := 3; o < rows; o += 2 {
		t := GP64()
		LEAQ(Mem{Base: r.odd[o-2], Index: stride, Scale: 2}, t)
		r.odd[o] = t
	}
	return r
}

func (r rowAddress) row(i int) Mem {
	if i == 0 {
		return Mem{Base: r.base}
	}
	odd, scale := i, 1
	for odd%2 == 0 {
		odd /= 2
		scale *= 2
	}
	return Mem{Base: r.base, Index: r.odd[odd], Scale: uint8(scale)}
}

// tile writes C[rows, vectors·lanes] = (C +) Σ_k a[i, k]·b[k, :], b packed.
// Every element is one chain of fused multiply-adds in the order of k that
// starts from C or from zero, so the blocking of k leaves no trace in the bits.
func (w *width) tile(rows, vectors int) {
	name := fmt.Sprintf("tile%s_%dx%d", w.name, rows, vectors*w.lanes())
	TEXT(name, NOSPLIT, "func(k int, a *float32, rowStride, kStride uintptr, b, c *float32, ldc, accumulate, mask uintptr, next *float32)")
	p := params("k", "a", "rowStride", "kStride", "b")
	k, a, kStride, b := p[0], p[1], p[3], p[4]
	n := rows * vectors
	acc, bRegs, temps := w.regs[:n], w.regs[n:n+vectors], w.regs[len(w.regs)-2:]
	w.prefetchTile(rows, vectors)
	w.loadTile(rows, vectors, acc)
	address := newRowAddress(a, p[2], rows)
	ahead := GP64()
	LEAQ(Mem{Base: kStride, Index: kStride, Scale: 1}, ahead)
	step := func(offset int) {
		// The elements of A for a later step: a transposed A has a line for each step.
		PREFETCHT0(Mem{Base: a, Index: ahead, Scale: 8})
		for v := 0; v < vectors; v++ {
			VMOVUPS(Mem{Base: b, Disp: offset + v*w.bytes}, bRegs[v])
		}
		for i := 0; i < rows; i++ {
			t := temps[i%2]
			VBROADCASTSS(address.row(i), t)
			for v := 0; v < vectors; v++ {
				VFMADD231PS(bRegs[v], t, acc[i*vectors+v])
			}
		}
		ADDQ(kStride, a)
	}
	const unroll = 4
	bytes := vectors * w.bytes
	SUBQ(Imm(unroll), k)
	JL(LabelRef("tail"))
	Label("loop")
	for u := 0; u < unroll; u++ {
		step(u * bytes)
	}
	ADDQ(U32(unroll*bytes), b)
	SUBQ(Imm(unroll), k)
	JGE(LabelRef("loop"))
	Label("tail")
	ADDQ(Imm(unroll), k)
	JZ(LabelRef("store"))
	Label("single")
	step(0)
	ADDQ(U32(bytes), b)
	DECQ(k)
	JNZ(LabelRef("single"))
	Label("store")
	w.storeTile(rows, vectors, acc)
}

// prefetchTile asks for the lines of the tile of C that comes next, which arrive
// while this one is computed.
func (w *width) prefetchTile(rows, vectors int) {
	p := params("next", "ldc")
	next, ldc := p[0], p[1]
	for i := 0; i < rows; i++ {
		for offset := 0; offset < vectors*w.bytes; offset += 64 {
			PREFETCHT0(Mem{Base: next, Disp: offset})
		}
		PREFETCHT0(Mem{Base: next, Disp: vectors*w.bytes - 4})
		if i+1 < rows {
			ADDQ(ldc, next)
		}
	}
}

// loadTile sets the accumulators to C or to zero.
func (w *width) loadTile(rows, vectors int, acc []VecPhysical) {
	p := params("c", "ldc", "accumulate")
	c, ldc, accumulate := p[0], p[1], p[2]
	if w.wide {
		w.loadMask(vectors)
	}
	for _, r := range acc {
		w.zero(r)
	}
	TESTQ(accumulate, accumulate)
	JZ(LabelRef("start"))
	for i := 0; i < rows; i++ {
		for v := 0; v < vectors; v++ {
			m := Mem{Base: c, Disp: v * w.bytes}
			if w.wide {
				VMOVUPS_Z(m, []OpmaskPhysical{K1, K2}[v], acc[i*vectors+v])
			} else {
				VMOVUPS(m, acc[i*vectors+v])
			}
		}
		if i+1 < rows {
			ADDQ(ldc, c)
		}
	}
	Label("start")
}

// loadMask splits the mask of valid columns over K1 and K2.
func (w *width) loadMask(vectors int) {
	mask := params("mask")[0]
	KMOVW(mask.As32(), K1)
	if vectors == 2 {
		SHRQ(Imm(16), mask)
		KMOVW(mask.As32(), K2)
	}
}

func (w *width) storeTile(rows, vectors int, acc []VecPhysical) {
	p := params("c", "ldc")
	c, ldc := p[0], p[1]
	for i := 0; i < rows; i++ {
		for v := 0; v < vectors; v++ {
			m := Mem{Base: c, Disp: v * w.bytes}
			if w.wide {
				VMOVUPS(acc[i*vectors+v], []OpmaskPhysical{K1, K2}[v], m)
			} else {
				VMOVUPS(acc[i*vectors+v], m)
			}
		}
		if i+1 < rows {
			ADDQ(ldc, c)
		}
	}
	ret()
}

// peak writes rounds of 96 independent fused multiply-adds: the ceiling that
// the matrix product is measured against.
func (w *width) peak() {
	TEXT("peak"+w.name, NOSPLIT, "func(rounds int)")
	rounds := params("rounds")[0]
	chains := 24
	if !w.wide {
		chains = 12
	}
	x, y := w.regs[chains], w.regs[chains+1]
	for i := 0; i < chains+2; i++ {
		w.zero(w.regs[i])
	}
	Label("loop")
	for i := 0; i < 96; i++ {
		VFMADD231PS(x, y, w.regs[i%chains])
	}
	DECQ(rounds)
	JNZ(LabelRef("loop"))
	ret()
}
