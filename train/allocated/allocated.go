// Package allocated measures what a piece of code allocates, for the tests of parsers: a file
// must not make them take more memory than it has bytes to show for.
package allocated

import "runtime/metrics"

// Bytes runs f and returns how many bytes were allocated meanwhile, by it or beside it. Small
// allocations may not be counted yet; large ones always are.
func Bytes(f func()) uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	before := sample[0].Value.Uint64()
	f()
	metrics.Read(sample)
	return sample[0].Value.Uint64() - before
}
