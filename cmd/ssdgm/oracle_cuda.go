//go:build cuda

package main

import "ssdgm/model/check"

// oracle has nobody to ask: Gorgonia's own CUDA code and ours cannot be in one program.
func oracle(check.Problem, uint64) (*check.Answer, error) {
	return nil, usageErrorf("this build has no Gorgonia; write its answers with 'ssdgm check --reference FILE' of a build without CUDA, and give that file here")
}
