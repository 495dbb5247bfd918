//go:build cuda

package cuda

// #include "driver.h"
import "C"

import (
	"fmt"
	"slices"
	"unsafe"

	"ssdgm/engine"
	"ssdgm/kernels"
)

// staging is the size of the page-locked memory that copies go through: large
// enough for a transfer at the bus's speed, small enough to stay in a cache.
const staging = 1 << 20

// newArray makes an array of n elements for each replica, or one for all.
func newArray[E any](d *device, kind, n int, shared bool) engine.Array[E] {
	size := int64(unsafe.Sizeof(*new(E)))
	a := engine.Array[E]{Len: n}
	bytes := size * int64(n)
	if !shared {
		stride := roundUp(bytes, replicaAlignment)
		a.Stride = int(stride / size)
		bytes += stride * int64(d.replicas-1)
	}
	d.reserve(kind, bytes)
	a.Block = len(d.blocks[kind])
	return a
}

// NewFloats implements engine.Memory.
func (d *device) NewFloats(n int) engine.Floats { return newArray[float32](d, floatKind, n, false) }

// NewSharedFloats implements engine.Memory.
func (d *device) NewSharedFloats(n int) engine.Floats {
	return newArray[float32](d, floatKind, n, true)
}

// NewDoubles implements engine.Memory.
func (d *device) NewDoubles(n int) engine.Doubles { return newArray[float64](d, doubleKind, n, false) }

// NewInts implements engine.Memory.
func (d *device) NewInts(n int) engine.Ints { return newArray[int32](d, intKind, n, false) }

// NewSharedInts implements engine.Memory.
func (d *device) NewSharedInts(n int) engine.Ints { return newArray[int32](d, intKind, n, true) }

// NewSharedBytes implements engine.Memory.
func (d *device) NewSharedBytes(n int) engine.Bytes { return newArray[uint8](d, byteKind, n, true) }

// resolve finds an array on the card; an absent array has address 0.
func resolve[E any](d *device, kind int, a engine.Array[E]) kernels.Array[E] {
	if a.IsNil() {
		return kernels.Array[E]{}
	}
	start := d.blocks[kind][a.Block-1].start
	return kernels.Array[E]{Ptr: start + uint64(a.Offset)*uint64(unsafe.Sizeof(*new(E))), Stride: int64(a.Stride)}
}

func (d *device) floats(a engine.Floats) kernels.Floats    { return resolve(d, floatKind, a) }
func (d *device) doubles(a engine.Doubles) kernels.Doubles { return resolve(d, doubleKind, a) }
func (d *device) ints(a engine.Ints) kernels.Ints          { return resolve(d, intKind, a) }
func (d *device) bytes(a engine.Bytes) kernels.Bytes       { return resolve(d, byteKind, a) }

// addresses is the device's memory as launches see it.
type addresses struct {
	d    *device
	lane int // whose scratch memory it is
}

// Floats implements kernels.Memory.
func (a addresses) Floats(x engine.Floats) kernels.Floats { return a.d.floats(x) }

// Doubles implements kernels.Memory.
func (a addresses) Doubles(x engine.Doubles) kernels.Doubles { return a.d.doubles(x) }

// Ints implements kernels.Memory.
func (a addresses) Ints(x engine.Ints) kernels.Ints { return a.d.ints(x) }

// Bytes implements kernels.Memory.
func (a addresses) Bytes(x engine.Bytes) kernels.Bytes { return a.d.bytes(x) }

// Scratch implements kernels.Memory.
func (a addresses) Scratch(floats int) kernels.Floats { return a.d.scratchFor(a.lane, floats) }

// write copies a host slice into an array of one replica.
func write[E any](d *device, what string, to kernels.Array[E], n, replica int, src []E) {
	mustMatch(what, n, len(src))
	if d.err != nil || n == 0 {
		return
	}
	size := uint64(unsafe.Sizeof(src[0]))
	address := to.Ptr + uint64(replica)*uint64(to.Stride)*size
	r := C.upload(d.queue, C.CUdeviceptr(address), unsafe.Pointer(&src[0]), C.size_t(uint64(n)*size), d.staging, staging)
	d.keep(d.late(what, failed(r)))
}

