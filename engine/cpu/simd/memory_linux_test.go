package simd

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// edge gives n elements whose end is the end of the readable memory: a kernel
// that reads or writes beyond them is killed.
func edge[T any](t *testing.T, n int) []T {
	size := int(unsafe.Sizeof(*new(T)))
	page := unix.Getpagesize()
	pages := (n*size + page - 1) / page * page
	memory, err := unix.Mmap(-1, 0, pages+page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Munmap(memory); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Mprotect(memory[pages:], unix.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return unsafe.Slice((*T)(unsafe.Add(unsafe.Pointer(&memory[0]), pages-n*size)), n)
}
