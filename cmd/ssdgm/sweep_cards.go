//go:build !cuda

package main

import "context"

// cardsHere is how many cards the build with CUDA finds on this machine.
func cardsHere(ctx context.Context) int {
	_, found, err := findCUDA(ctx, probeTime, "probe")
	if err != nil {
		return 0 // The workers say why they compute on the CPU.
	}
	return len(found.Cards)
}
