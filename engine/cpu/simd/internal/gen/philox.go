package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// random writes the noise kernels; see engine/noise.
func random(w *width) {
	w.words()
	w.normals()
	w.binarise()
	w.pixels()
	w.endTable()
}

// counters is a vector of Philox counters: each word in the low half of a
// 64-bit lane, since that is the half that the multiplication reads.
type counters [4]VecVirtual

// constant words of Philox4x32: the multipliers and what the keys grow by.
const (
	philoxM0 = 0xD2511F53
	philoxM1 = 0xCD9E8D57
	philoxW0 = 0x9E3779B9
	philoxW1 = 0xBB67AE85
)

// xor3 sets d = a ^ b ^ d.
func (w *width) xor3(a, b Op, d VecVirtual) {
	if w.wide {
		VPTERNLOGD(Imm(0x96), a, b, d)
		return
	}
	VPXOR(a, d, d)
	VPXOR(b, d, d)
}

// philox runs ten rounds on each group of counters; all groups share the key.
func (w *width) philox(groups []counters, key0, key1 VecVirtual) {
	k0, k1 := w.vec(), w.vec()
	VMOVAPS(key0, k0)
	VMOVAPS(key1, k1)
	for round := range 10 {
		for i := range groups {
			c := &groups[i]
			a, b := w.vec(), w.vec()
			VPMULUDQ(w.word(philoxM0), c[0], a)
			VPMULUDQ(w.word(philoxM1), c[2], b)
			high0, high1 := w.vec(), w.vec()
			VPSRLQ(Imm(32), b, high0)
			VPSRLQ(Imm(32), a, high1)
			w.xor3(c[1], k0, high0)
			w.xor3(c[3], k1, high1)
			*c = counters{high0, b, high1, a}
		}
		if round < 9 {
			VPADDD(w.word(philoxW0), k0, k0)
			VPADDD(w.word(philoxW1), k1, k1)
		}
	}
}

// pairUp sets each 64-bit lane to low | high<<32.
func (w *width) pairUp(low, high VecVirtual) VecVirtual {
	v := w.vec()
	VPSLLQ(Imm(32), high, v)
	if w.wide {
		low32 := K()
		bits := GP32()
		MOVL(U32(0x5555), bits)
		KMOVW(bits, low32)
		VMOVDQA32(low, low32, v)
		return v
	}
	VPBLENDD(Imm(0x55), low, v, v)
	return v
}

// eachCounter emits a loop over n counters, one vector of 64-bit lanes at a
// time. The body makes two vectors of results, of the counters at even and at
// odd 64-bit lanes, four words for each; they are stored in order.
func (w *width) eachCounter(body func(c counters, key0, key1 VecVirtual) (even, odd VecVirtual)) {
	p := params("n", "dst", "c0", "c1")
	n, dst, c0, c1 := p[0], p[1], p[2], p[3]
	c2, c3 := w.broadcastWord("c2"), w.broadcastWord("c3")
	key0, key1 := w.broadcastWord("k0"), w.broadcastWord("k1")
	lanes := w.lanes() / 2
	step := func(load func(p Register) VecVirtual) (low, high VecVirtual) {
		c := counters{load(c0), load(c1), w.vec(), w.vec()}
		VMOVAPS(c2, c[2])
		VMOVAPS(c3, c[3])
		even, odd := body(c, key0, key1)
		return w.interleave(even, odd)
	}
	SUBQ(Imm(uint64(lanes)), n)
	JL(LabelRef("tail"))
	Label("loop")
	low, high := step(func(p Register) VecVirtual {
		v := w.vec()
		VPMOVZXDQ(Mem{Base: p}, v)
		return v
	})
	VMOVUPS(low, Mem{Base: dst})
	VMOVUPS(high, Mem{Base: dst, Disp: w.bytes})
	ADDQ(Imm(uint64(4*lanes)), c0)
	ADDQ(Imm(uint64(4*lanes)), c1)
	ADDQ(U32(uint32(2*w.bytes)), dst)
	SUBQ(Imm(uint64(lanes)), n)
	JGE(LabelRef("loop"))
	Label("tail")
	ADDQ(Imm(uint64(lanes)), n)
	JZ(LabelRef("end"))
	mask := w.firstLanes(n)
	low, high = step(func(p Register) VecVirtual {
		v := w.vec()
		if w.wide {
			VPMOVZXDQ_Z(Mem{Base: p}, mask, v)
			return v
		}
		x := v.AsX()
		VMASKMOVPS(Mem{Base: p}, mask.(VecVirtual).AsX(), x)
		VPMOVZXDQ(x, v)
		return v
	})
	// The tail has 4n words: a whole vector and a part, or a part only.
	SHLQ(Imm(2), n)
	part := &span{w: w, index: GP64()}
	XORQ(part.index, part.index)
	CMPQ(n, Imm(uint64(w.lanes())))
	JL(LabelRef("part"))
	VMOVUPS(low, Mem{Base: dst})
	VMOVAPS(high, low)
	ADDQ(U32(uint32(w.bytes)), dst)
	SUBQ(Imm(uint64(w.lanes())), n)
	JZ(LabelRef("end"))
	Label("part")
	part.mask = w.firstLanes(n)
	part.store(low, dst)
	Label("end")
	ret()
}

