//go:build !amd64

package simd

func (l Level) supported() bool { return l == Portable }
