package simd

import "golang.org/x/sys/cpu"

func (l Level) supported() bool {
	avx2 := cpu.X86.HasAVX2 && cpu.X86.HasFMA
	switch l {
	case Portable:
		return true
	case AVX2:
		return avx2
	case AVX512:
		return avx2 && cpu.X86.HasBMI2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL
	}
	return false
}