// interleave orders 128-bit lanes e0 e1 … and o0 o1 … as e0 o0 e1 o1 ….
func (w *width) interleave(even, odd VecVirtual) (low, high VecVirtual) {
	low, high = w.vec(), w.vec()
	if !w.wide {
		VPERM2F128(Imm(0x20), odd, even, low)
		VPERM2F128(Imm(0x31), odd, even, high)
		return low, high
	}
	// even = e0 e1 e2 e3, odd = o0 o1 o2 o3: pair halves, then order the middle.
	VSHUFF64X2(Imm(0x44), odd, even, low)  // e0 e1 o0 o1
	VSHUFF64X2(Imm(0xee), odd, even, high) // e2 e3 o2 o3
	VSHUFF64X2(Imm(0xd8), low, low, low)
	VSHUFF64X2(Imm(0xd8), high, high, high)
	return low, high
}

// words writes the four words of each counter.
func (w *width) words() {
	w.function("words", "func(n int, dst, c0, c1 *uint32, c2, c3, k0, k1 uint32)")
	w.eachCounter(func(c counters, key0, key1 VecVirtual) (even, odd VecVirtual) {
		groups := []counters{c}
		w.philox(groups, key0, key1)
		c = groups[0]
		first, last := w.pairUp(c[0], c[1]), w.pairUp(c[2], c[3])
		even, odd = w.vec(), w.vec()
		VPUNPCKLQDQ(last, first, even)
		VPUNPCKHQDQ(last, first, odd)
		return even, odd
	})
}

// uniform is (word>>9 + ½)·2⁻²³, exactly.
func (w *width) uniform(words VecVirtual) VecVirtual {
	v := w.vec()
	VPSRLD(Imm(9), words, v)
	VCVTDQ2PS(v, v)
	VADDPS(w.float(0.5), v, v)
	VMULPS(w.float(1.0/(1<<23)), v, v)
	return v
}

// normals writes four standard normals of each counter (Box and Muller 1958):
// √(−2·ln u)·(cos, sin)(2π·v) of the words 0, 1 and of the words 2, 3.
func (w *width) normals() {
	w.function("normals", "func(n int, dst *float32, c0, c1 *uint32, c2, c3, k0, k1 uint32)")
	w.eachCounter(func(c counters, key0, key1 VecVirtual) (even, odd VecVirtual) {
		groups := []counters{c}
		w.philox(groups, key0, key1)
		c = groups[0]
		radius := w.logOfUniform(w.uniform(w.pairUp(c[0], c[2])))
		VMULPS(w.float(-2), radius, radius)
		VSQRTPS(radius, radius)
		cos, sin := w.cosSin(w.uniform(w.pairUp(c[1], c[3])))
		VMULPS(radius, cos, cos)
		VMULPS(radius, sin, sin)
		even, odd = w.vec(), w.vec()
		VUNPCKLPS(sin, cos, even)
		VUNPCKHPS(sin, cos, odd)
		return even, odd
	})
}

