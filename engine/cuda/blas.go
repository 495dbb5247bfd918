//go:build cuda

package cuda

// #include "driver.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"gorgonia.org/cu"

	"ssdgm/kernels"
)

// libraryVariable names the file of cuBLAS where the loader does not find it.
const libraryVariable = "CUBLAS_PATH"

// workspace is what NVIDIA advises for cuBLAS on Hopper; older cards want less.
const workspace = 32 << 20

// library is cuBLAS with a handle of the device's own.
type library struct {
	blas      *C.blas_t // C memory, as the queue holds it too
	version   int
	workspace cu.DevicePtr
	warm      map[product]bool
}

// openLibrary finds and opens cuBLAS.
func openLibrary(d *device) (*library, error) {
	names := []string{"libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "/usr/local/cuda/lib64/libcublas.so"}
	if path := os.Getenv(libraryVariable); path != "" {
		names = []string{path}
	}
	l := &library{blas: (*C.blas_t)(C.calloc(1, C.sizeof_blas_t)), warm: map[product]bool{}}
	if !l.load(names) {
		return nil, errors.Join(l.close(d), unsupportedf("cuda: cuBLAS: want one of %s, found none with the entry points needed; set %s to the file, or use matmul = %q",
			strings.Join(names, ", "), libraryVariable, Own))
	}
	err := onThread(d.card.context, func() (err error) {
		if l.workspace, err = cu.MemAlloc(workspace); err != nil {
			return fmt.Errorf("cuda: %s of workspace for cuBLAS: %w", inBytes(workspace), known(err))
		}
		tf32 := C.int(0)
		if d.tf32 {
			tf32 = 1
		}
		address := uintptr(l.workspace)
		if status := C.blas_open(l.blas, unsafe.Pointer(d.queue.stream), *(*unsafe.Pointer)(unsafe.Pointer(&address)), workspace, tf32); status != 0 {
			return fmt.Errorf("cuda: cuBLAS: status %d of its creation; try a cuBLAS as old as the driver, or matmul = %q", int(status), Own)
		}
		l.version = int(C.blas_version(l.blas))
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, l.close(d))
	}
	d.queue.blas = l.blas
	return l, nil
}

func (l *library) load(names []string) bool {
	list := make([]*C.char, len(names))
	for i, n := range names {
		list[i] = C.CString(n)
		defer C.free(unsafe.Pointer(list[i]))
	}
	// The list itself must not be Go memory, as it holds pointers.
	size := C.size_t(len(list)) * C.size_t(unsafe.Sizeof(list[0]))
	array := C.malloc(size)
	defer C.free(array)
	copy(unsafe.Slice((**C.char)(array), len(list)), list)
	return C.blas_load(l.blas, (**C.char)(array), C.int(len(list))) != 0
}

// close frees everything.
func (l *library) close(d *device) error {
	return onThread(d.card.context, func() (err error) {
		C.blas_close(l.blas)
		C.free(unsafe.Pointer(l.blas))
		if l.workspace != 0 {
			err = cu.MemFree(l.workspace)
		}
		return err
	})
}

// libraryOf is the library at work for a device.
type libraryOf struct {
	*library
	d *device
}

// multiply implements multiplier: the product as a launch, for all replicas. Before the first of its
// shape, cuBLAS does it once into memory that nobody reads, so that it loads its
// kernels outside of a capture.
func (l libraryOf) multiply(p product, c, a, b kernels.Floats) kernels.Launch {
	d := l.d
	ldc, lda, ldb := p.m, p.m, p.k
	if p.transA {
		lda = p.k
	}
	if p.transB {
		ldb = p.n
	}
	if !l.warm[p] && d.err == nil {
		l.warm[p] = true
		d.keep(onThread(d.card.context, func() error {
			scrap, err := cu.MemAlloc(int64(4 * p.m * p.n * d.replicas))
			if err != nil {
				return fmt.Errorf("cuda: scratch memory for cuBLAS: %w", known(err))
			}
			var first list
			to := kernels.Floats{Ptr: uint64(scrap), Stride: int64(p.m * p.n)}
			first.add(nil, launch{Launch: p.arguments(d.replicas, to, a, b, lda, ldb, ldc), step: libraryProduct{product: p}})
			if err := first.launch(d.queue, true); err != nil {
				return err
			}
			return cu.MemFree(scrap)
		}))
	}
	return p.arguments(d.replicas, c, a, b, lda, ldb, ldc)
}

// arguments are those of blas_multiply in blas.h.
func (p product) arguments(replicas int, c, a, b kernels.Floats, lda, ldb, ldc int) kernels.Launch {
	transposed := func(t bool) uint64 {
		if t {
			return 1
		}
		return 0
	}
	return kernels.Launch{
		Kernel: productOfLibrary,
		Grid:   [3]uint32{1, 1, 1}, Block: [3]uint32{1, 1, 1},
		Args: []uint64{
			transposed(p.transA), transposed(p.transB), uint64(p.m), uint64(p.n), uint64(p.k),
			a.Ptr, uint64(lda), uint64(a.Stride), b.Ptr, uint64(ldb), uint64(b.Stride),
			c.Ptr, uint64(ldc), uint64(c.Stride), uint64(replicas),
		},
		Params: []uint8{0}, // all of them are one
	}
}
