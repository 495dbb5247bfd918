package kernels

// scratchCounters is how many counters scratch memory begins with, see last_block.cuh.
const scratchCounters = 1024

// scratch is the length in floats, for one replica, of scratch memory with the given
// floats after its counters: a multiple of 4, so that every replica's is aligned.
//
// Scratch memory must be zero before its first use. Every launch leaves the counters
// zero, so that launches which follow one another may share it, if it is as
// long as the longest wants.
func scratch(floats int) int { return scratchCounters + ceilDiv(floats, 4)*4 }
