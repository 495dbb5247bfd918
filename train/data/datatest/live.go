package datatest

import "runtime"

// LiveBytes are the bytes of the heap that are in use. It collects twice, since what lies in a sync.Pool outlives one
// collection.
func LiveBytes() int64 {
	var memory runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapAlloc)
}
