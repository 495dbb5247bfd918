package simd

// Words sets dst[4i:4i+4] to the four words of Philox4x32-10 of the counter
// (c0[i], c1[i], c2, c3) under the key (k0, k1); see engine/noise.
func (k *Kernels) Words(dst, c0, c1 []uint32, c2, c3, k0, k1 uint32) {
	n := len(c0)
	k.table.words(n, ptr(dst, 4*n), ptr(c0, n), ptr(c1, n), c2, c3, k0, k1)
}

// Normals sets dst[4i:4i+4] to the four standard normals of the same words; see
// noise.Normals, to which they are equal within 2e-7·max(1, |value|).
func (k *Kernels) Normals(dst []float32, c0, c1 []uint32, c2, c3, k0, k1 uint32) {
	n := len(c0)
	k.table.normals(n, ptr(dst, 4*n), ptr(c0, n), ptr(c1, n), c2, c3, k0, k1)
}

// wholeVectors is the part of n elements that no level has to mask.
func wholeVectors(n int) int { return n &^ 15 }

// Binarise sets dst to 1 with probability px/255 and else to 0; see noise.Bit.
func (k *Kernels) Binarise(dst []float32, px []uint8, words []uint32) {
	n := len(dst)
	whole := wholeVectors(n)
	k.table.binarise(whole, ptr(dst, n), ptr(px, n), ptr(words, n))
	for i := whole; i < n; i++ {
		dst[i] = 0
		if (words[i]>>8)*255 < uint32(px[i])<<24 {
			dst[i] = 1
		}
	}
}

// Pixels sets dst = px/255, rounded once.
func (k *Kernels) Pixels(dst []float32, px []uint8) {
	n := len(dst)
	whole := wholeVectors(n)
	k.table.pixels(whole, ptr(dst, n), ptr(px, n))
	for i := whole; i < n; i++ {
		dst[i] = float32(px[i]) / 255
	}
}