// cosSin gives cos(2πv) and sin(2πv) for 0 < v < 1: 4v = q + d with a whole q
// and |d| ≤ ½, both exact, and q quarter turns of (cos, sin)(½πd).
func (w *width) cosSin(v VecVirtual) (cos, sin VecVirtual) {
	d, q, shifted, square := w.vec(), w.vec(), w.vec(), w.vec()
	VMULPS(w.float(4), v, d)
	VADDPS(w.float(roundMagic), d, shifted)
	VSUBPS(w.float(roundMagic), shifted, q)
	VSUBPS(q, d, d)
	VMULPS(d, d, square)
	s, c := w.polynomial(square, sinPolynomial), w.polynomial(square, cosPolynomial)
	VMULPS(d, s, s)
	// Odd quarters swap the two.
	cos, sin = w.vec(), w.vec()
	odd := w.vec()
	VPSLLD(Imm(31), shifted, odd)
	if w.wide {
		swap := K()
		VPMOVD2M(odd, swap)
		VMOVAPS(c, cos)
		VMOVAPS(s, swap, cos)
		VMOVAPS(s, sin)
		VMOVAPS(c, swap, sin)
	} else {
		VBLENDVPS(odd, s, c, cos)
		VBLENDVPS(odd, c, s, sin)
	}
	// The sine is negative in quarters 2 and 3, the cosine in 1 and 2.
	sign := w.vec()
	VPSLLD(Imm(30), shifted, sign)
	w.and(w.word(signBit), sign, sign)
	w.xor(sign, sin, sin)
	VPADDD(w.word(1), shifted, shifted)
	VPSLLD(Imm(30), shifted, sign)
	w.and(w.word(signBit), sign, sign)
	w.xor(sign, cos, cos)
	return cos, sin
}

// binarise writes dst = 1 where (word>>8)·255 < pixel<<24 and else 0, for n a
// multiple of the lanes.
func (w *width) binarise() {
	w.function("binarise", "func(n int, dst *float32, px *uint8, words *uint32)")
	p := params("n", "dst", "px", "words")
	w.eachWhole(p[0], func(index GPVirtual) {
		px, word, scaled := w.vec(), w.vec(), w.vec()
		VPMOVZXBD(Mem{Base: p[2], Index: index, Scale: 1}, px)
		VPSLLD(Imm(24), px, px)
		VMOVUPS(Mem{Base: p[3], Index: index, Scale: 4}, word)
		VPSRLD(Imm(8), word, word)
		VPSLLD(Imm(8), word, scaled) // 255·x = 256·x − x
		VPSUBD(word, scaled, scaled)
		out := Mem{Base: p[1], Index: index, Scale: 4}
		if w.wide {
			below := K()
			VPCMPUD(Imm(1), px, scaled, below)
			VMOVAPS_Z(w.float(1), below, px)
			VMOVUPS(px, out)
			return
		}
		// There is no unsigned comparison: scaled ≥ px where the larger one is scaled.
		VPMAXUD(scaled, px, px)
		VPCMPEQD(scaled, px, px)
		VPANDN(w.float(1), px, px)
		VMOVUPS(px, out)
	})
	ret()
}

// pixels writes dst = px/255, rounded once, for n a multiple of the lanes.
func (w *width) pixels() {
	w.function("pixels", "func(n int, dst *float32, px *uint8)")
	p := params("n", "dst", "px")
	w.eachWhole(p[0], func(index GPVirtual) {
		v := w.vec()
		VPMOVZXBD(Mem{Base: p[2], Index: index, Scale: 1}, v)
		VCVTDQ2PS(v, v)
		VDIVPS(w.float(255), v, v)
		VMOVUPS(v, Mem{Base: p[1], Index: index, Scale: 4})
	})
	ret()
}

// eachWhole emits a loop over n elements, n a multiple of the lanes.
func (w *width) eachWhole(n GPVirtual, body func(index GPVirtual)) {
	loop, end := label("loop"), label("end")
	index := GP64()
	XORQ(index, index)
	TESTQ(n, n)
	JZ(LabelRef(end))
	Label(loop)
	body(index)
	ADDQ(Imm(uint64(w.lanes())), index)
	CMPQ(index, n)
	JL(LabelRef(loop))
	Label(end)
}
