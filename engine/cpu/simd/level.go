package simd

import "fmt"

// Level is the instruction set that the kernels are written in.
type Level int

// The levels, each needing more of the processor than the one before.
const (
	Portable Level = iota // plain Go, any processor
	AVX2                  // AVX2 and FMA, x86-64-v3
	AVX512                // AVX-512 F, BW, DQ and VL
)

var levelNames = [...]string{Portable: "portable", AVX2: "avx2", AVX512: "avx512"}

func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("level %d", int(l))
	}
	return levelNames[l]
}

// ParseLevel reads a level's name.
func ParseLevel(name string) (Level, error) {
	for l, n := range levelNames {
		if n == name {
			return Level(l), nil
		}
	}
	return Portable, fmt.Errorf("instruction set %q is not known; choose portable, avx2 or avx512", name)
}

// Best is the highest level that this processor can run.
func Best() Level {
	for l := AVX512; l > Portable; l-- {
		if l.supported() {
			return l
		}
	}
	return Portable
}
