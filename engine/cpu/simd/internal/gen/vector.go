package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
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

// vec is a vector register of the allocator's choice.
func (w *width) vec() VecVirtual {
	if w.wide {
		return ZMM()
	}
	return YMM()
}

// set is a register that holds a constant in all lanes.
func (w *width) set(x float64) VecVirtual {
	c := w.float(x)
	if v, ok := c.(VecVirtual); ok {
		return v
	}
	v := w.vec()
	VMOVUPS(c, v)
	return v
}

func (w *width) zero(d Op) {
	if w.wide {
		VPXORD(d, d, d)
	} else {
		VXORPS(d, d, d)
	}
}

func (w *width) zeros() VecVirtual {
	v := w.vec()
	w.zero(v)
	return v
}

func (w *width) and(a, b, d Op) {
	if w.wide {
		VPANDD(a, b, d)
	} else {
		VPAND(a, b, d)
	}
}

func (w *width) or(a, b, d Op) {
	if w.wide {
		VPORD(a, b, d)
	} else {
		VPOR(a, b, d)
	}
}

func (w *width) xor(a, b, d Op) {
	if w.wide {
		VPXORD(a, b, d)
	} else {
		VPXOR(a, b, d)
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

// broadcast loads a float argument into all lanes.
func (w *width) broadcast(name string) VecVirtual {
	v := w.vec()
	VBROADCASTSS(Load(Param(name), XMM()).(VecVirtual), v)
	return v
}

// broadcastWord loads a 32-bit integer argument into all lanes.
func (w *width) broadcastWord(name string) VecVirtual {
	x, v := XMM(), w.vec()
	VMOVD(Load(Param(name), GP32()), x)
	VPBROADCASTD(x, v)
	return v
}

// ret leaves the function with clean upper halves, so that SSE code after it is not slowed.
func ret() {
	VZEROUPPER()
	RET()
}

// function starts an assembly function of this width.
func (w *width) function(name, signature string) {
	TEXT(name+w.name, NOSPLIT, signature)
}

var labels int

// label is a name that no other place in the file has.
func label(name string) string {
	labels++
	return fmt.Sprintf("%s%d", name, labels)
}

// A table of constants stands at the end of each file. For AVX2 each is repeated
// to fill a vector, so that it can be an operand in memory; for AVX-512, whose
// vectors the linker does not align, each stands once and is broadcast.
var (
	tableWords []uint32
	tableIndex = map[uint32]int{}
	usesMasks  bool
)

var (
	tableAddress = NewDataAddr(Symbol{Name: "constants", Static: true}, 0)
	maskAddress  = NewDataAddr(Symbol{Name: "masks", Static: true}, 0)
)

func (w *width) word(bits uint32) Op {
	i, ok := tableIndex[bits]
	if !ok {
		i = len(tableWords)
		tableIndex[bits] = i
		tableWords = append(tableWords, bits)
	}
	if !w.wide {
		return tableAddress.Offset(i * w.bytes)
	}
	v := w.vec()
	VBROADCASTSS(tableAddress.Offset(4*i), v)
	return v
}

func (w *width) float(x float64) Op { return w.word(math.Float32bits(float32(x))) }

// endTable writes the constants, and the lane masks that AVX2 reads its tails
// with: as many ones as there are lanes, then as many zeros.
func (w *width) endTable() {
	if len(tableWords) > 0 {
		GLOBL("constants", attr.RODATA|attr.NOPTR)
		for i, bits := range tableWords {
			if w.wide {
				DATA(4*i, U32(bits))
				continue
			}
			for lane := range w.lanes() {
				DATA(i*w.bytes+4*lane, U32(bits))
			}
		}
	}
	if usesMasks {
		GLOBL("masks", attr.RODATA|attr.NOPTR)
		for lane := range 2 * w.lanes() {
			bits := uint32(0)
			if lane < w.lanes() {
				bits = 0xffffffff
			}
			DATA(4*lane, U32(bits))
		}
	}
}