// read copies an array of one replica into a host slice.
func read[E any](d *device, what string, dst []E, from kernels.Array[E], n, replica int) {
	mustMatch(what, n, len(dst))
	if d.err != nil || n == 0 {
		return
	}
	size := uint64(unsafe.Sizeof(dst[0]))
	address := from.Ptr + uint64(replica)*uint64(from.Stride)*size
	r := C.download(d.queue, unsafe.Pointer(&dst[0]), C.CUdeviceptr(address), C.size_t(uint64(n)*size), d.staging, staging)
	d.keep(d.late(what, failed(r)))
}

func mustMatch(what string, want, got int) {
	if want != got {
		panic(fmt.Sprintf("engine: %s: %d elements, want %d", what, got, want))
	}
}

// WriteFloats implements engine.Memory.
func (d *device) WriteFloats(dst engine.Floats, replica int, src []float32) {
	write(d, "WriteFloats", d.floats(dst), dst.Len, replica, src)
}

// WriteDoubles implements engine.Memory.
func (d *device) WriteDoubles(dst engine.Doubles, replica int, src []float64) {
	write(d, "WriteDoubles", d.doubles(dst), dst.Len, replica, src)
}

// WriteInts implements engine.Memory.
func (d *device) WriteInts(dst engine.Ints, replica int, src []int32) {
	write(d, "WriteInts", d.ints(dst), dst.Len, replica, src)
}

// WriteBytes implements engine.Memory.
func (d *device) WriteBytes(dst engine.Bytes, src []uint8) {
	if b := d.blocks[byteKind][dst.Block-1]; b.host {
		mustMatch("WriteBytes", dst.Len, len(src))
		d.wait()
		copy(hostMemory(b)[dst.Offset:], src)
		d.forget(dst.Block)
		return
	}
	write(d, "WriteBytes", d.bytes(dst), dst.Len, 0, src)
}

// ReadFloats implements engine.Memory.
func (d *device) ReadFloats(dst []float32, src engine.Floats, replica int) {
	read(d, "ReadFloats", dst, d.floats(src), src.Len, replica)
}

// ReadDoubles implements engine.Memory.
func (d *device) ReadDoubles(dst []float64, src engine.Doubles, replica int) {
	read(d, "ReadDoubles", dst, d.doubles(src), src.Len, replica)
}

// ReadInts implements engine.Memory.
func (d *device) ReadInts(dst []int32, src engine.Ints, replica int) {
	read(d, "ReadInts", dst, d.ints(src), src.Len, replica)
}

// allocateOnHost gives a block page-locked memory of the host.
func (d *device) allocateOnHost(b *block) error {
	var p unsafe.Pointer
	if err := failed(C.pin(d.queue.context, &p, C.size_t(b.bytes))); err != nil {
		return fmt.Errorf("cuda: %w: want %s of the host's memory for data that the card has no room for, found %w",
			engine.ErrOutOfMemory, inBytes(b.bytes), err)
	}
	b.start, b.host = uint64(uintptr(p)), true
	clear(hostMemory(*b))
	return nil
}

// hostMemory is a block that lies on the host, as a slice.
func hostMemory(b block) []byte {
	address := uintptr(b.start)
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), b.bytes)
}

// releaseHost frees the blocks among these that lie on the host, once the steps
// before are done with them.
func (d *device) releaseHost(blocks []block) {
	for _, b := range blocks {
		if !b.host {
			continue
		}
		d.wait()
		C.unpin(d.queue.context, C.uint64_t(b.start))
	}
}

// isOnHost implements hostData.
func (d *device) isOnHost(images engine.Bytes) bool {
	return d.err == nil && d.blocks[byteKind][images.Block-1].host
}

// newFetch implements hostData.
func (d *device) newFetch(images engine.Bytes, rows, width int) fetch {
	const bytes = 4 // of a float
	f := fetch{images: images, index: d.NewInts(rows), clock: d.NewSharedInts(1), rows: d.NewFloats((rows*width + bytes - 1) / bytes)}
	d.fetches = append(d.fetches, f)
	d.forgetRows(f)
	return f
}

// forgetRows makes every row that was fetched count as another example's.
func (d *device) forgetRows(f fetch) {
	none := slices.Repeat([]int32{-1}, f.index.Len)
	for r := range d.replicas {
		d.WriteInts(f.index, r, none)
	}
}

// forget drops what has been fetched of images that are written anew.
func (d *device) forget(images int) {
	for _, f := range d.fetches {
		if f.images.Block == images {
			d.forgetRows(f)
		}
	}
}
