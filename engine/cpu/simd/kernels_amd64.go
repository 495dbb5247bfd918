package simd

import "unsafe"

func kernelsOf(l Level) *Kernels {
	switch l {
	case AVX512:
		return &Kernels{level: AVX512, gemm: &gemm512, table: table512}
	case AVX2:
		return &Kernels{level: AVX2, gemm: &gemm256, table: table256}
	}
	return &Kernels{level: Portable, gemm: &portableGemm}
}

var gemm512 = gemm{
	rows: 14, columns: 32, narrow: 16, block: 16, depth: 800, group: 7, masked: true,
	tiles: []tileKernel{
		tile512_1x32, tile512_2x32, tile512_3x32, tile512_4x32, tile512_5x32, tile512_6x32, tile512_7x32,
		tile512_8x32, tile512_9x32, tile512_10x32, tile512_11x32, tile512_12x32, tile512_13x32, tile512_14x32},
	narrowTiles: []tileKernel{
		tile512_1x16, tile512_2x16, tile512_3x16, tile512_4x16, tile512_5x16, tile512_6x16, tile512_7x16,
		tile512_8x16, tile512_9x16, tile512_10x16, tile512_11x16, tile512_12x16, tile512_13x16, tile512_14x16},
	mask:     func(n int) uintptr { return 1<<n - 1 },
	packRows: packRows512_32, packNarrow: packRows512_16, packColumns: packColumns512,
}

var gemm256 = gemm{
	rows: 6, columns: 16, block: 8, depth: 800, group: 7,
	tiles:    []tileKernel{tile256_1x16, tile256_2x16, tile256_3x16, tile256_4x16, tile256_5x16, tile256_6x16},
	mask:     laneMask,
	packRows: packRows256_16, packColumns: packColumns256,
}

// laneMasks are 16 lanes of ones and then 16 of zeros: a window into them is
// the mask of the first n of up to 16 lanes.
var laneMasks = func() (m [32]int32) {
	for i := range 16 {
		m[i] = -1
	}
	return m
}()

func laneMask(n int) uintptr { return uintptr(unsafe.Pointer(&laneMasks[16-n])) }

// peak runs rounds of 96 independent multiply-adds and gives the number of operations.
func peak(l Level, rounds int) float64 {
	switch l {
	case AVX512:
		peak512(rounds)
		return 96 * 2 * 16 * float64(rounds)
	case AVX2:
		peak256(rounds)
		return 96 * 2 * 8 * float64(rounds)
	}
	flops, _ := portablePeak(rounds)
	return flops
}

var table512 = table{
	activations: activations512,
	exp:         exp512,

	columnSums: columnSums512,
	sum:        sum512,
	sumSquares: sumSquares512,

	gaussianSample:     gaussianSample512,
	gaussianSampleGrad: gaussianSampleGrad512,
	kl:                 kl512,
	klGrad:             klGrad512,
	bernoulliNLL:       bernoulliNLL512,
	gaussianNLL:        gaussianNLL512,

	zeroMissing:         zeroMissing512,
	bernoulliNLLMissing: bernoulliNLLMissing512,
	gaussianNLLMissing:  gaussianNLLMissing512,

	words:    words512,
	normals:  normals512,
	binarise: binarise512,
	pixels:   pixels512,

	rules: rules512,
}

var table256 = table{
	activations: activations256,
	exp:         exp256,

	columnSums: columnSums256,
	sum:        sum256,
	sumSquares: sumSquares256,

	gaussianSample:     gaussianSample256,
	gaussianSampleGrad: gaussianSampleGrad256,
	kl:                 kl256,
	klGrad:             klGrad256,
	bernoulliNLL:       bernoulliNLL256,
	gaussianNLL:        gaussianNLL256,

	zeroMissing:         zeroMissing256,
	bernoulliNLLMissing: bernoulliNLLMissing256,
	gaussianNLLMissing:  gaussianNLLMissing256,

	words:    words256,
	normals:  normals256,
	binarise: binarise256,
	pixels:   pixels256,

	rules: rules256,
}
